/** Transactions and bundled reads, and that their results have the types of what was asked. */
import {
  BadVersionError,
  CreateMode,
  KeeperError,
  MultiError,
  NoNodeError,
  type Stat,
  type Transaction,
} from '@menagerie/client'
import { encodeUtf8 } from '@menagerie/core/jute'
import type { ClientTest } from './support/run-tests.js'

export const transactions: ClientTest[] = []

function on(name: string, run: ClientTest['run']): void {
  transactions.push({ name, run })
}

/** Compiles only where both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never
const same = <A, B>(_proof: Same<A, B>): void => {}

on('a transaction results in a tuple typed by its operations, in order', async (t, client) => {
  const results = await client
    .transaction()
    .create('/a', encodeUtf8('one'))
    .setData('/a', encodeUtf8('two!'), { version: 0 })
    .check('/a', { version: 1 })
    .create('/a/s-', null, { mode: CreateMode.EPHEMERAL_SEQUENTIAL })
    .delete('/a/s-0000000000')
    .createWithStat('/b')
    .commit()
  same<typeof results, [string, Stat, undefined, string, undefined, { path: string; stat: Stat | null }]>(true)
  const [created, stat, checked, sequential, deleted, withStat] = results
  t.strictSame([created, checked, sequential, deleted], ['/a', undefined, '/a/s-0000000000', undefined])
  t.match(stat, { version: 1, dataLength: 4 })
  t.equal(withStat.path, '/b')
  t.ok(withStat.stat === null || withStat.stat.version === 0, 'servers before 3.9 leave the Stat out')
  t.match(await client.getData('/a'), { data: encodeUtf8('two!') })
})

on('a refused transaction names the operation, and leaves nothing behind', async (t, client) => {
  await client.create('/a')
  const commit = client.transaction().create('/n').setData('/a', null, { version: 9 }).delete('/a').commit()
  const error = await commit.catch(error => error)
  t.ok(error instanceof MultiError)
  t.match(error, { code: -103, codeName: 'BadVersion', index: 1, refused: 'setData', path: '/a', codes: [0, -103, -2] })
  t.match(error.message, 'operation 1 of 3, counted from 0: setData /a: BadVersion (expected version 9)')
  t.ok(error.cause instanceof BadVersionError)
  t.equal(error.cause.expectedVersion, 9)
  t.equal(await client.exists('/n'), null)
  t.match(
    await client
      .transaction()
      .check('/none')
      .commit()
      .catch(error => error),
    {
      name: 'MultiError',
      index: 0,
      refused: 'check',
      path: '/none',
      codes: [-101],
    },
  )
  t.match(
    await client
      .transaction()
      .check('/a', { version: 4 })
      .commit()
      .catch(error => error),
    {
      refused: 'check',
      cause: { name: 'BadVersionError', expectedVersion: 4 },
    },
  )
})

on('a transaction under construction can be gone on with in two ways, and sent twice', async (t, client) => {
  const first = client.transaction().create('/a')
  const [one, two] = [first.create('/b'), first.create('/c')]
  t.strictSame(await one.commit(), ['/a', '/b'])
  await t.rejects(two.commit(), { name: 'MultiError', index: 0, path: '/a' })
  await client.delete('/a')
  t.strictSame(await two.commit(), ['/a', '/c'])
  t.strictSame(await client.transaction().commit(), [], 'one without operations does nothing')
  let many: Transaction<string[]> = client.transaction()
  for (let i = 0; i < 100; i++) many = many.create(`/a/${i}`)
  t.equal((await many.commit()).length, 100)
})

on('what cannot be sent is refused before anything is', async (t, client) => {
  const text = 'text' as unknown as Uint8Array
  await t.rejects(client.transaction().create('/a').setData('/a', text).commit(), { name: 'TypeError' })
  t.equal(await client.exists('/a'), null)
  const signal = AbortSignal.abort(new Error('enough'))
  await t.rejects(client.transaction().create('/a').commit({ signal }), { message: 'enough' })
  t.equal(await client.exists('/a'), null)
})

on('bundled reads give each its value or its error', async (t, client) => {
  await client.create('/a', encodeUtf8('x'))
  const results = await client.reads().getData('/a').getData('/none').getChildren('/').getChildren('/none').send()
  type Data = { data: Uint8Array | null; stat: Stat } | KeeperError
  same<typeof results, [Data, Data, string[] | KeeperError, string[] | KeeperError]>(true)
  const [a, none, children, noChildren] = results
  if (a instanceof KeeperError) throw a
  t.strictSame(a.data, encodeUtf8('x'))
  t.equal(a.stat.version, 0)
  t.ok(none instanceof NoNodeError)
  t.match(none, { operation: 'getData', path: '/none' })
  t.strictSame(children, ['a'])
  t.ok(noChildren instanceof NoNodeError)
  t.match(noChildren, { operation: 'getChildren', path: '/none' })
  t.strictSame(await client.reads().send(), [])
})
