/** The same program by node-zookeeper-client and by the adapter that takes its place: they have to see the same. */
import { createRequire } from 'node:module'
import * as adapter from '@menagerie/client/node-zookeeper-client'
import type { ClientTest } from './support/run-tests.js'

const require = createRequire(import.meta.url)
const original = require('node-zookeeper-client') as typeof adapter

type Library = typeof adapter
type Old = ReturnType<Library['createClient']>

/** What a callback was given, in a form that can be compared. */
function plain(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return `bytes ${value.length}`
  if (value instanceof Error) {
    const { message, name, code } = value as adapter.Exception
    return {
      message,
      name,
      code,
      asked: [(value as adapter.Exception).getCode(), (value as adapter.Exception).getName()],
    }
  }
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
    .filter(([, each]) => each !== undefined && typeof each !== 'function')
    .map(([key, each]) => [key, plain(each)] as const)
  return Object.fromEntries(entries.filter(([key]) => !['chrootPath', 'specification'].includes(key)).sort())
}

/** Calls a method with a callback at the end, and resolves with what that was given. */
function call(client: object, method: string, ...args: unknown[]): Promise<unknown> {
  return new Promise(resolve => {
    const run = (client as Record<string, (...args: unknown[]) => void>)[method]
    run.call(client, ...args, (error: unknown, ...results: unknown[]) => {
      resolve(plain([error ?? null, ...results.filter(result => result !== undefined)]))
    })
  })
}

async function program(library: Library, address: string): Promise<unknown[]> {
  const { ACL, CreateMode, Id, Permission } = library
  const seen: unknown[] = []
  const events: string[] = []
  const old: Old = library.createClient(address, { sessionTimeout: 10_000, spinDelay: 20 })
  for (const name of ['connected', 'disconnected']) old.on(name, () => events.push(name))
  old.on('state', state => events.push(String(state)))
  const watcher = (event: { toString(): string }) => events.push(String(event))
  const early = call(old, 'create', '/early', Buffer.from('e')) // waits for the connection
  old.connect()
  seen.push(await early, String(old.getState()), old.getSessionId().length, old.getSessionPassword().length)
  old.addAuthInfo('digest', Buffer.from('ann:secret'))
  seen.push(await call(old, 'create', '/a'))
  seen.push(await call(old, 'create', '/a'))
  seen.push(await call(old, 'create', '/s-', Buffer.from('x'), CreateMode.PERSISTENT_SEQUENTIAL))
  seen.push(await call(old, 'create', '/mine', null, ACL.CREATOR_ALL_ACL, CreateMode.EPHEMERAL))
  seen.push(await call(old, 'exists', '/none', watcher), await call(old, 'exists', '/a'))
  seen.push(
    await call(old, 'setData', '/a', Buffer.from('1'), 0),
    await call(old, 'setData', '/a', Buffer.from('1'), 7),
  )
  seen.push(await call(old, 'getData', '/a', watcher), await call(old, 'getData', '/mine'))
  seen.push(await call(old, 'getChildren', '/', watcher))
  seen.push(await call(old, 'setData', '/a', Buffer.from('2')))
  seen.push(await call(old, 'mkdirp', '/none/b', Buffer.from('deep')))
  seen.push(await call(old, 'listSubTreeBFS', '/none'), await call(old, 'remove', '/none'))
  seen.push(await call(old, 'removeRecursive', '/none'), await call(old, 'remove', '/none', -1))
  const acls = [new ACL(Permission.READ | Permission.ADMIN, new Id('ip', '127.0.0.1'))]
  seen.push(await call(old, 'setACL', '/early', acls), await call(old, 'getACL', '/early'))
  seen.push(
    await call(old.transaction().create('/t', Buffer.from('t')).check('/t').setData('/t', Buffer.from('u')), 'commit'),
  )
  seen.push(await call(old.transaction().create('/u').remove('/none').check('/t'), 'commit'))
  seen.push(await call(old.transaction().remove('/t'), 'commit'))
  const disconnected = new Promise(resolve => old.once('disconnected', resolve))
  old.close()
  await disconnected
  seen.push(await call(old, 'getData', '/a'))
  return [...seen, events]
}

export const migration: ClientTest[] = []

function on(name: string, run: ClientTest['run']): void {
  migration.push({ name, run })
}

on('a program for node-zookeeper-client sees the same through the adapter', async (t, client, server) => {
  const roots = ['/one', '/two']
  for (const root of roots) await client.create(root)
  const address = (root: string) => `127.0.0.1:${server.port}${client.chroot}${root}`
  const wanted = await program(original, address('/one'))
  const found = await program(adapter, address('/two'))
  t.equal(found.length, wanted.length)
  for (const [index, value] of found.entries()) t.strictSame(value, wanted[index], `step ${index}`)
})

on(
  'trees of any depth are listed and removed, where the original stops at the second level',
  async (t, client, server) => {
    const old = adapter.createClient(`127.0.0.1:${server.port}${client.chroot}`)
    old.connect()
    t.strictSame(await call(old, 'mkdirp', '/a/b/c/d'), [null, '/a/b/c/d'])
    t.strictSame(await call(old, 'listSubTreeBFS', '/a'), [null, ['/a', '/a/b', '/a/b/c', '/a/b/c/d']])
    t.strictSame(await call(old, 'removeRecursive', '/a'), [null])
    t.strictSame(await client.getChildren('/'), [])
    old.close()
  },
)

on('bad arguments are refused at once', async (t, _client, server) => {
  const old = adapter.createClient(`127.0.0.1:${server.port}`)
  for (const path of ['', 'a', '/a/', '/a//b', '/a/../b']) t.throws(() => old.remove(path, () => {}), /Node path must/)
  t.throws(() => old.create('/a', undefined as never), /callback must be a function/)
  t.throws(() => old.setData('/a', 'text' as never, () => {}), /valid buffer/)
  t.throws(() => old.setACL('/a', [], () => {}), /non-empty array/)
  t.throws(() => adapter.createClient(''), /non-empty string/)
  t.throws(() => new adapter.ACL(99, adapter.Id.ANYONE_ID_UNSAFE), /permission/)
  old.close()
})

on('it can be required as the original is', async t => {
  const required = require('@menagerie/client/node-zookeeper-client') as Library
  t.equal(required.createClient, adapter.createClient)
  for (const name of Object.keys(original)) t.ok(name in required, name)
})
