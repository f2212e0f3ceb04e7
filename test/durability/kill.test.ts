import t from 'tap'
import { seeded } from '../differential/random.js'
import { killRounds } from '../support/kill-rounds.js'
import { startTarget } from '../support/target.js'

t.setTimeout(600_000)
t.test('a server that is killed while it writes has every write that it acknowledged', async t => {
  await using server = await startTarget({ config: { snapCount: 3000, preAllocSize: 1024 } })
  t.same(await killRounds(server, 15, seeded(1)), [])
})
