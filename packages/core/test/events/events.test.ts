import type { EnsembleMembers, LinkEvent, Role, Server, WatchEvent } from '@menagerie/core'
import { config, type Observable } from 'rxjs'
import t from 'tap'
import { EventType } from '../../dist/jute/codes.js'
import { TestEnsemble } from '../ensemble/support.js'
import { settle, startServer } from '../server/harness.js'

/** What a stream tells, and whether it is over. */
function collect<T>(stream: Observable<T>): { readonly seen: T[]; readonly isOver: () => boolean } {
  const seen: T[] = []
  let over = false
  stream.subscribe({ next: one => seen.push(one), complete: () => (over = true) })
  return { seen, isOver: () => over }
}

/** Every stream by its name. */
const streamsOf = (server: Server): [string, Observable<unknown>][] => [
  ['role$', server.role$],
  ['membership$', server.membership$],
  ['commits$', server.commits$],
  ['sessions.events$', server.sessions.events$],
  ['watches.events$', server.watches.events$],
  ['transport.links$', server.transport.links$],
]

t.test('roles: whoever subscribes late learns the present one, and the last one is stopped', async t => {
  const { server } = await startServer()
  const early = collect<Role>(server.role$)
  t.strictSame(early.seen, ['standalone'])
  await server.close()
  t.strictSame(early.seen, ['standalone', 'stopped'])
  t.ok(early.isOver())
})

t.test('every stream completes when the server stops, also for whoever comes after that', async t => {
  const { server, connect } = await startServer()
  const streams = streamsOf(server).map(([name, stream]) => ({ name, ...collect(stream) }))
  await connect()
  for (const { name, isOver } of streams) t.notOk(isOver(), name)
  await server.close()
  for (const { name, isOver } of streams) t.ok(isOver(), name)
  for (const [name, stream] of streamsOf(server)) t.ok(collect(stream).isOver(), `${name}, late`)
})

t.test('every stream of a member completes when it stops', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  await ensemble.untilServing()
  for (const id of ensemble.ids) {
    const { server } = ensemble.get(id)
    const streams = streamsOf(server).map(([name, stream]) => ({ name, ...collect(stream) }))
    await server.close()
    ensemble.servers.delete(id)
    for (const { name, isOver } of streams) t.ok(isOver(), `${name} of server ${id}`)
  }
})

t.test('no stream can be written to', async t => {
  const { server } = await startServer()
  t.teardown(() => server.close())
  for (const [name, stream] of streamsOf(server)) t.notOk('next' in stream, name)
})

t.test(
  'a subscriber that throws disturbs neither the server nor the others, and its error is not swallowed',
  async t => {
    const uncaught: unknown[] = []
    config.onUnhandledError = error => uncaught.push(error)
    t.teardown(() => {
      config.onUnhandledError = null
    })
    const { server, connect } = await startServer()
    const thrown = new Error('a subscriber of this test')
    for (const [, stream] of streamsOf(server)) {
      stream.subscribe(() => {
        throw thrown
      })
    }
    const others = streamsOf(server).map(([, stream]) => collect(stream))
    const client = await connect()
    const watcher = await connect()
    await watcher.ask(watcher.exists('/a', true))
    t.equal((await client.ask(client.create('/a')))[0].err, 0, 'the write is answered')
    t.equal((await client.ask(client.create('/b')))[0].err, 0, 'and the next one')
    const [, , commits, sessions, watches] = others.map(({ seen }) => seen.length)
    t.strictSame([commits, sessions, watches], [4, 4, 1])
    await server.close()
    await new Promise(resolve => setTimeout(resolve))
    t.ok(uncaught.length >= 3)
    for (const error of uncaught) t.equal(error, thrown)
  },
)

t.test('whoever unsubscribes while it is told hears of nothing more, and others of everything', async t => {
  const { server, connect } = await startServer()
  t.teardown(() => server.close())
  const first: number[] = []
  const subscription = server.commits$.subscribe(({ header }) => {
    first.push(header.zxid)
    subscription.unsubscribe()
  })
  const all = collect(server.commits$)
  const client = await connect()
  await client.ask(client.create('/a'), client.create('/b'))
  t.strictSame(first, [1])
  t.strictSame(
    all.seen.map(({ header }) => header.zxid),
    [1, 2, 3],
  )
})

t.test('events of watches tell which client was told what', async t => {
  const { server, connect } = await startServer()
  t.teardown(() => server.close())
  const early = collect<WatchEvent>(server.watches.events$)
  const [client, watcher] = [await connect(), await connect()]
  await watcher.ask(watcher.exists('/a', true))
  await client.ask(client.create('/a'), client.create('/not watched'))
  const late = collect<WatchEvent>(server.watches.events$)
  await watcher.ask(watcher.getData('/a', true))
  await client.ask(client.delete('/a'))
  const session = watcher.sessionId
  const deleted = { session, type: EventType.NodeDeleted, path: '/a', zxid: server.lastZxid }
  t.strictSame(early.seen, [{ session, type: EventType.NodeCreated, path: '/a', zxid: 3 }, deleted])
  t.strictSame(late.seen, [deleted])
})

t.test('a server that is alone has no members and no links', async t => {
  const { server } = await startServer()
  const members = collect<EnsembleMembers>(server.membership$)
  const links = collect<LinkEvent>(server.transport.links$)
  await server.close()
  t.equal(members.seen.length, 1)
  t.equal(members.seen[0].servers.size, 0)
  t.strictSame(links.seen, [])
})

t.test('members: the present ones at once, and each reconfiguration at every server', async t => {
  const ensemble = await TestEnsemble.start(3, { settings: { reconfigEnabled: true, skipAcl: true } })
  t.teardown(() => ensemble.close())
  await ensemble.untilServing()
  const told = ensemble.ids.map(id => collect<EnsembleMembers>(ensemble.get(id).server.membership$))
  for (const { seen } of told) t.strictSame([...seen[0].voters].sort(), [1, 2, 3])
  const [follower, leaving] = ensemble.followerIds
  const client = await ensemble.get(follower).connect(20_000)
  await ensemble.until(() => client.sessionId !== 0n, 'a session')
  const [reply] = await client.ask(
    client.request(16, body => {
      body.ustring(null)
      body.ustring(String(leaving))
      body.ustring(null)
      body.long(-1)
    }),
  )
  t.equal(reply.err, 0)
  const stay = ensemble.ids.filter(id => id !== leaving)
  await ensemble.until(() => told.every(({ seen }) => seen.at(-1)!.voters.size === 2), 'the new members')
  for (const { seen } of told) {
    t.strictSame([...seen.at(-1)!.voters].sort(), stay)
    t.ok(seen.at(-1)!.version > seen[0].version, 'under the zxid of the reconfiguration')
    t.equal(new Set(seen.map(({ version }) => version)).size, seen.length, 'each is told once')
  }
})

t.test('links: each that opens is announced once and its end once, at both ends', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  const told = new Map(ensemble.ids.map(id => [id, collect<LinkEvent>(ensemble.get(id).server.transport.links$).seen]))
  const leader = await ensemble.untilServing()
  const followers = ensemble.followerIds
  const open = (id: number) => told.get(id)!.filter(({ kind }) => kind === 'opened').length
  const standing = (id: number) => 2 * open(id) - told.get(id)!.length
  t.equal(standing(leader), 2, 'one with each follower')
  for (const id of followers) {
    t.equal(standing(id), 1)
    const last = told.get(id)!.at(-1)!
    t.strictSame([last.kind, last.peer, last.openedBy, last.target], ['opened', leader, 'self', 'leader'])
  }
  await ensemble.crash(leader)
  await ensemble.untilServing()
  for (const id of followers) {
    const ended = told.get(id)!.find(({ kind, peer }) => kind === 'closed' && peer === leader)
    t.ok(ended, `server ${id} tells that the link with its leader is over`)
    t.type(ended!.reason, 'string')
    t.equal(standing(id), 1, 'and has one with the next one')
    const late = collect<LinkEvent>(ensemble.get(id).server.transport.links$).seen
    t.strictSame(
      late.map(({ kind }) => kind),
      ['opened'],
      'whoever comes late learns of the one that is open',
    )
    t.strictSame(late[0], told.get(id)!.at(-1))
  }
  t.equal(standing(leader), 0, 'what has stopped has none')
  await settle()
})
