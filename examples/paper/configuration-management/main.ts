// Configuration management: processes take every change, and never half of one.
import { show } from '../support/show.js'

const PATH = '/config'

await show(import.meta.dirname, async ({ start, say }) => {
  say('Two processes start with the path of their configuration. Nobody has written it yet.')
  const [one, two] = ['one', 'two'].map(name => start(name, 'process', PATH))
  await Promise.all([one, two].map(part => part.says(/starts/)))

  say('ann leads, and writes two editions of five znodes.')
  const ann = start('ann', 'leader', PATH, '2', '50')
  await Promise.all([one, two].map(part => part.says(/runs with 5 settings of edition 2 of ann/)))

  say('ann is killed. ben, who leads next, is killed in the middle of his edition: everybody stays with that of ann.')
  const ben = start('ben', 'leader', PATH, '1', '1000')
  await ann.kill()
  await ben.says(/has written 2 of 5/)
  await ben.kill()

  say('three starts now. It does not begin with half a configuration, but waits for a whole one, which cid writes.')
  const three = start('three', 'process', PATH)
  await three.says(/starts/)
  start('cid', 'leader', PATH, '1', '50')
  await Promise.all([one, two, three].map(part => part.says(/runs with 5 settings of edition 1 of cid/)))
})
