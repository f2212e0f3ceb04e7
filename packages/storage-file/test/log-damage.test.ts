import { type LogRecord, makeZxid } from '@menagerie/core'
import { record } from '@menagerie/core/contract'
import { MemoryFileSystem } from '@menagerie/storage-file'
import t from 'tap'
import { FOLDER, fileLog } from './support/media.js'

const at = (name: string): string => `${FOLDER}/version-2/${name}`
const HEADER = 16
const FRAME = 13

/** A disk with these records, one file for each list. */
async function diskWith(...files: LogRecord[][]): Promise<MemoryFileSystem> {
  const fs = new MemoryFileSystem()
  const log = fileLog(fs, { lock: false })
  await log.open()
  for (const records of files) {
    log.roll()
    for (const each of records) log.append(each)
  }
  await log.sync()
  // Left as a crash leaves it: the last file with its zeros.
  return fs
}

/** The zxids of a restart, or the code and place of its failure. */
async function restart(fs: MemoryFileSystem): Promise<unknown> {
  const log = fileLog(fs, { lock: false })
  try {
    const last = await log.open()
    const zxids: number[] = []
    for await (const batch of log.read(0)) zxids.push(...batch.map(each => each.zxid))
    return { last, zxids, torn: log.tornTail }
  } catch (error) {
    const { code, file, offset, message } = error as { code: string; file: string; offset: number; message: string }
    if (code !== 'LOG_CORRUPT') throw error
    return { code, file, offset, message }
  } finally {
    await log.close()
  }
}

/** Changes the file as the medium has it. */
function damage(fs: MemoryFileSystem, name: string, change: (bytes: Uint8Array) => Uint8Array | void): void {
  const bytes = fs.contents(at(name)).slice()
  fs.place(at(name), change(bytes) ?? bytes)
}

/** Where record number `i` of a file begins. */
function offsetOf(records: LogRecord[], i: number): number {
  return records.slice(0, i).reduce((sum, each) => sum + each.bytes.length + FRAME, HEADER)
}

const three = [record(1, 700), record(2, 30), record(3, 1500)]
const third = offsetOf(three, 2)
const end = offsetOf(three, 3)

t.test('a last record cut at any byte is torn: the log ends before it', async t => {
  const pristine = await diskWith(three)
  for (let cut = third; cut < end; cut += cut < third + 20 || cut > end - 5 ? 1 : 97) {
    for (const how of ['absent', 'zero']) {
      const fs = new MemoryFileSystem()
      fs.place(at('log.1'), pristine.contents(at('log.1')))
      damage(fs, 'log.1', bytes => (how === 'zero' ? void bytes.fill(0, cut) : bytes.slice(0, cut)))
      const found = await restart(fs)
      t.match(found, { last: 2, zxids: [1, 2] }, `${how} from byte ${cut - third} of the record on`)
      t.match(await restart(fs), { last: 2, zxids: [1, 2], torn: undefined }, 'and is gone at the next start')
    }
  }
})

t.test('a torn record is reported with its place, and the log goes on', async t => {
  const fs = await diskWith(three)
  damage(fs, 'log.1', bytes => void bytes.fill(0, end - 100))
  const log = fileLog(fs, { lock: false })
  t.equal(await log.open(), 2)
  t.strictSame(log.tornTail, { file: at('log.1'), offset: third, bytes: end - 100 - third })
  log.append(record(3, 5))
  await log.sync()
  t.match(await restart(fs), { last: 3, zxids: [1, 2, 3] })
})

t.test('a last record with a sector that was never written is torn', async t => {
  const fs = await diskWith(three)
  const sector = Math.ceil(third / 512) * 512
  damage(fs, 'log.1', bytes => void bytes.fill(0, sector, sector + 512))
  t.match(await restart(fs), { last: 2, zxids: [1, 2], torn: { offset: third } })
})

t.test('a changed byte anywhere in the last record is corruption', async t => {
  const pristine = await diskWith(three)
  for (let i = third; i < end; i += i < third + 20 || i > end - 5 ? 1 : 97) {
    const fs = new MemoryFileSystem()
    fs.place(at('log.1'), pristine.contents(at('log.1')))
    damage(fs, 'log.1', bytes => void (bytes[i] ^= 0x04))
    t.match(await restart(fs), { code: 'LOG_CORRUPT', file: at('log.1'), offset: third }, `byte ${i - third}`)
  }
})

t.test('a changed byte before the last record is corruption, with file and offset', async t => {
  const pristine = await diskWith(three)
  for (const [what, offset] of [
    ['checksum', HEADER + 6],
    ['length, made larger', HEADER + 9],
    ['length, made smaller', HEADER + 10],
    ['contents', HEADER + 100],
    ['end mark', offsetOf(three, 1) - 1],
  ] as const) {
    const fs = new MemoryFileSystem()
    fs.place(at('log.1'), pristine.contents(at('log.1')))
    damage(fs, 'log.1', bytes => void (bytes[offset] ^= 0x02))
    t.match(await restart(fs), { code: 'LOG_CORRUPT', file: at('log.1'), offset: HEADER }, what)
  }
})

t.test('a record of zeros before sound ones is corruption', async t => {
  const fs = await diskWith(three)
  damage(fs, 'log.1', bytes => void bytes.fill(0, offsetOf(three, 1), third))
  const message = `${at('log.1')} is damaged at byte ${offsetOf(three, 1)}: the record there is damaged, a sound one follows at byte ${third}`
  t.match(await restart(fs), { code: 'LOG_CORRUPT', message })
})

t.test('damage in an older file is corruption, and found when it is read', async t => {
  const fs = await diskWith(three, [record(4), record(5)])
  damage(fs, 'log.1', bytes => void (bytes[third + 50] ^= 1))
  t.match(await restart(fs), { code: 'LOG_CORRUPT', file: at('log.1'), offset: third })
})

t.test('an older file cut short is corruption', async t => {
  const fs = await diskWith(three, [record(4), record(5)])
  damage(fs, 'log.1', bytes => bytes.slice(0, third + 40))
  t.match(await restart(fs), { code: 'LOG_CORRUPT', file: at('log.1'), offset: third })
})

t.test('a newest file without any record does not stop the start', async t => {
  const header = Uint8Array.of(0x5a, 0x4b, 0x4c, 0x47, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0)
  const padded = new Uint8Array(65552)
  padded.set(header)
  const cases: [what: string, bytes: Uint8Array][] = [
    ['empty', new Uint8Array(0)],
    ['all zeros', new Uint8Array(65552)],
    ['cut within its magic', header.slice(0, 3)],
    ['cut within its header', header.slice(0, 11)],
    ['a cut header, then zeros', new Uint8Array(65552).fill(0).map((_, i) => (i < 4 ? header[i] : 0))],
    ['a header alone', header],
    ['a header and zeros', padded],
  ]
  for (const [what, bytes] of cases) {
    const fs = await diskWith(three)
    fs.place(at('log.4'), bytes)
    fs.place(at('log.5'), bytes)
    t.match(await restart(fs), { last: 3, zxids: [1, 2, 3] }, what)
    t.strictSame((await fs.list(`${FOLDER}/version-2`)).sort(), ['log.1'], `${what}: the file is gone`)
    const alone = new MemoryFileSystem()
    alone.place(at('log.1'), bytes)
    t.match(await restart(alone), { last: 0, zxids: [] }, `${what}, and no other file`)
  }
})

t.test('a file that is no log is corruption', async t => {
  const fs = new MemoryFileSystem()
  fs.place(at('log.1'), new TextEncoder().encode('not a log, but longer than its header would be'))
  t.match(await restart(fs), { code: 'LOG_CORRUPT', offset: 0, message: /begins with 0x6e6f7420, expected 0x5a4b4c47/ })
  const versioned = await diskWith(three)
  damage(versioned, 'log.1', bytes => void (bytes[7] = 3))
  t.match(await restart(versioned), { code: 'LOG_CORRUPT', offset: 0, message: /has version 3, expected 2/ })
})

t.test('zxids of damaged bytes are not believed', async t => {
  const fs = await diskWith([record(makeZxid(3, 1), 40), record(makeZxid(3, 2), 40)])
  damage(fs, 'log.300000001', bytes => void (bytes[HEADER + 12 + 12] ^= 0x40))
  t.match(await restart(fs), { code: 'LOG_CORRUPT', offset: HEADER })
})

t.test('epoch files', async t => {
  await t.test('of Apache are read, with or without a line end', async t => {
    const fs = new MemoryFileSystem()
    fs.place(at('acceptedEpoch'), new TextEncoder().encode('12\n'))
    fs.place(at('currentEpoch'), new TextEncoder().encode('11'))
    const log = fileLog(fs)
    await log.open()
    t.strictSame(log.epochs(), { accepted: 12, current: 11 })
    await log.setCurrentEpoch(12)
    t.equal(Buffer.from(fs.contents(at('currentEpoch'))).toString(), '12')
    await log.close()
  })
  for (const text of ['', 'abc', '1x', '-2', '2097152', '99999999999999999999']) {
    await t.test(`with ${JSON.stringify(text)} stop the start`, async t => {
      const fs = new MemoryFileSystem()
      fs.place(at('currentEpoch'), new TextEncoder().encode(text))
      const log = fileLog(fs)
      const message = new RegExp(`currentEpoch is damaged .* holds ${JSON.stringify(text)}, expected an epoch`)
      await t.rejects(log.open(), { code: 'LOG_CORRUPT', message })
    })
  }
})
