import t from 'tap'
import { sessionPassword } from '../../dist/sessions/password.js'
import { TestEnsemble } from './support.js'

t.test(
  'under a secret that all servers share, a session moves, and its id alone does not give its password',
  async t => {
    const ensemble = await TestEnsemble.start(3, { settings: { sessionSecret: 'known to the servers only' } })
    t.teardown(() => ensemble.close())
    await ensemble.untilServing()
    const [first, second] = ensemble.followerIds
    const client = await ensemble.get(first).connect(4000)
    t.not(client.sessionId, 0n)
    const stranger = ensemble.get(second).dial()
    await stranger.connect(4000, client.sessionId, sessionPassword(client.sessionId))
    t.equal(stranger.timeoutMs, 0, 'what Apache would derive is refused')
    t.notOk(client.closed)
    const moved = ensemble.get(second).dial()
    await moved.connect(4000, client.sessionId, client.password)
    t.equal(moved.sessionId, client.sessionId)
  },
)

t.test('without a secret, passwords are what Apache derives', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  const client = await ensemble.get(await ensemble.untilServing()).connect(4000)
  t.strictSame(Buffer.from(client.password), Buffer.from(sessionPassword(client.sessionId)))
})
