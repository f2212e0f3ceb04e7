/** Caches, against any server. */
import { type CacheChange, connect, NodeCache, TreeCache } from '@menagerie/client'
import { filter, firstValueFrom, take, toArray } from 'rxjs'
import type { ClientTest } from './support/run-tests.js'

export const caches: ClientTest[] = []

function on(name: string, run: ClientTest['run']): void {
  caches.push({ name, run })
}

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (data: Uint8Array | null | undefined) => (data ? new TextDecoder().decode(data) : data)

on('keeps one znode in memory', async (t, client) => {
  await using cache = await NodeCache.open(client, '/config')
  t.equal(cache.current, null)
  const values = firstValueFrom(cache.value$.pipe(take(4), toArray()))
  await client.create('/config', bytes('one'))
  await firstValueFrom(cache.value$.pipe(filter(value => text(value?.data) === 'one')))
  await client.setData('/config', bytes('two'))
  await firstValueFrom(cache.value$.pipe(filter(value => text(value?.data) === 'two')))
  t.match(cache.current, { path: '/config', stat: { version: 1 } })
  await client.delete('/config')
  t.strictSame(
    (await values).map(value => text(value?.data)),
    [undefined, 'one', 'two', undefined],
  )
  t.equal(cache.current, null)
})

on('keeps a subtree in memory', async (t, client) => {
  for (const path of ['/s', '/s/a', '/s/a/1', '/s/b']) await client.create(path, bytes(path))
  await using cache = await TreeCache.open(client, '/s')
  t.equal(cache.size, 4)
  t.equal(text(cache.get('/s/a/1')?.data), '/s/a/1')
  t.strictSame(cache.children('/s').sort(), ['a', 'b'])
  t.strictSame(cache.children('/s/b'), [])
  t.equal([...cache.nodes()][0].path, '/s')
  const changes: string[] = []
  const done = firstValueFrom(cache.changes$.pipe(filter(({ path, type }) => path === '/s/b' && type === 'removed')))
  cache.changes$.subscribe(({ type, path }: CacheChange) => changes.push(`${type} ${path}`))
  await client.create('/s/c', bytes('new'))
  await client.setData('/s/a', bytes('other'))
  await client.delete('/s/b')
  await done
  t.strictSame(changes, ['added /s/c', 'updated /s/a', 'removed /s/b'])
  t.equal(text(cache.get('/s/a')?.data), 'other')
  t.equal(cache.get('/s/b'), undefined)
})

on('catches up with a subtree after the connection was away', async (t, client, server) => {
  for (const path of ['/s', '/s/a', '/s/b']) await client.create(path, bytes('old'))
  const other = await connect(`127.0.0.1:${server.port}${client.chroot}`)
  const cache = await TreeCache.open(client, '/s')
  const away = client.reconnect()
  await other.setData('/s/a', bytes('new'))
  await other.delete('/s/b')
  await other.create('/s/c', bytes('last'))
  await away
  while (cache.get('/s/c') === undefined) await firstValueFrom(cache.changes$)
  while (cache.get('/s/b') !== undefined) await firstValueFrom(cache.changes$)
  // Each znode is read for itself, in whatever order their events have come.
  while (text(cache.get('/s/a')?.data) !== 'new') await firstValueFrom(cache.changes$)
  t.strictSame(cache.children('/s').sort(), ['a', 'c'])
  cache.close()
  await other.close()
})

on('opens no cache that was called off', async (t, client) => {
  const signal = AbortSignal.abort(new Error('enough'))
  await t.rejects(TreeCache.open(client, '/', { signal }), { message: 'enough' })
  await t.rejects(NodeCache.open(client, '/', { signal }), { message: 'enough' })
})
