/** Changes bytes of write-ahead logs that a killed process has left, as a failing disk would. */
import { copyFileSync, cpSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkWriteAheadLogs, type RocksLog } from '@menagerie/storage-rocksdb'
import t, { type Test } from 'tap'
import { startWriter } from './support/child.js'
import { rocksLog, temporaryFolder } from './support/media.js'

t.setTimeout(300_000)

const RECORDS = 60

/** A database whose process was killed: its records are in the write-ahead log, and nowhere else. */
async function killed(t: Test): Promise<string> {
  const folder = temporaryFolder()
  t.teardown(() => folder.remove())
  const writer = startWriter('write', join(folder.path, 'db'), String(RECORDS))
  await writer.until(line => line === 'done')
  await writer.kill()
  return join(folder.path, 'db')
}

/** A copy to damage, and the write-ahead log with the records in it. */
function copyOf(t: Test, database: string): { path: string; wal: string; bytes: Buffer } {
  const folder = temporaryFolder()
  t.teardown(() => folder.remove())
  const path = join(folder.path, 'db')
  cpSync(database, path, { recursive: true })
  const logs = join(path, 'log')
  const name = readdirSync(logs)
    .filter(name => name.endsWith('.log'))
    .sort()
    .at(-1)!
  return { path, wal: join(logs, name), bytes: readFileSync(join(logs, name)) }
}

async function zxids(log: RocksLog): Promise<number[]> {
  const found: number[] = []
  for await (const records of log.read(0)) found.push(...records.map(({ zxid }) => zxid))
  return found
}

t.test('write-ahead logs', async t => {
  const database = await killed(t)

  t.test('a sound one is opened with every record', async t => {
    const { path } = copyOf(t, database)
    t.equal(await checkWriteAheadLogs(join(path, 'log')), undefined)
    const log = rocksLog(path)
    t.equal(await log.open(), RECORDS)
    t.strictSame(
      await zxids(log),
      Array.from({ length: RECORDS }, (_, i) => i + 1),
    )
    await log.close()
  })

  t.test('damage before the last record is refused, with file and offset', async t => {
    for (const share of [0.1, 0.3, 0.5, 0.8]) {
      const { path, wal, bytes } = copyOf(t, database)
      bytes[Math.floor(bytes.length * share)]! ^= 0x20
      writeFileSync(wal, bytes)
      const error = await rocksLog(path)
        .open()
        .then(
          () => undefined,
          (error: Error) => error,
        )
      t.match(error, { code: 'LOG_CORRUPT' })
      const [, file, offset] =
        /^(\S+) is damaged at byte (\d+): a sound record follows$/.exec(error?.message ?? '') ?? []
      t.equal(file, wal)
      t.ok(Number(offset) <= bytes.length * share, 'the record that holds the byte begins before it')
    }
  })

  t.test('a changed byte in the very last record is damage, since all of it was written', async t => {
    const { path, wal, bytes } = copyOf(t, database)
    bytes[bytes.length - 20]! ^= 1
    writeFileSync(wal, bytes)
    await t.rejects(rocksLog(path).open(), { code: 'LOG_CORRUPT', message: /its checksum does not match$/ })
  })

  t.test('a last record that is cut is what a crash leaves: the log ends before it', async t => {
    for (const missing of [1, 100, 2000]) {
      const { path, wal, bytes } = copyOf(t, database)
      truncateSync(wal, bytes.length - missing)
      t.match(await checkWriteAheadLogs(join(path, 'log')), { file: wal, damage: undefined })
      const log = rocksLog(path)
      const last = await log.open()
      t.ok(last === RECORDS - 1, `cut by ${missing}: ends at ${last}`)
      t.strictSame((await zxids(log)).at(-1), RECORDS - 1)
      await log.close()
    }
  })

  t.test('zeros at the end are what a power cut leaves', async t => {
    const { path, wal, bytes } = copyOf(t, database)
    bytes.fill(0, bytes.length - 1000)
    writeFileSync(wal, bytes)
    const log = rocksLog(path)
    t.equal(await log.open(), RECORDS - 1)
    await log.close()
  })

  t.test('a missing end of one log is damage where a later log has records', async t => {
    const { path, wal, bytes } = copyOf(t, database)
    copyFileSync(
      wal,
      wal.replace(/(\d+)\.log$/, (_, number: string) => `${String(Number(number) + 1).padStart(6, '0')}.log`),
    )
    truncateSync(wal, bytes.length - 100)
    await t.rejects(checkWriteAheadLogs(join(path, 'log')), {
      code: 'LOG_CORRUPT',
      message: new RegExp(`^${wal} is damaged`),
    })
  })
})
