import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@menagerie/core'
import { systemClock } from '@menagerie/platform-node'
import { storageFile } from '@menagerie/storage-file'
import t, { type Test } from 'tap'
import type { CommandContext } from '../dist/admin/command.js'
import { restoreCommand } from '../dist/admin/commands/restore.js'
import { type BenchOptions, watchedServer } from './support/bench.js'

const asAnybody = { authorization: 'digest somebody:secret' }
const often = { http: { admin: { rateLimiterIntervalMs: 0 } } }

function folder(t: Test): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'menagerie-admin-'))
  t.teardown(() => rmSync(dataDir, { recursive: true }))
  return dataDir
}

async function onFiles(t: Test, options: BenchOptions = often, dataDir = folder(t)) {
  const bench = await watchedServer(t, { ...options, plugins: [storageFile({ dataDir })] })
  const { admin } = bench
  const answer = async (response: Response) => [response.status, await response.json()] as const
  return {
    ...bench,
    dataDir,
    snapshot: async () => {
      const response = await fetch(`${admin}/commands/snapshot`, { headers: asAnybody })
      return Buffer.from(await response.arrayBuffer())
    },
    restore: async (body: Uint8Array | string, headers: Record<string, string> = asAnybody) =>
      answer(
        await fetch(`${admin}/commands/restore`, { method: 'POST', headers, body: new Uint8Array(Buffer.from(body)) }),
      ),
  }
}

t.test('a snapshot that is sent takes the place of the tree, for good', async t => {
  const { server, connect, snapshot, restore, dataDir } = await onFiles(t)
  const client = await connect()
  await client.create('/kept', Buffer.from('as it was'))
  const saved = await snapshot()
  await client.setData('/kept', Buffer.from('changed'))
  await client.create('/later')
  await client.create('/later/on')
  const before = server.lastZxid

  t.strictSame(await restore(saved), [200, { last_zxid: 2, command: 'restore', error: null }])
  const after = await connect()
  t.equal(Buffer.from((await after.getData('/kept')).data!).toString(), 'as it was')
  t.equal(await after.exists('/later'), null)
  await after.create('/new')
  t.ok(((await after.exists('/new'))?.czxid ?? 0) > before, 'zxids go on')
  t.strictSame(
    (await client.getChildren('/')).sort(),
    ['kept', 'new', 'zookeeper'],
    'a session that the snapshot knows goes on',
  )
  await client.close()
  await after.close()
  await server.close()

  const again = await onFiles(t, often, dataDir)
  const later = await again.connect()
  t.strictSame((await later.getChildren('/')).sort(), ['kept', 'new', 'zookeeper'], 'after a restart, too')
  t.equal(Buffer.from((await later.getData('/kept')).data!).toString(), 'as it was')
  await later.close()
  await again.server.close()
})

t.test('it goes on from the zxid of a snapshot from far ahead, and sessions are those of the snapshot', async t => {
  const ahead = await onFiles(t)
  const owner = await ahead.connect()
  for (let n = 0; n < 30; n++) await owner.create(`/n${n}`)
  await owner.create('/ephemeral', null, { mode: 1 })
  const saved = await ahead.snapshot()

  const { connect, restore, ask } = await onFiles(t)
  const stranger = await connect()
  const ended = new Promise(resolve => stranger.state$.subscribe(state => state === 'expired' && resolve(state)))
  t.match(await restore(saved), [200, { last_zxid: 32 }])
  t.equal(await ended, 'expired', 'of others the snapshot knows nothing')
  const client = await connect()
  await client.create('/new')
  t.equal((await client.exists('/new'))?.czxid, 34)
  t.match(JSON.stringify(await ask('dump')), '/ephemeral')
})

t.test('what is damaged, or no snapshot at all, changes nothing', async t => {
  const { server, connect, snapshot, restore } = await onFiles(t)
  const client = await connect()
  await client.create('/a', new Uint8Array(100_000))
  const saved = await snapshot()
  await client.create('/b')
  const flipped = Buffer.from(saved)
  flipped[5000]++
  for (const wrong of ['', 'Invalid snapshot data', saved.subarray(0, -1), flipped, Buffer.alloc(3_000_000)])
    t.strictSame(await restore(wrong), [500, { command: 'restore', error: null }])
  t.equal(server.metrics.read().get('restore_error_count'), 5)
  t.strictSame((await client.getChildren('/')).sort(), ['a', 'b', 'zookeeper'])
  t.equal((await restore(saved))[0], 200)
})

t.test('it takes a right to everything, once in an interval, and can be turned off', async t => {
  const { restore, server } = await onFiles(t, {})
  t.strictSame(await restore('x', {}), [401, { error: 'Auth info is missing for the command', command: 'restore' }])
  t.equal((await restore('x'))[0], 500)
  t.strictSame(await restore('x'.repeat(1 << 20)), [429, { command: 'restore', error: null }])
  t.equal(server.metrics.read().get('restore_rate_limited_count'), 1)
  const off = await onFiles(t, { http: { admin: { restoreEnabled: false } } })
  t.strictSame(await off.restore('x'), [503, { command: 'restore', error: null }])
  const withoutZxid = await onFiles(t, { settings: { serializeLastProcessedZxidEnabled: false } })
  t.strictSame(await withoutZxid.restore('x'), [500, { command: 'restore', error: null }])
})

t.test('a member of an ensemble says why not', async t => {
  const options = { configurationText: '', rateLimiterIntervalMs: 0, snapshotEnabled: true, restoreEnabled: true }
  const command = restoreCommand({ ...options, clock: systemClock, logger: silentLogger })
  const answer = await command.run({ server: { restore: undefined } } as unknown as CommandContext)
  t.match(answer, { status: 503, fields: { error: /member of an ensemble/ } })
})
