/** Changes as Observables, against any server. */
import { type Client, CreateMode, connect, type TreeChange, UnimplementedError } from '@menagerie/client'
import { filter, firstValueFrom, type Observable, scan } from 'rxjs'
import type { Test } from 'tap'
import { type WatchedClient, watchStream } from '../dist/watch-stream.js'
import type { RealServer } from './support/real-server.js'
import type { ClientTest } from './support/run-tests.js'

export const watchStreams: ClientTest[] = []

function on(name: string, run: ClientTest['run']): void {
  watchStreams.push({ name, run })
}

const line = ({ type, path }: TreeChange) => `${type} ${path}`

/** Subscribes now; `until` resolves when a change is told, with all lines up to it. */
function collected(client: Client, path: string, options: { recursive?: boolean; initial?: boolean }) {
  const lines: string[] = []
  const wanted: { text: string; resolve(): void }[] = []
  const subscription = client.watch$(path, options).subscribe(change => {
    lines.push(line(change))
    for (const { text, resolve } of wanted) if (text === line(change)) resolve()
  })
  const until = (text: string) =>
    lines.includes(text) ? undefined : new Promise<void>(resolve => wanted.push({ text, resolve }))
  return { lines, until, subscription }
}

on('streams what happens in a subtree from the subscription on', async (t, client) => {
  await client.create('/a')
  await client.create('/a/old')
  const { lines, until, subscription } = collected(client, '/a', { recursive: true })
  await client.create('/a/b')
  await client.create('/a/b/c', new Uint8Array(1))
  await client.setData('/a/old', null)
  await client.delete('/a/b/c')
  await client.delete('/a/b')
  await client.setData('/a', null)
  await until('changed /a')
  t.strictSame(lines, [
    'created /a/b',
    'created /a/b/c',
    'changed /a/old',
    'deleted /a/b/c',
    'deleted /a/b',
    'changed /a',
  ])
  subscription.unsubscribe()
  await client.setData('/a', null)
  await client.sync()
  t.equal(lines.length, 6, 'nothing more after the subscription')
})

on('streams what happens to one znode and that its children change', async (t, client) => {
  const { lines, until } = collected(client, '/n', {})
  await client.create('/n')
  await client.setData('/n', null)
  await client.create('/n/child')
  await client.create('/n/child/deep')
  await client.delete('/n/child/deep')
  await client.delete('/n/child')
  await client.delete('/n')
  await until('deleted /n')
  t.strictSame(lines, ['created /n', 'changed /n', 'children /n', 'children /n', 'deleted /n'])
})

on('announces first what is there if asked to', async (t, client) => {
  for (const path of ['/a', '/a/b', '/a/b/c', '/a/d']) await client.create(path)
  const { lines, until } = collected(client, '/', { recursive: true, initial: true })
  await until('created /a/b/c')
  t.strictSame(
    lines,
    ['created /', 'created /a', 'created /a/b', 'created /a/d', 'created /a/b/c'].sort(byDepth(lines)),
  )
})
const byDepth = (lines: readonly string[]) => (a: string, b: string) => lines.indexOf(a) - lines.indexOf(b)

on('misses nothing that changed while it was away', async (t, client, server) => {
  for (const path of ['/w', '/w/kept', '/w/changed', '/w/gone', '/w/gone/too', '/w/again']) await client.create(path)
  const { lines, until } = collected(client, '/w', { recursive: true, initial: true })
  await until('created /w/gone/too')
  await client.sync()
  lines.length = 0
  const other = await connect(`127.0.0.1:${server.port}${client.chroot}`)
  const away = client.reconnect()
  // Either these are over before the watches are set again, or they are told one by one: the outcome is the same.
  const changes = other
    .multi()
    .setData('/w/changed', null)
    .setData('/w/changed', null)
    .delete('/w/gone/too')
    .delete('/w/gone')
    .delete('/w/again')
    .create('/w/again')
    .create('/w/new')
    .create('/w/new/below')
    .commit()
  await Promise.all([away, changes])
  await until('created /w/new/below')
  await client.sync()
  const wanted = ['changed /w/changed', 'created /w/again', 'created /w/new', 'created /w/new/below']
  t.strictSame([...new Set(lines)].sort(), [...wanted, 'deleted /w/again', 'deleted /w/gone', 'deleted /w/gone/too'])
  t.ok(lines.indexOf('deleted /w/gone/too') < lines.indexOf('deleted /w/gone'))
  t.ok(lines.indexOf('deleted /w/again') < lines.indexOf('created /w/again'))
  t.ok(lines.indexOf('created /w/new') < lines.indexOf('created /w/new/below'))
  await other.close()
})

on('misses nothing that came while its first reading was cut short', async (t, client, server) => {
  await client.create('/w')
  for (let i = 0; i < 5; i++) await client.create(`/w/${i}`)
  const other = await connect(`127.0.0.1:${server.port}${client.chroot}`)
  const { lines, until } = collected(client, '/w', { recursive: true })
  await client.setData('/w', null)
  const away = client.reconnect()
  await other.multi().create('/w/new').create('/w/new/below').setData('/w/3', null).commit()
  await away
  await until('created /w/new/below')
  await until('changed /w/3')
  t.strictSame([...new Set(lines)].sort(), ['changed /w', 'changed /w/3', 'created /w/new', 'created /w/new/below'])
  await other.close()
})

/** What a server before 3.6 looks like to watch$. */
function withoutPersistentWatches(client: Client): WatchedClient {
  return {
    state$: client.state$,
    get state() {
      return client.state
    },
    get lastZxid() {
      return client.lastZxid
    },
    get watchesSetAt() {
      return client.watchesSetAt
    },
    exists: (path, options) => client.exists(path, options),
    getChildrenWithStat: (path, options) => client.getChildrenWithStat(path, options),
    addWatch: path => Promise.reject(new UnimplementedError(-6, 'addWatch', path)),
  }
}

on('streams from servers without persistent watches', async (t, client) => {
  await client.create('/a')
  const lines: string[] = []
  let wanted = ''
  let found = () => {}
  let read = () => {}
  const reading = new Promise<void>(resolve => (read = resolve))
  const changes$ = watchStream(withoutPersistentWatches(client), '/a', { recursive: true }, () => read())
  const subscription = changes$.subscribe(change => {
    lines.push(line(change))
    if (line(change) === wanted) found()
  })
  const until = (text: string) =>
    new Promise<void>(resolve => {
      wanted = text
      found = resolve
      if (lines.includes(text)) resolve()
    })
  await reading
  await client.create('/a/b')
  await client.create('/a/b/c')
  await until('created /a/b/c')
  await client.setData('/a/b/c', null)
  await until('changed /a/b/c')
  await client.delete('/a/b/c')
  await until('deleted /a/b/c')
  await client.delete('/a/b')
  await until('deleted /a/b')
  await client.delete('/a')
  await until('deleted /a')
  await client.create('/a')
  await until('created /a')
  t.strictSame(lines, [
    ...['created /a/b', 'created /a/b/c', 'changed /a/b/c'],
    ...['deleted /a/b/c', 'deleted /a/b', 'deleted /a', 'created /a'],
  ])
  subscription.unsubscribe()
})

for (const [name, watch] of [
  ['ends up with the tree as it is', (client: Client) => client],
  ['ends up with the tree as it is, by one-shot watches', withoutPersistentWatches],
] as const) {
  on(`${name}, however often the connection breaks meanwhile`, (t, client, server) =>
    mirrors(t, watchStream(watch(client), '/', { recursive: true, initial: true }), client, server),
  )
}

async function mirrors(t: Test, changes$: Observable<TreeChange>, client: Client, server: RealServer): Promise<void> {
  const other = await connect(`127.0.0.1:${server.port}${client.chroot}`)
  const mirror = changes$.pipe(
    scan((paths, { type, path }) => {
      if (type === 'created') t.notOk(paths.has(path), `${path} is created once`)
      if (type === 'deleted') t.ok(paths.delete(path), `${path} was there`)
      if (type === 'created') paths.add(path)
      return paths
    }, new Set<string>()),
  )
  const settled = firstValueFrom(mirror.pipe(filter(paths => paths.has('/end'))))
  for (let round = 0; round < 8; round++) {
    const away = client.reconnect()
    for (let i = 0; i < 12; i++) {
      const path = `/n${(round * 5 + i * 7) % 9}`
      if ((await other.exists(path)) === null) await other.create(path, null, { mode: CreateMode.EPHEMERAL })
      else await other.delete(path)
    }
    await away
  }
  const names = await other.getChildren('/')
  await other.create('/end')
  t.strictSame([...(await settled)].sort(), ['/', '/end', ...names.map(name => `/${name}`)].sort())
  await other.close()
}
