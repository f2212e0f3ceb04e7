// Group membership: members come, leave, die, stand still, and come back.
import { show } from '../support/show.js'

const GROUP = '/group'

await show(import.meta.dirname, async ({ start, say }) => {
  const observer = start('observer', 'observer', GROUP)
  await observer.says(/nobody/)

  say('Three processes join. Each has its address in its znode, where the observer finds it.')
  const [ann, ben, cid] = ['ann', 'ben', 'cid'].map(name => start(name, 'member', GROUP))
  await observer.says(/there: ann, ben, cid/)

  say('ann leaves. Everybody sees it at once.')
  await ann.kill('SIGTERM')
  await observer.says(/there: ben, cid/)

  say('ben is killed, and started again. The new one waits until the session of the old one has expired.')
  await ben.kill()
  const again = start('ben', 'member', GROUP)
  await again.says(/is a member/)
  await observer.says(/ben at your service/)

  say('cid stands still for longer than its session. It is no member meanwhile, and joins again by itself.')
  cid.pause()
  await observer.says(/there: ben$/)
  cid.resume()
  await observer.says(/cid at your service/)
})
