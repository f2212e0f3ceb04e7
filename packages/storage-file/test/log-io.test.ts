/** Errors of the disk, group commit, files and reports. */
import type { LogFields, Logger } from '@menagerie/core'
import { record } from '@menagerie/core/contract'
import { FileLog, type FileSystemCall, MemoryFileSystem, nodeFileSystem } from '@menagerie/storage-file'
import t from 'tap'
import { failure } from './support/failure.js'
import { directory, FOLDER, fileLog, options, temporaryFolder } from './support/media.js'

const FOLDER_2 = `${FOLDER}/version-2`

/** Keeps the writes of a disk back until they are let go. */
function holdWrites(fs: MemoryFileSystem): { sizes: number[]; release(): void; holding: boolean } {
  const held: (() => void)[] = []
  const control = {
    /** Size of the file at each write. */
    sizes: [] as number[],
    holding: true,
    release: () => {
      for (const go of held.splice(0)) go()
    },
  }
  fs.beforeCall = ({ operation, path }) => {
    if (operation !== 'write') return
    control.sizes.push(fs.contents(path).length)
    if (control.holding) return new Promise<void>(resolve => held.push(resolve))
  }
  return control
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

for (const operation of ['open', 'write', 'syncDirectory'] as const) {
  t.test(`an error in ${operation} is LOG_IO, and the log takes nothing more`, async t => {
    const fs = new MemoryFileSystem()
    const log = fileLog(fs)
    await log.open()
    let fails = true
    fs.beforeCall = call => {
      if (fails && call.operation === operation && call.path.startsWith(FOLDER_2)) throw failure('ENOSPC')
    }
    log.append(record(1))
    const first = log.sync()
    log.append(record(2))
    const second = log.sync()
    const expected = {
      code: 'LOG_IO',
      message: `the log in ${FOLDER_2} failed and takes nothing more: no space is left on the device (ENOSPC)`,
    }
    await t.rejects(first, expected)
    await t.rejects(second, expected)
    fails = false
    t.throws(() => log.append(record(3)), expected, 'append, though the disk works again')
    await t.rejects(log.sync(), expected)
    await t.rejects(log.truncateAfter(0), expected)
    await t.rejects(log.setCurrentEpoch(1), expected)
    await log.close()
    await t.rejects(log.sync(), { code: 'LOG_CLOSED' })
    const next = fileLog(fs)
    t.ok([0, 1].includes(await next.open()), 'the folder is free for the next server')
    await next.close()
  })
}

t.test('a file that is deleted or moved away takes writes for a second at most', async t => {
  const fs = new MemoryFileSystem()
  let now = 0
  const log = fileLog(fs, {}, undefined, () => now)
  await log.open()
  const write = (zxid: number) => {
    log.append(record(zxid))
    return log.sync(true)
  }
  await write(1)
  now = 1000
  await write(2)
  await fs.remove(`${FOLDER_2}/log.1`)
  now = 1999
  await write(3)
  now = 2000
  const expected = {
    code: 'LOG_IO',
    message: `the log in ${FOLDER_2} failed and takes nothing more: the file that it writes was deleted or moved away while the server ran (ESTALE)`,
  }
  await t.rejects(write(4), expected)
  t.throws(() => log.append(record(5)), expected)
  await log.close()
})

t.test('on the real disk too, with its folder', async t => {
  const folder = temporaryFolder()
  t.teardown(() => folder.remove())
  let now = 0
  const log = fileLog(nodeFileSystem, { dataDir: folder.path }, undefined, () => now)
  await log.open()
  log.append(record(1))
  await log.sync()
  folder.remove()
  now = 5000
  log.append(record(2))
  await t.rejects(log.sync(), { code: 'LOG_IO', message: /deleted or moved away/ })
  await log.close()
})

for (const [name, set] of [
  ['acceptedEpoch', (log: FileLog) => log.setAcceptedEpoch(1)],
  ['currentEpoch', (log: FileLog) => log.setCurrentEpoch(1)],
] as const) {
  t.test(`an error of the file ${name}, which may be on another disk than the log, names that file`, async t => {
    const fs = new MemoryFileSystem()
    const log = fileLog(fs)
    await log.open()
    fs.beforeCall = ({ operation }) => {
      if (operation === 'write') throw failure('ENOSPC')
    }
    const why = 'could not be written, and the log takes nothing more: no space is left on the device (ENOSPC)'
    const expected = { code: 'LOG_IO', message: `${FOLDER_2}/${name} ${why}` }
    await t.rejects(set(log), expected)
    t.throws(() => log.append(record(1)), expected)
    await log.close()
  })
}

t.test('an error while nobody waits shows at the next call', async t => {
  const fs = new MemoryFileSystem()
  const log = fileLog(fs)
  await log.open()
  fs.beforeCall = ({ operation }) => {
    if (operation === 'write') throw failure('EIO')
  }
  for (let zxid = 1; zxid <= 5; zxid++) log.append(record(zxid, 1_000_000))
  await turn()
  await turn()
  t.throws(() => log.append(record(6)), { code: 'LOG_IO' })
  await log.close()
})

t.test('an error in an epoch file is LOG_IO, and the old epoch stays', async t => {
  const fs = new MemoryFileSystem()
  const log = fileLog(fs)
  await log.open()
  await log.setCurrentEpoch(4)
  fs.beforeCall = ({ operation }) => {
    if (operation === 'rename') throw failure('EIO')
  }
  await t.rejects(log.setCurrentEpoch(5), { code: 'LOG_IO' })
  t.strictSame(log.epochs(), { accepted: -1, current: 4 })
  await log.close()
})

t.test('group commit: what is appended while a write is under way shares the next one', async t => {
  const fs = new MemoryFileSystem()
  const log = fileLog(fs, { preAllocSizeKb: 0 })
  await log.open()
  const disk = holdWrites(fs)
  const resolved: number[] = []
  const sync = (): Promise<void> => log.sync().then(zxid => void resolved.push(zxid))
  log.append(record(1))
  const waiting = [sync()]
  for (let zxid = 2; zxid <= 100; zxid++) {
    log.append(record(zxid))
    if (zxid % 10 === 0) waiting.push(sync())
  }
  await turn()
  t.strictSame([disk.sizes.length, resolved], [1, []], 'one write, and nobody told')
  disk.release()
  await turn()
  t.strictSame([disk.sizes.length, resolved], [2, [1]])
  disk.release()
  await Promise.all(waiting)
  t.strictSame(resolved, [1, ...Array(10).fill(100)])
  t.strictSame(disk.sizes, [16 + 65, 16 + 100 * 65], 'ninety-nine records in one write')
  disk.holding = false
  await log.close()
})

t.test('group commit: a sync with nothing new waits for the write under way', async t => {
  const fs = new MemoryFileSystem()
  const log = fileLog(fs)
  await log.open()
  const disk = holdWrites(fs)
  log.append(record(1))
  const first = log.sync()
  let done = false
  const second = log.sync().then(zxid => {
    done = true
    return zxid
  })
  await turn()
  t.notOk(done)
  disk.release()
  t.strictSame([await first, await second], [1, 1])
  disk.holding = false
  await log.close()
})

t.test('a burst is written before anyone asks for a sync', async t => {
  const fs = new MemoryFileSystem()
  const log = fileLog(fs)
  await log.open()
  const disk = holdWrites(fs)
  for (let zxid = 1; zxid <= 8; zxid++) log.append(record(zxid, 1_000_000))
  await turn()
  t.equal(disk.sizes.length, 1)
  disk.holding = false
  disk.release()
  t.equal(await log.sync(), 8)
  await log.close()
})

t.test('files: named for their first zxid, grown by Apache’s rule, without zeros once finished', async t => {
  const fs = new MemoryFileSystem()
  const log = fileLog(fs)
  await log.open()
  const size = (name: string): number => fs.contents(`${FOLDER_2}/${name}`).length
  log.append(record(0x1f, 100))
  await log.sync()
  t.equal(size('log.1f'), 16 + 65536)
  log.append(record(0x20, 61_200))
  await log.sync()
  t.equal(size('log.1f'), 16 + 65536, 'there is room still')
  log.append(record(0x21, 100))
  await log.sync()
  t.equal(size('log.1f'), 16 + 2 * 65536, 'less than 4096 bytes were left')
  log.append(record(0x22, 200_000))
  await log.sync()
  t.equal(size('log.1f'), 4 * 65536, 'past the end: the next multiple')
  log.roll()
  log.append(record(0x100))
  await log.sync()
  t.equal(size('log.1f'), 16 + 4 * (32 + 13) + 100 + 61_200 + 100 + 200_000)
  t.equal(size('log.100'), 16 + 65536)
  await log.close()
  t.equal(size('log.100'), 16 + 65)
})

t.test('files: a new one once the limit is passed', async t => {
  const fs = new MemoryFileSystem()
  const log = fileLog(fs, { txnLogSizeLimitInKb: 2 })
  await log.open()
  for (let zxid = 1; zxid <= 7; zxid++) log.append(record(zxid, 1000))
  await log.sync()
  t.strictSame((await fs.list(FOLDER_2)).sort(), ['log.1', 'log.3', 'log.5', 'log.7'])
  await log.close()
})

t.test('files: purged ones go, the one that may begin before the snapshot stays', async t => {
  const fs = new MemoryFileSystem()
  const log = fileLog(fs)
  await log.open()
  for (const zxid of [1, 10, 20, 30]) {
    log.roll()
    log.append(record(zxid))
  }
  await log.sync()
  const files = async (): Promise<string[]> => (await fs.list(FOLDER_2)).sort()
  await log.purgeThrough(19)
  t.strictSame(await files(), ['log.14', 'log.1e', 'log.a'])
  await log.purgeThrough(20)
  t.strictSame(await files(), ['log.14', 'log.1e'])
  await log.purgeThrough(1000)
  t.strictSame(await files(), ['log.1e'], 'the newest always stays')
  await log.close()
})

t.test('files: one that can not be removed is reported, and does no harm', async t => {
  const fs = new MemoryFileSystem()
  const { logger, messages } = recordingLogger()
  const log = fileLog(fs, {}, logger)
  await log.open()
  for (const zxid of [1, 2, 3]) {
    log.roll()
    log.append(record(zxid))
  }
  await log.sync()
  fs.beforeCall = ({ operation }: FileSystemCall) => {
    if (operation === 'remove') throw failure('EACCES')
  }
  await log.purgeThrough(3)
  t.strictSame(messages, ['warn: an old log file could not be removed'])
  fs.beforeCall = () => {}
  log.append(record(4))
  t.equal(await log.sync(), 4)
  await log.purgeThrough(4)
  t.strictSame(await fs.list(FOLDER_2), ['log.3'])
  await log.close()
})

t.test('a record that is no record is a defect of the caller', async t => {
  const log = fileLog(new MemoryFileSystem())
  await log.open()
  t.throws(() => log.append({ zxid: 1, bytes: new Uint8Array(31) }), /invariant violated: record 0x1 has 31 bytes/)
  t.throws(() => log.append({ ...record(10), zxid: 11 }), /invariant violated: record 0xb says 0xa in its header/)
  await log.close()
})

t.test('reports how long each write took, and warns of slow ones', async t => {
  const observed: number[] = []
  const { logger, messages } = recordingLogger()
  const times = [0, 3, 10, 1510]
  let slow = 0
  const log = new FileLog(directory(new MemoryFileSystem()), options(), {
    logger,
    syncTime: { observe: value => void observed.push(value) },
    slowSync: () => slow++,
    monotonic: () => times.shift() ?? 0,
  })
  await log.open()
  for (const zxid of [1, 2]) {
    log.append(record(zxid))
    await log.sync()
  }
  t.strictSame(observed, [3, 1500])
  t.strictSame(messages, ['warn: making the log durable took long'])
  t.equal(slow, 1)
  await log.close()
})

function recordingLogger(): { logger: Logger; messages: string[] } {
  const messages: string[] = []
  const at = (level: string) => (_fields: LogFields, message: string) => void messages.push(`${level}: ${message}`)
  return { logger: { debug() {}, info() {}, warn: at('warn'), error: at('error') }, messages }
}
