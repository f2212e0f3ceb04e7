/** The example that exports changes: stopped and killed in the middle, it loses and repeats none. */
import { spawn } from 'node:child_process'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Client, connect } from '@menagerie/client'
import { compose, LOG_STORAGE, LOGGER, Server, SNAPSHOTTER, silentLogger } from '@menagerie/core'
import { storageFile } from '@menagerie/storage-file'
import { transportTcp } from '@menagerie/transport-tcp'
import t from 'tap'
import { Child } from '../support/child.js'
import { removeDir, tempDir } from '../support/temp-dir.js'

// Many processes are started, on machines that may be busy.
t.setTimeout(120_000)

const script = fileURLToPath(new URL('../../../examples/change-feed/main.mjs', import.meta.url))

interface Line {
  readonly zxid: number
  readonly changes: readonly { readonly change: string; readonly path: string; readonly data?: string }[]
}

/** Runs the example while `body` uses its server, then ends it with `signal`. */
async function during(
  signal: NodeJS.Signals,
  dir: string,
  body: (client: Client) => Promise<void>,
  file = join(dir, 'changes.jsonl'),
): Promise<Child> {
  const child = new Child(spawn(process.execPath, [script, join(dir, 'data'), '/orders', file]), 'change-feed')
  await child.until(/listening on \S+\n/)
  const client = await connect(/listening on (\S+)/.exec(child.stdout)![1])
  await body(client)
  if (signal !== 'SIGKILL') await client.close()
  child.process.kill(signal)
  await child.exited
  if (signal === 'SIGKILL') void client.close().catch(() => {})
  return child
}

/** Removes what an autopurge removes: all but the newest snapshot, and the log files that it makes superfluous. */
async function purge(dir: string): Promise<void> {
  const storage = storageFile({ dataDir: join(dir, 'data') })
  const server = await Server.start({ plugins: [storage, transportTcp({ listen: [{ port: 0 }] })] })
  // The next transaction begins another log file; the one before the snapshot's is kept.
  for (let n = 0; n < 2; n++) {
    await server.snapshot()
    const client = await connect(`127.0.0.1:${server.addresses[0].port}`)
    await client.close()
  }
  await server.close()
  const container = compose([storage], fallbacks => fallbacks.registerInstance(LOGGER, silentLogger))
  const [log, snapshotter] = [container.resolve(LOG_STORAGE), container.resolve(SNAPSHOTTER)]
  await log.open()
  await snapshotter.open()
  await log.purgeThrough(await snapshotter.purge(1))
  await log.close()
  await snapshotter.close()
}

t.test('a log that was purged meanwhile ends it with a sentence', async t => {
  const dir = tempDir('change-feed')
  t.teardown(() => removeDir(dir))
  await during('SIGTERM', dir, async client => void (await client.create('/orders', Buffer.from(''))))
  const other = join(dir, 'other.jsonl')
  await purge(dir)
  const child = new Child(spawn(process.execPath, [script, join(dir, 'data'), '/orders', other]), 'change-feed')
  await child.exited
  t.equal(child.process.exitCode, 1)
  t.match(child.stderr, /^change-feed: the transactions after zxid 0x0 are not in this server's log/)
  t.equal(child.stderr.trim().split('\n').length, 1)
})

t.test('a purge of what it has seen, though nothing of it was of interest, stops nothing', async t => {
  const dir = tempDir('change-feed')
  t.teardown(() => removeDir(dir))
  await during('SIGINT', dir, async client => {
    await client.create('/orders', Buffer.from(''))
    for (let n = 0; n < 5; n++) await client.create(`/elsewhere${n}`, Buffer.from(''))
  })
  await purge(dir)
  const file = join(dir, 'changes.jsonl')
  const child = await during('SIGINT', dir, async client => {
    await client.setData('/orders', Buffer.of(0xff, 0x00))
    while (readFileSync(file, 'utf8').split('\n').length < 3) await new Promise(resolve => setTimeout(resolve, 20))
  })
  t.equal(child.process.exitCode, 0)
  t.equal(child.stderr, '')
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  t.match(JSON.parse(lines.at(-1)!).changes, [{ change: 'set', path: '/orders', data: { base64: '/wA=' } }])
})

t.test('every change of the subtree is there once, in order, over stops and kills', async t => {
  const dir = tempDir('change-feed')
  t.teardown(() => removeDir(dir))
  const file = join(dir, 'changes.jsonl')

  const expected: string[] = []
  const put = async (client: Client, n: number) => {
    await client.create(`/orders/${n}`, Buffer.from(`order ${n}`))
    expected.push(`created /orders/${n} order ${n}`)
    await client.create(`/ordersx${n}`, Buffer.from('not below it'))
  }

  await during('SIGTERM', dir, async client => {
    await client.create('/orders', Buffer.from(''))
    expected.push('created /orders ')
    for (let n = 0; n < 20; n++) await put(client, n)
  })
  for (let round = 1; round <= 3; round++) {
    await during('SIGKILL', dir, async client => {
      for (let n = 0; n < 20; n++) await put(client, 100 * round + n)
      await client.delete(`/orders/${round}`)
      expected.push(`deleted /orders/${round} undefined`)
    })
    // What a crash of the machine may leave of a line.
    appendFileSync(file, '{"zxid":12345678,"chan')
  }
  const lines = (): Line[] =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap(line => (line.endsWith('}') ? [JSON.parse(line) as Line] : []))
  await during('SIGTERM', dir, async client => {
    await client.setData('/orders', Buffer.from('end'))
    expected.push('set /orders end')
    while (lines().length < expected.length) await new Promise(resolve => setTimeout(resolve, 20))
  })
  const found = lines().flatMap(line => line.changes.map(({ change, path, data }) => `${change} ${path} ${data}`))
  t.strictSame(found, expected)
  const zxids = lines().map(({ zxid }) => zxid)
  t.strictSame(
    zxids,
    [...new Set(zxids)].sort((a, b) => a - b),
  )
})
