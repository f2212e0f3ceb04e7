/** What the client does with a server, whoever's it is. */
import {
  AddWatchMode,
  type Client,
  CreateMode,
  connect,
  EventType,
  MultiError,
  OpCode,
  Perms,
  type WatchEvent,
  WatcherType,
} from '@menagerie/client'
import { encodeUtf8 } from '@menagerie/core/jute'
import { filter, firstValueFrom } from 'rxjs'
import type { ClientTest } from './support/run-tests.js'

const data = (text: string) => encodeUtf8(text)

export const operations: ClientTest[] = []

function on(name: string, run: ClientTest['run']): void {
  operations.push({ name, run })
}

const nextState = (client: Client, wanted: string) =>
  firstValueFrom(client.state$.pipe(filter(state => state === wanted)))

on('creates, reads, changes and deletes', async (t, client) => {
  t.equal(await client.create('/a', data('one')), '/a')
  const { data: read, stat } = await client.getData('/a')
  t.strictSame(read, data('one'))
  t.match(stat, { version: 0, dataLength: 3, ephemeralOwner: 0n, numChildren: 0 })
  t.match(await client.setData('/a', null, 0), { version: 1, dataLength: 0 })
  t.equal((await client.getData('/a')).data, null)
  await t.rejects(client.setData('/a', data('x'), 0), { name: 'BadVersionError', path: '/a', expectedVersion: 0 })
  await t.rejects(client.create('/a'), { name: 'NodeExistsError', code: -110 })
  await t.rejects(client.getData('/none'), { name: 'NoNodeError', path: '/none' })
  await t.rejects(client.delete('/a', 7), { name: 'BadVersionError', expectedVersion: 7 })
  await t.rejects(client.create('/a/b/c'), { name: 'NoNodeError' })
  await t.rejects(client.delete('/'), { name: 'NotEmptyError' })
  t.equal(await client.exists('/none'), null)
  t.match(await client.exists('/a'), { version: 1 })
  await client.delete('/a', 1)
  t.equal(await client.exists('/a'), null)
  for (const path of ['relative', '', '/.', '/\u0001']) {
    const error = await client.create(path).catch(error => error)
    t.match(error, { name: 'BadArgumentsError', path })
  }
})

on('creates in every mode', async (t, client) => {
  t.match(await client.createWithStat('/p', data('x')), { path: '/p', stat: { dataLength: 1, ephemeralOwner: 0n } })
  const { stat } = await client.createWithStat('/e', null, { mode: CreateMode.EPHEMERAL })
  t.equal(stat.ephemeralOwner, client.session.id)
  t.equal(await client.create('/s-', null, { mode: CreateMode.PERSISTENT_SEQUENTIAL }), '/s-0000000002')
  t.equal(await client.create('/es-', null, { mode: CreateMode.EPHEMERAL_SEQUENTIAL }), '/es-0000000003')
  t.equal(await client.create('/c', null, { mode: CreateMode.CONTAINER }), '/c')
  t.match(await client.createWithStat('/c2', null, { mode: CreateMode.CONTAINER }), { path: '/c2', stat: {} })
  const ttl = { mode: CreateMode.PERSISTENT_WITH_TTL, ttlMs: 3_600_000 }
  t.equal(await client.create('/ttl', data('y'), ttl), '/ttl')
  t.match(await client.createWithStat('/ttl2', data('yy'), ttl), { path: '/ttl2', stat: { dataLength: 2 } })
  t.strictSame((await client.getEphemerals()).sort(), ['/e', '/es-0000000003'])
  t.strictSame(await client.getEphemerals('/es'), ['/es-0000000003'])
  t.equal(await client.getAllChildrenNumber('/'), 8)
  await t.rejects(client.create('/e/x'), { name: 'NoChildrenForEphemeralsError' })
  await t.rejects(client.create('/neg', null, { ...ttl, ttlMs: -5 }), { name: 'BadArgumentsError' })
})

on('lists children', async (t, client) => {
  await Promise.all(['/a', '/b', '/ü'].map(path => client.create(path)))
  t.strictSame((await client.getChildren('/')).sort(), ['a', 'b', 'ü'])
  const { children, stat } = await client.getChildrenWithStat('/')
  t.equal(children.length, 3)
  t.equal(stat.numChildren, 3)
  t.strictSame(await client.getChildren('/a'), [])
  t.equal(await client.sync('/a'), '/a')
  t.equal(await client.sync(), '/')
})

on('keeps the order of pipelined requests', async (t, client) => {
  await client.create('/counter')
  const versions = await Promise.all(
    Array.from({ length: 2000 }, (_, i) =>
      i % 2 === 0
        ? client.setData('/counter', data(String(i))).then(stat => stat.version)
        : client.getData('/counter').then(({ stat }) => stat.version),
    ),
  )
  t.strictSame(
    versions,
    versions.map((_, i) => Math.floor(i / 2) + 1),
  )
})

on('carries a megabyte each way', async (t, client) => {
  const large = new Uint8Array(1_000_000).map((_, i) => i * 7)
  await client.create('/large', large)
  const { data: read } = await client.getData('/large')
  t.ok(read !== null && Buffer.from(read).equals(large))
})

on('checks ACLs and credentials', async (t, client, server) => {
  await client.addAuth('digest', data('ann:secret'))
  t.match(
    (await client.whoAmI()).sort((a, b) => (a.authScheme < b.authScheme ? -1 : 1)),
    [
      { authScheme: 'digest', user: 'ann' },
      { authScheme: 'ip', user: '127.0.0.1' },
    ],
  )
  await client.create('/mine', null, { acl: [{ perms: Perms.ALL, id: { scheme: 'auth', id: '' } }] })
  t.match((await client.getACL('/mine')).acl, [{ perms: 31, id: { scheme: 'digest', id: /^ann:/ } }])
  const stranger = await connect(`127.0.0.1:${server.port}${client.chroot}`)
  await t.rejects(stranger.getData('/mine'), { name: 'NoAuthError' })
  await stranger.close()
  const other = await connect({
    servers: `127.0.0.1:${server.port}${client.chroot}`,
    auth: [{ scheme: 'digest', credential: data('ann:secret') }],
  })
  await other.getData('/mine')
  await other.close()
  const open = [{ perms: Perms.READ, id: { scheme: 'world', id: 'anyone' } }]
  t.match(await client.setACL('/mine', open, 0), { aversion: 1 })
  await t.rejects(client.setACL('/mine', open, 0), { name: 'NoAuthError' })
  await t.rejects(client.create('/x', null, { acl: [] }), { name: 'InvalidAclError' })
  await t.rejects(client.create('/x', null, { acl: null }), { name: 'InvalidAclError' })
})

on('goes on after a credential was refused', async (t, client) => {
  await t.rejects(client.addAuth('nonsense', data('x')), { name: 'AuthFailedError', scheme: 'nonsense' })
  if (client.state === 'connected') await nextState(client, 'suspended')
  await nextState(client, 'connected')
  t.strictSame(await client.getChildren('/'), [])
})

on('commits a multi as a whole or not at all', async (t, client) => {
  const [created, set, , sequential] = await client
    .multi()
    .create('/m', data('1'))
    .setData('/m', data('22'), 0)
    .check('/m', 1)
    .create('/m/s-', null, { mode: CreateMode.EPHEMERAL_SEQUENTIAL })
    .delete('/m/s-0000000000')
    .create('/m/c', null, { mode: CreateMode.CONTAINER, stat: true })
    .create('/m/t', null, { mode: CreateMode.PERSISTENT_WITH_TTL, ttlMs: 1_000_000 })
    .commit()
  t.equal(created.path, '/m')
  t.match(set.stat, { version: 1, dataLength: 2 })
  t.equal(sequential.path, '/m/s-0000000000')
  const error = await client
    .multi()
    .create('/n')
    .setData('/m', null, 9)
    .check('/m')
    .commit()
    .catch(error => error)
  t.ok(error instanceof MultiError)
  t.match(error, { code: -103, index: 1, path: '/m', codes: [0, -103, -2] })
  t.equal(await client.exists('/n'), null)
  t.strictSame(await client.multi().commit(), [])
})

on('reads many things at once', async (t, client) => {
  await client.create('/a', data('x'))
  const [a, none, children] = await client.multiRead().getData('/a').getData('/none').getChildren('/').commit()
  t.match(a, { type: 'getData', data: data('x'), stat: { version: 0 } })
  t.match(none, { type: 'error', error: { name: 'NoNodeError', path: '/none' } })
  t.strictSame(children, { type: 'getChildren', children: ['a'] })
})

on('hears of changes through one-shot watches, before its own replies', async (t, client) => {
  const seen: string[] = []
  const watch = (event: WatchEvent) => seen.push(`${event.type} ${event.path}`)
  await client.exists('/a', { watch })
  await client.getChildren('/', { watch })
  await client.create('/a').then(() => seen.push('created'))
  t.strictSame(seen.splice(0), [`${EventType.NodeCreated} /a`, `${EventType.NodeChildrenChanged} /`, 'created'])
  await client.getData('/a', { watch })
  await client.setData('/a', null)
  await client.setData('/a', null)
  t.strictSame(seen.splice(0), [`${EventType.NodeDataChanged} /a`])
  await client.getData('/a', { watch })
  await client.delete('/a')
  t.strictSame(seen, [`${EventType.NodeDeleted} /a`])
})

on('hears of changes through persistent watches until they are removed', async (t, client) => {
  await client.create('/a')
  const seen: string[] = []
  const below = await client.addWatch('/', AddWatchMode.PersistentRecursive)
  const exact = await client.addWatch('/a', AddWatchMode.Persistent)
  below.events$.subscribe(({ type, path }) => seen.push(`below ${type} ${path}`))
  exact.events$.subscribe(({ type, path }) => seen.push(`exact ${type} ${path}`))
  await client.checkWatches('/a', WatcherType.Any)
  await client.create('/a/b')
  await client.setData('/a', null)
  await exact.remove()
  await t.rejects(client.checkWatches('/a', WatcherType.Any), { name: 'NoWatcherError' })
  await client.setData('/a', null)
  await below.remove()
  await client.setData('/a', null)
  t.strictSame(
    seen.filter(line => line.startsWith('exact')),
    [`exact ${EventType.NodeChildrenChanged} /a`, `exact ${EventType.NodeDataChanged} /a`],
  )
  t.strictSame(
    seen.filter(line => line.startsWith('below')),
    [
      `below ${EventType.NodeCreated} /a/b`,
      `below ${EventType.NodeDataChanged} /a`,
      `below ${EventType.NodeDataChanged} /a`,
    ],
  )
})

on('removes watches of a kind', async (t, client) => {
  const seen: number[] = []
  const watch = ({ type }: WatchEvent) => seen.push(type)
  await client.create('/a')
  await client.getData('/a', { watch })
  await client.getChildren('/a', { watch })
  await client.removeWatches('/a', WatcherType.Data)
  await client.setData('/a', null)
  await client.create('/a/b')
  t.strictSame(seen, [EventType.NodeChildrenChanged])
  await t.rejects(client.removeWatches('/a', WatcherType.Any), { name: 'NoWatcherError' })
})

on('hands a session to another client', async (t, client, server) => {
  await client.create('/e', null, { mode: CreateMode.EPHEMERAL })
  const { session, lastZxid, chroot } = client
  client.detach()
  const heir = await connect({ servers: `127.0.0.1:${server.port}${chroot}`, session, lastZxidSeen: lastZxid })
  t.equal(heir.session.id, session.id)
  t.strictSame(await heir.getEphemerals(), ['/e'])
  await heir.close()
  const late = connect({ servers: `127.0.0.1:${server.port}`, session })
  await t.rejects(late, { name: 'SessionExpiredError' })
})

on('learns that its session has expired', async (t, client, server) => {
  const { chroot } = client
  const gone = new Promise<void>(resolve => {
    client.addWatch('/e', AddWatchMode.Persistent).then(({ events$ }) => {
      events$.pipe(filter(({ type }) => type === EventType.NodeDeleted)).subscribe(() => resolve())
    })
  })
  const owner = await connect(`127.0.0.1:${server.port}${chroot}`)
  await owner.create('/e', null, { mode: CreateMode.EPHEMERAL })
  const { session } = owner
  owner.detach()
  // The timeout is agreed upon with every connection. Nothing has to happen within the brief one.
  const brief = await connect({ servers: `127.0.0.1:${server.port}`, session, sessionTimeoutMs: 1, reconnect: false })
  t.equal(brief.session.timeoutMs, 1000, 'two ticks are the least that the server grants')
  brief.detach()
  await gone
  // Apache tells of the deletion first and closes the session's connections after that: one that comes in
  // between is closed without an answer. It answers later requests of others when it is done with both.
  await client.sync()
  await t.rejects(connect({ servers: `127.0.0.1:${server.port}`, session }), { name: 'SessionExpiredError' })
})

on('survives a restart of the server with session, watches and credentials', async (t, client, server) => {
  await client.addAuth('digest', data('ann:secret'))
  await client.create('/e', null, { mode: CreateMode.EPHEMERAL })
  const { id } = client.session
  const seen: string[] = []
  const changed = new Promise<void>(resolve => {
    client.exists('/e', {
      watch: ({ type, path }) => {
        seen.push(`${type} ${path}`)
        resolve()
      },
    })
  })
  const watch = await client.addWatch('/', AddWatchMode.PersistentRecursive)
  watch.events$.subscribe(({ type, path }) => seen.push(`persistent ${type} ${path}`))
  const suspended = nextState(client, 'suspended')
  await server.stop()
  await suspended
  await server.start()
  await nextState(client, 'connected')
  t.equal(client.session.id, id)
  t.match(await client.whoAmI(), [{}, {}])
  const other = await connect(`127.0.0.1:${server.port}${client.chroot}`)
  await other.setData('/e', null)
  await other.close()
  await changed
  t.strictSame(seen.sort(), [`${EventType.NodeDataChanged} /e`, `persistent ${EventType.NodeDataChanged} /e`])
})

on('is told what it missed while it was away', async (t, client, server) => {
  await client.create('/a')
  const other = await connect(`127.0.0.1:${server.port}${client.chroot}`)
  const seen: string[] = []
  await client.getData('/a', { watch: ({ type, path }) => seen.push(`${type} ${path}`) })
  const suspended = nextState(client, 'suspended')
  const reconnecting = client.reconnect()
  await suspended
  // Either this connection sees the change in the past, or as it happens: it hears of it once.
  await Promise.all([reconnecting, other.setData('/a', null)])
  await client.sync()
  t.strictSame(seen, [`${EventType.NodeDataChanged} /a`])
  await other.close()
})

on('reads the configuration, and is refused to change it', async (t, client) => {
  t.match(await client.getConfig(), { stat: { czxid: 0 } })
  await t.rejects(client.reconfig({ members: 'server.1=127.0.0.1:1:2' }), { message: /ReconfigDisabled/ })
})

on('sends what it is told to by hand', async (t, client) => {
  const reply = await client.request(OpCode.getData, data('nonsense'))
  t.match(reply, { err: -5 })
})
