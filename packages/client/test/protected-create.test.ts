import { CreateMode, OpCode, withoutProtection } from '@menagerie/client'
import { JuteReader } from '@menagerie/core/jute'
import t from 'tap'
import { connected, type Scene, STAT, settled, stat } from './support/fake-client.js'
import { type FakePeer, type Received, reply } from './support/fake-server.js'

const UUID = /^\/locks\/_c_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}-lock-$/
const OPTIONS = { mode: CreateMode.EPHEMERAL_SEQUENTIAL, protect: true }

const pathIn = ({ body }: Received) => new JuteReader(body).ustring() ?? ''
const path = (text: string) => (writer: { ustring(text: string): void }) => writer.ustring(text)
const names =
  (...names: string[]) =>
  (writer: { int(n: number): void; ustring(text: string): void }) => {
    writer.int(names.length)
    for (const name of names) writer.ustring(name)
  }

/** Breaks the connection, takes up the next one and answers the sync that comes first. */
async function replaced({ peer, network, clock }: Scene): Promise<FakePeer> {
  peer.close()
  await settled()
  clock.advance(1000)
  const next = await network.welcome()
  const sync = await next.request()
  if (sync.opcode !== OpCode.sync) throw new Error(`opcode ${sync.opcode}, expected a sync`)
  next.send(reply(sync.xid, path('/locks')))
  return next
}

t.test('a protected create', async t => {
  t.test('has a random name in the form of Curator', async t => {
    const { client, peer } = await connected()
    const creating = client.create('/locks/lock-', null, OPTIONS)
    const request = await peer.request()
    t.match(pathIn(request), UUID)
    peer.send(reply(request.xid, path(`${pathIn(request)}0000000007`)))
    const created = await creating
    t.equal(withoutProtection(created.slice('/locks/'.length)), 'lock-0000000007')
    t.equal(withoutProtection('_c_no-uuid-lock-1'), '_c_no-uuid-lock-1')
    client.detach()
  })

  t.test('whose reply was lost finds what it created', async t => {
    const scene = await connected()
    const { client, peer } = scene
    const creating = client.create('/locks/lock-', null, OPTIONS)
    const wanted = `${pathIn(await peer.request())}0000000003`
    const next = await replaced(scene)
    const list = await next.request()
    t.match(list, { opcode: OpCode.getChildren })
    next.send(reply(list.xid, names('_c_other-lock-0000000002', wanted.slice('/locks/'.length))))
    t.equal(await creating, wanted)
    t.equal(next.waiting, 0)
    client.detach()
  })

  t.test('that was lost on its way is made again under the same name', async t => {
    const scene = await connected()
    const { client, peer } = scene
    const creating = client.createWithStat('/locks/lock-', null, OPTIONS)
    const first = await peer.request()
    const next = await replaced(scene)
    const list = await next.request()
    next.send(reply(list.xid, names()))
    const second = await next.request()
    t.strictSame(second.body, first.body)
    next.send(
      reply(second.xid, writer => {
        writer.ustring(`${pathIn(second)}0000000001`)
        stat(writer)
      }),
    )
    t.strictSame((await creating).stat, STAT)
    client.detach()
  })

  t.test('that is refused, or whose session ends, rejects as others do', async t => {
    const { client, peer, network, clock } = await connected()
    const refused = client.create('/locks/lock-', null, OPTIONS)
    const { xid } = await peer.request()
    peer.send(reply(xid, undefined, -101))
    await t.rejects(refused, { name: 'NoNodeError', path: /lock-$/ })
    const lost = client.create('/locks/lock-', null, OPTIONS)
    await peer.request()
    peer.close()
    await settled()
    clock.advance(1000)
    await network.welcome({ timeoutMs: 0, sessionId: 0n, readOnly: false })
    await t.rejects(lost, { name: 'SessionExpiredError' })
  })

  t.test('without automatic reconnect rejects when the connection is lost', async t => {
    const { client, peer } = await connected({ reconnect: false })
    const creating = client.create('/locks/lock-', null, OPTIONS)
    await peer.request()
    peer.close()
    await t.rejects(creating, { name: 'ConnectionLossError' })
    client.detach()
  })

  t.test('that is called off leaves nothing behind', async t => {
    const { client, peer } = await connected()
    const abort = new AbortController()
    const creating = client.create('/locks/lock-', null, { ...OPTIONS, signal: abort.signal })
    const request = await peer.request()
    abort.abort(new Error('enough'))
    await t.rejects(creating, { message: 'enough' })
    t.equal(peer.waiting, 0)
    const created = `${pathIn(request)}0000000001`
    peer.send(reply(request.xid, path(created)))
    const removal = await peer.request()
    t.equal(removal.opcode, OpCode.delete)
    t.equal(pathIn(removal), created)
    const late = client.create('/locks/lock-', null, { ...OPTIONS, signal: abort.signal })
    await t.rejects(late, { message: 'enough' })
    await settled()
    t.equal(peer.waiting, 0, 'what was called off before is not sent at all')
    client.detach()
  })

  t.test('that is called off while the connection is lost is removed after the next one', async t => {
    const scene = await connected()
    const { client, peer } = scene
    const abort = new AbortController()
    const creating = client.create('/locks/lock-', null, { ...OPTIONS, signal: abort.signal })
    const created = `${pathIn(await peer.request())}0000000001`
    abort.abort(new Error('enough'))
    await t.rejects(creating, { message: 'enough' })
    const next = await replaced(scene)
    const list = await next.request()
    next.send(reply(list.xid, names(created.slice('/locks/'.length))))
    t.equal(pathIn(await next.request()), created)
    client.detach()
  })
})
