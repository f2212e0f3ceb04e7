import t from 'tap'
import { TestEnsemble } from './support.js'

// The clock of a TestEnsemble stands still while its servers start: the same millisecond for all of them.
t.test('clients that connect at once to servers that started at once have sessions of their own', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  await ensemble.untilServing()
  const clients = await Promise.all(ensemble.ids.map(id => ensemble.get(id).connect(4000)))
  const sessions = clients.map(({ sessionId }) => sessionId)
  t.equal(new Set(sessions).size, 3, `no two have one: ${sessions}`)
  t.strictSame(
    sessions.map(id => Number(id >> 56n)),
    ensemble.ids,
    'the id of the server in its ensemble is the top byte',
  )
  for (const [at, client] of clients.entries()) {
    const [reply] = await client.ask(client.create(`/${at}`))
    t.equal(reply.err, 0, 'and the first write is no former owner’s')
  }
})

t.test('a server id in the settings that is not the one in the ensemble has no effect', async t => {
  const ensemble = await TestEnsemble.start(3, { settings: { serverId: 1 } })
  t.teardown(() => ensemble.close())
  await ensemble.untilServing()
  const client = await ensemble.get(3).connect(4000)
  t.equal(client.sessionId >> 56n, 3n)
})
