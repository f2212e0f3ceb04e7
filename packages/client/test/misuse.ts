/** What a caller may get wrong: refused with a sentence, before anything is sent, the same with every server. */
import { type ACL, AddWatchMode, type Client, CreateMode, connect, MultiError, WatcherType } from '@menagerie/client'
import type { ClientTest } from './support/run-tests.js'

export const misuse: ClientTest[] = []

function on(name: string, run: ClientTest['run']): void {
  misuse.push({ name, run })
}

/** Every operation that names a znode. */
const NAMING: Record<string, (client: Client, path: string) => Promise<unknown>> = {
  create: (client, path) => client.create(path),
  createWithStat: (client, path) => client.createWithStat(path),
  'create, protected': (client, path) => client.create(path, null, { protect: true }),
  delete: (client, path) => client.delete(path),
  exists: (client, path) => client.exists(path, { watch: true }),
  getData: (client, path) => client.getData(path),
  setData: (client, path) => client.setData(path, null),
  getACL: (client, path) => client.getACL(path),
  setACL: (client, path) => client.setACL(path, []),
  getChildren: (client, path) => client.getChildren(path),
  getChildrenWithStat: (client, path) => client.getChildrenWithStat(path),
  getAllChildrenNumber: (client, path) => client.getAllChildrenNumber(path),
  sync: (client, path) => client.sync(path),
  addWatch: (client, path) => client.addWatch(path, AddWatchMode.Persistent),
  removeWatches: (client, path) => client.removeWatches(path, WatcherType.Any),
  checkWatches: (client, path) => client.checkWatches(path, WatcherType.Any),
  reads: (client, path) => client.reads().getData(path).send(),
}

const BAD_PATHS: readonly (readonly [path: string, says: RegExp])[] = [
  ['', /is empty/],
  ['config', /begin with a slash.*"\/config"/],
  ['/config/', /end with a slash/],
  ['//config', /empty name/],
  ['/a//b', /empty name/],
  ['/.', /"\."/],
  ['/a/../b', /"\.\."/],
  ['/a\u0000b', /U\+0000/],
  ['/a\u0007b', /U\+0007/],
  ['/a\u{1f600}b', /U\+D83D/],
]

for (const [name, run] of Object.entries(NAMING)) {
  on(`${name}: refuses a path that can name no znode, and says why`, async (t, client) => {
    for (const [path, says] of BAD_PATHS) {
      const error = await run(client, path).catch(error => error)
      t.match(
        error,
        { name: 'BadArgumentsError', code: -8, codeName: 'BadArguments', path, message: says },
        `"${path}"`,
      )
    }
    for (const path of [null, 5, {}]) {
      await t.rejects(run(client, path as unknown as string), { name: 'TypeError', message: /path must be a string/ })
    }
    t.strictSame(await client.getChildren('/'), [])
  })
}

on('a transaction with a path that cannot be says which operation it was', async (t, client) => {
  const transaction = client.transaction().create('/a').delete('b').check('/c')
  const error = await transaction.commit().catch(error => error)
  t.ok(error instanceof MultiError)
  t.match(error, { code: -8, path: 'b', index: 1, refused: 'delete', codes: [0, -8, -2] })
  t.match(error.cause, { name: 'BadArgumentsError', message: /begin with a slash/ })
  t.equal(await client.exists('/a'), null)
})

on('a name may end with a slash where the server adds its number', async (t, client) => {
  t.match(await client.create('/', null, { mode: CreateMode.PERSISTENT_SEQUENTIAL }), /^\/\d{10}$/)
  t.match(await client.create('/.', null, { mode: CreateMode.EPHEMERAL_SEQUENTIAL }), /^\/\.\d{10}$/)
})

on('versions, modes, times and kinds of watches are whole numbers that can be', async (t, client) => {
  await client.create('/a')
  const not = (value: unknown) => value as number
  for (const version of [Number.NaN, 0.5, 2 ** 31, not('0'), not({})]) {
    const wrong = { name: 'BadArgumentsError', path: '/a', message: /version must be a whole number/ }
    await t.rejects(client.setData('/a', null, version), wrong)
    await t.rejects(client.delete('/a', version), wrong)
    await t.rejects(client.setACL('/a', [], version), wrong)
    await t.rejects(client.transaction().check('/a', { version }).commit(), { name: 'MultiError', cause: wrong })
  }
  const create = (mode: unknown, ttlMs?: number) => client.create('/b', null, { mode: not(mode), ttlMs })
  for (const mode of ['EPHEMERAL', Number.NaN, -1, 99]) {
    await t.rejects(create(mode), { name: 'BadArgumentsError', message: /mode must be a CreateMode/ })
  }
  for (const ttlMs of [undefined, 0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    const wrong = { name: 'BadArgumentsError', message: /ttlMs must be/ }
    await t.rejects(create(CreateMode.PERSISTENT_WITH_TTL, ttlMs), wrong)
  }
  await t.rejects(create(CreateMode.EPHEMERAL, 5000), {
    name: 'BadArgumentsError',
    message: /only znodes of a TTL mode/,
  })
  await t.rejects(client.addWatch('/a', 7), { name: 'BadArgumentsError', message: /mode must be an AddWatchMode/ })
  await t.rejects(client.removeWatches('/a', 0), { name: 'BadArgumentsError', message: /type must be a WatcherType/ })
  await t.rejects(client.checkWatches('/a', 99), { name: 'BadArgumentsError', message: /type must be a WatcherType/ })
  t.match(await client.exists('/a'), { version: 0 })
  t.equal(await client.exists('/b'), null)
})

on('what is no bytes is refused, never written as zeros', async (t, client) => {
  await client.create('/a')
  const text = 'secret' as unknown as Uint8Array
  const wrong = { name: 'TypeError', message: /Uint8Array.*found a string.*TextEncoder/ }
  await t.rejects(client.create('/b', text), wrong)
  await t.rejects(client.setData('/a', text), wrong)
  await t.rejects(client.transaction().setData('/a', text).commit(), wrong)
  await t.rejects(client.addAuth('digest', text), wrong)
  await t.rejects(client.request(4242, text), wrong)
  await t.rejects(client.setData('/a', [1, 2] as unknown as Uint8Array), {
    name: 'TypeError',
    message: /found an array/,
  })
  await t.rejects(client.setData('/a', undefined as unknown as null), { name: 'TypeError', message: /found undefined/ })
  t.match(await client.getData('/a'), { data: null, stat: { version: 0 } })
  t.equal(client.state, 'connected')
})

on('an ACL that is none is refused', async (t, client) => {
  const wrong = { name: 'TypeError', message: /acl must be an array of \{ perms, id: \{ scheme, id \} \}/ }
  for (const acl of ['world:anyone:cdrwa', [{ perms: 31 }], [null], {}] as unknown as ACL[][]) {
    await t.rejects(client.create('/b', null, { acl }), wrong)
    await t.rejects(client.setACL('/', acl), wrong)
  }
  t.equal(await client.exists('/b'), null)
})

on('a request for ephemerals never looks outside the chroot', async (t, { chroot }, { port }) => {
  await using whole = await connect(`127.0.0.1:${port}`)
  await whole.create(`${chroot}-beside`, null, { mode: CreateMode.EPHEMERAL })
  await whole.create(`${chroot}/inside`, null, { mode: CreateMode.EPHEMERAL })
  const { session, lastZxid: lastZxidSeen } = whole
  whole.detach()
  await using within = await connect(`127.0.0.1:${port}${chroot}`, { session, lastZxidSeen })
  t.strictSame(await within.getEphemerals(), ['/inside'])
  t.strictSame(await within.getEphemerals('/in'), ['/inside'])
  for (const prefix of ['', 'in']) {
    await t.rejects(within.getEphemerals(prefix), { name: 'BadArgumentsError', message: /begin with a slash/ })
  }
})
