import { type ListenAddress, MemoryListener } from '@menagerie/core'
import t, { type Test } from 'tap'
import { settle } from '../server/harness.js'
import { TestEnsemble } from './support.js'

const SETTINGS = { reconfigEnabled: true, skipAcl: true }

/** Writes down where it is told to move. */
class MovingListener extends MemoryListener {
  readonly moves: string[] = []
  fails = false

  async move(from: ListenAddress, to: { readonly host: string; readonly port: number }): Promise<ListenAddress> {
    this.moves.push(`${from.host}:${from.port} to ${to.host}:${to.port}`)
    if (this.fails) throw new Error('in use')
    return { ...to, secure: false }
  }
}

async function start(t: Test) {
  const listeners = new Map<number, MovingListener>()
  const ensemble = await TestEnsemble.start(3, {
    settings: SETTINGS,
    listenerOf: (id, clock) => {
      const listener = new MovingListener(clock, { address: { host: '::', port: 2180 + id, secure: false } })
      listeners.set(id, listener)
      return listener
    },
  })
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const client = await ensemble.get(leader).connect(20_000)
  await ensemble.until(() => client.sessionId !== 0n, 'a session')
  /** Has server 2 take clients there. */
  const change = async (place: string) => {
    const request = client.request(16, body => {
      body.ustring(`server.2=127.0.0.1:2002:3002;${place}`)
      body.ustring(null)
      body.ustring(null)
      body.long(-1)
    })
    const [{ err }] = await client.ask(request)
    await settle()
    return err
  }
  return { ensemble, change, listener: listeners.get(2)!, others: [listeners.get(1)!, listeners.get(3)!] }
}

t.test('a reconfiguration that names another place for clients moves the listener of that server', async t => {
  const { ensemble, change, listener, others } = await start(t)
  const { server } = ensemble.get(2)
  t.equal(await change('2182'), 0)
  t.strictSame(listener.moves, [], 'it is there already')
  t.equal(await change('2192'), 0)
  t.strictSame(listener.moves, [':::2182 to :::2192'])
  t.strictSame(server.addresses, [{ host: '::', port: 2192, secure: false }])
  t.equal(await change('127.0.0.1:2192'), 0)
  t.strictSame(server.addresses, [{ host: '127.0.0.1', port: 2192, secure: false }])
  t.strictSame(
    others.flatMap(({ moves }) => moves),
    [],
  )
})

t.test('where that fails, the server goes on where it is, and says so', async t => {
  const { ensemble, change, listener } = await start(t)
  const { server, warnings } = ensemble.get(2)
  listener.fails = true
  t.equal(await change('2192'), 0)
  t.strictSame(server.addresses, [{ host: '::', port: 2182, secure: false }])
  t.match(warnings.join('\n'), /take clients at 0\.0\.0\.0:2192, which failed \(Error: in use\)/)
  listener.fails = false
  t.equal(await change('2193'), 0)
  t.strictSame(server.addresses, [{ host: '::', port: 2193, secure: false }])
})

t.test('a listener that cannot move says when the new place counts', async t => {
  const { ensemble, change, listener } = await start(t)
  Object.assign(listener, { move: undefined })
  t.equal(await change('2192'), 0)
  t.match(ensemble.get(2).warnings.join('\n'), /accepted at 0\.0\.0\.0:2192 only from the next start on/)
})
