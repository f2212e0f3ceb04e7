import { crc32, type LogRecord } from '@menagerie/core'
import { JuteReader, TxnHeader } from '@menagerie/core/jute'
import { MemoryFileSystem } from '@menagerie/storage-file'
import t from 'tap'
import { apacheFile, apacheLog } from './support/fixtures.js'
import { FOLDER, fileLog, fileSnapshotter } from './support/media.js'

const at = (name: string): string => `${FOLDER}/version-2/${name}`

async function readAll(log: ReturnType<typeof fileLog>): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  for await (const batch of log.read(0)) records.push(...batch)
  return records
}

async function content(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}

/** A disk with Apache's two log files. */
function apacheDisk(): MemoryFileSystem {
  const fs = new MemoryFileSystem()
  for (const name of ['log.1', 'log.e']) fs.place(at(name), apacheLog(name))
  return fs
}

t.test('reads a log of Apache record for record', async t => {
  const log = fileLog(apacheDisk())
  t.equal(await log.open(), 0x1a)
  const headers = (await readAll(log)).map(({ bytes }) => TxnHeader.read(new JuteReader(bytes)))
  t.strictSame(
    headers.map(header => header.zxid),
    Array.from({ length: 26 }, (_, i) => i + 1),
  )
  const run = [-10, 1, 1, 1, 1, 1, 1, 1, 5, 2, 14, -1, 1]
  t.strictSame(
    headers.map(header => header.type),
    [...run, ...run],
  )
  t.equal(log.tornTail, undefined)
  await log.close()
})

t.test('writes the records of Apache’s log into the same bytes', async t => {
  const source = fileLog(apacheDisk())
  await source.open()
  const fs = new MemoryFileSystem()
  const log = fileLog(fs)
  await log.open()
  for (const record of await readAll(source)) {
    if (record.zxid === 0xe) log.roll()
    log.append(record)
    if (record.zxid % 3 === 0) await log.sync()
  }
  await log.sync()
  t.ok(Buffer.from(fs.contents(at('log.e'))).equals(apacheLog('log.e')), 'the file in use, with its zeros')
  await log.close()
  const finished = fs.contents(at('log.1'))
  t.ok(Buffer.from(finished).equals(apacheLog('log.1').subarray(0, finished.length)), 'the finished file')
})

t.test('goes on after a torn record that Apache left in an older file', async t => {
  const fs = apacheDisk()
  const torn = apacheLog('log.1')
  torn.set(apacheLog('log.e').subarray(16, 60), endOfRecords(torn))
  fs.place(at('log.1'), torn)
  const log = fileLog(fs)
  await log.open()
  t.equal((await readAll(log)).length, 26)
  await log.close()
})

t.test('reports a torn end of an older file, if the next file does not follow on it', async t => {
  const fs = apacheDisk()
  const cut = apacheLog('log.1')
  cut.fill(0, endOfRecords(cut) - 20)
  fs.place(at('log.1'), cut)
  const log = fileLog(fs)
  await log.open()
  await t.rejects(readAll(log), {
    code: 'LOG_CORRUPT',
    file: at('log.1'),
    message: /between here and log\.e are missing/,
  })
  await log.close()
})

for (const [folder, suffix] of [
  ['plain', ''],
  ['gz', '.gz'],
  ['snappy', '.snappy'],
]) {
  t.test(`reads a snapshot of Apache, ${folder}`, async t => {
    const fs = new MemoryFileSystem()
    const names = [`snapshot.0${suffix}`, `snapshot.d${suffix}`]
    for (const name of names) fs.place(at(name), apacheFile(`${folder}/${name}`))
    const snapshotter = fileSnapshotter(fs)
    await snapshotter.open()
    const [newest, oldest] = await snapshotter.list()
    t.strictSame([newest.zxid, newest.name, oldest.zxid, oldest.name], [0xd, names[1], 0, names[0]])
    const bytes = await content(snapshotter.read(newest))
    t.equal(bytes.length, 2219 - 16 - 2 * 13, 'all but header and seals')
    const reader = new JuteReader(bytes)
    t.equal(reader.int(), 1, 'one session')
    reader.position = bytes.length - 20
    t.strictSame([reader.long(), reader.int()], [0xd, 2], 'the digest section ends it: zxid and version')
    await snapshotter.close()
  })
}

t.test('writes a snapshot into the same bytes as Apache', async t => {
  const fs = new MemoryFileSystem()
  const original = apacheFile('plain/snapshot.d')
  fs.place(at('snapshot.d'), original)
  const snapshotter = fileSnapshotter(fs)
  await snapshotter.open()
  const [info] = await snapshotter.list()
  const bytes = await content(snapshotter.read(info))
  async function* body() {
    yield bytes.subarray(0, 1000)
    yield bytes.subarray(1000, bytes.length - 20)
  }
  await snapshotter.write(0xd, { body: body(), trailers: () => [bytes.subarray(bytes.length - 20)] })
  t.equal(crc32(fs.contents(at('snapshot.d')), 0, original.length), crc32(original, 0, original.length))
  t.equal(fs.contents(at('snapshot.d')).length, original.length)
  await snapshotter.close()
})

function endOfRecords(bytes: Uint8Array): number {
  let end = bytes.length
  while (bytes[end - 1] === 0) end--
  return end
}
