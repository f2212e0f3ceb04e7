import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storageFile } from '@menagerie/storage-file'
import t, { type Test } from 'tap'
import { ACL_ALL_OF, digestId } from './support/acl.js'
import { type BenchOptions, watchedServer } from './support/bench.js'

async function onFiles(t: Test, options: BenchOptions & { compression?: '' | 'gz' | 'snappy' } = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'menagerie-admin-'))
  const { compression: snapshotCompression = '', ...rest } = options
  const bench = await watchedServer(t, { ...rest, plugins: [storageFile({ dataDir, snapshotCompression })] })
  t.teardown(async () => {
    await bench.server.close()
    rmSync(dataDir, { recursive: true })
  })
  return { ...bench, files: join(dataDir, 'version-2') }
}

const asAnybody = { headers: { authorization: 'digest somebody:secret' } }

t.test('a snapshot is streamed as the file that it is', async t => {
  const { admin, connect, files, ask } = await onFiles(t)
  const client = await connect()
  for (let n = 0; n < 50; n++) await client.create(`/n${n}`, new Uint8Array(1000).fill(n))
  const response = await fetch(`${admin}/commands/snapshot`, asAnybody)
  t.equal(response.status, 200)
  t.equal(response.headers.get('content-type'), 'application/octet-stream')
  const bytes = Buffer.from(await response.arrayBuffer())
  t.equal(response.headers.get('last_zxid'), '0x33')
  t.equal(response.headers.get('snapshot_size'), String(bytes.length))
  t.ok(bytes.equals(readFileSync(join(files, 'snapshot.33'))), 'byte for byte')
  t.match(await ask('last_snapshot'), { zxid: '33', timestamp: Number })
})

t.test('after a restart the last snapshot is the one that was loaded', async t => {
  const dataDir = mkdtempSync(join(tmpdir(), 'menagerie-admin-'))
  t.teardown(() => rmSync(dataDir, { recursive: true }))
  const plugins = [storageFile({ dataDir })]
  const first = await watchedServer(t, { plugins })
  await (await first.connect()).create('/a')
  await first.server.snapshot()
  await (await first.connect()).create('/b')
  await first.server.close()
  const { ask, server } = await watchedServer(t, { plugins })
  const { mtimeMs } = statSync(join(dataDir, 'version-2', 'snapshot.2'))
  t.match(await ask('last_snapshot'), { zxid: '2', timestamp: Math.floor(mtimeMs / 1000) })
  await server.close()
})

t.test('a compressed one is streamed as it would be without', async t => {
  const { admin } = await onFiles(t, { compression: 'gz' })
  const response = await fetch(`${admin}/commands/snap`, asAnybody)
  const bytes = Buffer.from(await response.arrayBuffer())
  t.equal(bytes.subarray(0, 4).toString(), 'ZKSN')
  t.equal(response.headers.get('snapshot_size'), String(bytes.length))
})

t.test('without streaming only the headers tell of it', async t => {
  const { admin, connect, files } = await onFiles(t)
  await (await connect()).create('/a')
  const response = await fetch(`${admin}/commands/snapshot?streaming=false`, asAnybody)
  t.match(await response.json(), { command: 'snapshot', error: null })
  t.equal(response.headers.get('last_zxid'), '0x2')
  t.ok(readdirSync(files).includes('snapshot.2'))
})

t.test('one in an interval is taken', async t => {
  const { admin, server } = await onFiles(t)
  t.equal((await fetch(`${admin}/commands/snapshot`, asAnybody)).status, 200)
  const second = await fetch(`${admin}/commands/snapshot`, asAnybody)
  t.equal(second.status, 429)
  t.match(await second.json(), { command: 'snapshot', error: null })
  t.equal(server.metrics.read().get('snapshot_rate_limited_count'), 1)
})

t.test('it takes somebody who has every right on the root', async t => {
  const { admin, connect } = await onFiles(t, { http: { admin: { rateLimiterIntervalMs: 0 } } })
  const client = await connect()
  await client.setACL('/', [ACL_ALL_OF('digest', digestId('root', 'secret'))])
  const ask = async (authorization?: string) => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
    const response = await fetch(`${admin}/commands/snapshot?streaming=false`, { headers })
    return [response.status, ((await response.json()) as { error: string | null }).error]
  }
  t.strictSame(await ask(), [401, 'Auth info is missing for the command'])
  t.strictSame(await ask('digest root:wrong'), [403, 'Not authorized'])
  t.strictSame(await ask('ip'), [403, 'Not authorized'])
  for (const wrong of ['digest', 'nope x', '', 'digest root:secret more', 'Basic cm9vdDpzZWNyZXQ='])
    t.strictSame(await ask(wrong), [401, 'Not authenticated'], wrong)
  t.strictSame(await ask('digest root:secret'), [200, null])
})

t.test('a directory for snapshots and logs is measured as a whole, as with Apache', async t => {
  const { ask, server, connect, files } = await onFiles(t)
  await (await connect()).create('/a')
  await server.snapshot()
  const { data_dir_size: data, log_dir_size: log } = (await ask('stats'))['server_stats'] as Record<string, number>
  t.equal(data, log)
  const snapshots = readdirSync(files).filter(name => name.startsWith('snapshot.'))
  t.ok(data > snapshots.reduce((sum, name) => sum + statSync(join(files, name)).size, 0))
})

t.test('it can be turned off', async t => {
  const { admin } = await onFiles(t, { http: { admin: { snapshotEnabled: false } } })
  t.equal((await fetch(`${admin}/commands/snapshot`, asAnybody)).status, 503)
})

t.test('it needs snapshots that say their zxid, as with Apache', async t => {
  const { admin } = await onFiles(t, { settings: { serializeLastProcessedZxidEnabled: false } })
  t.equal((await fetch(`${admin}/commands/snapshot`, asAnybody)).status, 500)
})
