// Double barrier: processes that begin together and end together, whoever dies among them.
import { show } from '../support/show.js'

await show(import.meta.dirname, async ({ start, say }) => {
  const begin = (round: number, names: readonly string[], pauseMs: number, from = 0) =>
    names.map((name, index) => start(name, 'process', String(round), String(from + index), '3', String(pauseMs)))

  say('Two of three processes are there, and wait.')
  const two = begin(1, ['ann', 'ben'], 200)
  await Promise.all(two.map(part => part.says(/arrives/)))

  say('The third comes, and all compute.')
  const three = [...two, ...begin(1, ['cid'], 200, 2)]
  await Promise.all(three.map(part => part.says(/goes on with 3 of 3/)))

  say('In the next round, fay is killed inside. The others leave when her session has expired.')
  const [dan, eve] = begin(2, ['dan', 'eve'], 100)
  const [fay] = begin(2, ['fay'], 60_000, 2)
  await fay.says(/computes/)
  await fay.kill()
  await Promise.all([dan, eve].map(part => part.says(/goes on with 2 of 3/)))
})
