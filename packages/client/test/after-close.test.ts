/** A client that is used when it is closed, and signals that were aborted before. */
import {
  AddWatchMode,
  type Client,
  ClientClosedError,
  KeeperError,
  NodeCache,
  OpCode,
  type RequestOptions,
  TreeCache,
  WatcherType,
} from '@menagerie/client'
import { firstValueFrom, toArray } from 'rxjs'
import t from 'tap'
import { connected, settled } from './support/fake-client.js'
import { reply } from './support/fake-server.js'

const none = new Uint8Array(0)
const WATCHES = { relativeZxid: 0, dataWatches: [], existWatches: [], childWatches: [] }

/** Every method that asks the server something. */
const METHODS: Record<string, (client: Client, options?: RequestOptions) => Promise<unknown>> = {
  create: (client, options) => client.create('/a', none, options),
  'create, protected': (client, options) => client.create('/a', none, { protect: true, ...options }),
  createWithStat: (client, options) => client.createWithStat('/a', none, options),
  'createWithStat, protected': (client, options) => client.createWithStat('/a', none, { protect: true, ...options }),
  delete: (client, options) => client.delete('/a', -1, options),
  exists: (client, options) => client.exists('/a', options),
  getData: (client, options) => client.getData('/a', options),
  setData: (client, options) => client.setData('/a', none, -1, options),
  getACL: (client, options) => client.getACL('/a', options),
  setACL: (client, options) => client.setACL('/a', [], -1, options),
  getChildren: (client, options) => client.getChildren('/a', options),
  getChildrenWithStat: (client, options) => client.getChildrenWithStat('/a', options),
  getAllChildrenNumber: (client, options) => client.getAllChildrenNumber('/a', options),
  getEphemerals: (client, options) => client.getEphemerals('/', options),
  sync: (client, options) => client.sync('/', options),
  transaction: (client, options) => client.transaction().create('/a').commit(options),
  reads: (client, options) => client.reads().getData('/a').send(options),
  multi: (client, options) => client.multi().create('/a').commit(options),
  multiRead: (client, options) => client.multiRead().getData('/a').commit(options),
  addWatch: (client, options) => client.addWatch('/a', AddWatchMode.Persistent, options),
  removeWatches: (client, options) => client.removeWatches('/a', WatcherType.Any, options),
  checkWatches: (client, options) => client.checkWatches('/a', WatcherType.Any, options),
  setWatches: (client, options) => client.setWatches(WATCHES, options),
  setWatches2: (client, options) =>
    client.setWatches2({ ...WATCHES, persistentWatches: [], persistentRecursiveWatches: [] }, options),
  getConfig: (client, options) => client.getConfig(options),
  reconfig: (client, options) => client.reconfig({}, options),
  addAuth: (client, options) => client.addAuth('digest', none, options),
  whoAmI: (client, options) => client.whoAmI(options),
  request: (client, options) => client.request(4242, none, options),
  reconnect: (client, options) => client.reconnect(options),
  whenConnected: (client, options) => client.whenConnected(options),
  'NodeCache.open': (client, options) => NodeCache.open(client, '/a', options),
  'TreeCache.open': (client, options) => TreeCache.open(client, '/a', options),
}

for (const end of ['close', 'detach'] as const) {
  t.test(`after ${end} everything rejects with ClientClosedError, and nothing is sent`, async t => {
    const { client, peer, network, clock } = await connected()
    if (end === 'close') {
      const closing = client.close()
      await peer.request()
      peer.send(reply(1))
      await closing
    } else client.detach()
    const { writes } = peer
    for (const [name, run] of Object.entries(METHODS)) {
      const error = await run(client).catch(error => error)
      t.ok(error instanceof ClientClosedError && error instanceof KeeperError, `${name}: ${error}`)
      t.match(error, { name: 'ClientClosedError', code: -112, message: /the client is closed/ }, name)
    }
    await client.close()
    client.detach()
    await client[Symbol.asyncDispose]()
    t.equal(client.state, 'closed')
    t.strictSame(await firstValueFrom(client.watch$('/a').pipe(toArray())), [])
    t.equal(peer.writes, writes)
    t.equal(network.dials, 1)
    t.equal(clock.timers, 0)
  })
}

t.test('with a signal that is aborted already nothing is sent, and the reason is told', async t => {
  const { client, peer } = await connected()
  const { writes } = peer
  const reason = new Error('enough')
  for (const [name, run] of Object.entries(METHODS)) {
    t.equal(await run(client, { signal: AbortSignal.abort(reason) }).catch(error => error), reason, name)
  }
  await settled()
  t.equal(peer.writes, writes)
  t.equal(client.outstanding, 0)
  client.detach()
})

t.test('a lasting watch that nobody waits for any more when it stands is taken back', async t => {
  const { client, peer } = await connected()
  const abort = new AbortController()
  const adding = client.addWatch('/a', AddWatchMode.Persistent, { signal: abort.signal })
  const { xid } = await peer.request()
  abort.abort(new Error('enough'))
  await t.rejects(adding, { message: 'enough' })
  peer.send(reply(xid, writer => writer.int(0)))
  t.match(await peer.request(), { opcode: OpCode.removeWatches })
  client.detach()
})

t.test('a lasting watch goes with its block', async t => {
  const { client, peer } = await connected()
  const adding = client.addWatch('/a', AddWatchMode.Persistent)
  peer.send(reply((await peer.request()).xid, writer => writer.int(0)))
  let removing: Promise<void>
  {
    const watch = await adding
    removing = watch[Symbol.asyncDispose]()
  }
  const { xid, opcode } = await peer.request()
  t.equal(opcode, OpCode.removeWatches)
  peer.send(reply(xid))
  await removing
  client.detach()
})
