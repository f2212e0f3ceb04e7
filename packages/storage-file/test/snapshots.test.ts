import { record } from '@menagerie/core/contract'
import { type FileHandle, MemoryFileSystem } from '@menagerie/storage-file'
import t from 'tap'
import { writeChunks } from '../dist/snapshots/snapshot-file.js'
import { failure } from './support/failure.js'
import { apacheFile } from './support/fixtures.js'
import { type Changes, FOLDER, fileSnapshotter } from './support/media.js'

const FOLDER_2 = `${FOLDER}/version-2`
const NAMES = { '': 'plain/snapshot.0', gz: 'gz/snapshot.0.gz', snappy: 'snappy/snapshot.0.snappy' } as const

interface Outcome {
  readonly code?: string
  readonly message?: string
  /** What a complete reading gave. */
  readonly content?: Buffer
}

/** Reads a snapshot file with these bytes to its end. */
async function read(name: string, bytes: Uint8Array): Promise<Outcome> {
  const fs = new MemoryFileSystem()
  fs.place(`${FOLDER_2}/${name}`, bytes)
  const snapshotter = fileSnapshotter(fs)
  await snapshotter.open()
  try {
    const parts: Uint8Array[] = []
    for await (const part of snapshotter.read({ zxid: 13, name, bytes: bytes.length })) parts.push(part)
    return { content: Buffer.concat(parts) }
  } catch (error) {
    return error as Outcome
  } finally {
    await snapshotter.close()
  }
}

for (const [compression, path] of Object.entries(NAMES)) {
  const name = path.split('/')[1]
  const pristine = apacheFile(path)

  t.test(`every changed byte of a snapshot is noticed, compression '${compression}'`, async t => {
    const { content } = await read(name, pristine)
    const unseen: number[] = []
    for (let i = 0; i < pristine.length; i++) {
      const bytes = pristine.slice()
      bytes[i] ^= 0x20
      const found = await read(name, bytes)
      // Packed bytes may change and still say the same: a time in gzip's header, a match found elsewhere.
      const harmless = compression !== '' && content && found.content?.equals(content)
      if (found.code !== 'SNAPSHOT_CORRUPT' && !harmless) unseen.push(i)
    }
    t.strictSame(unseen, [])
  })

  t.test(`a snapshot cut at any byte is noticed, compression '${compression}'`, async t => {
    const unseen: number[] = []
    for (let length = 0; length < pristine.length; length++) {
      const found = await read(name, pristine.slice(0, length))
      if (found.code !== 'SNAPSHOT_CORRUPT') unseen.push(length)
    }
    // Cut after the seal of the body, it is what a server without digests writes.
    t.strictSame(unseen, compression === '' ? [457 - 33] : [])
  })
}

t.test('SNAPSHOT_CORRUPT says which file, where and what', async t => {
  const bytes = apacheFile('plain/snapshot.d')
  bytes[100] ^= 1
  t.match(await read('snapshot.d', bytes), {
    message:
      /^\/data\/version-2\/snapshot\.d is damaged at byte 2173: the checksum is 0x[0-9a-f]+, the bytes before it give 0x/,
  })
  t.match(await read('snapshot.d', new TextEncoder().encode('what is this file')), {
    message: '/data/version-2/snapshot.d is damaged at byte 0: it begins with 0x77686174, expected 0x5a4b534e',
  })
  t.match(await read('snapshot.d', new Uint8Array(3)), { message: /at byte 3: it is shorter than its header/ })
})

t.test('list passes over what can not be a whole snapshot, and says so', async t => {
  const fs = new MemoryFileSystem()
  const whole = apacheFile('plain/snapshot.d')
  fs.place(`${FOLDER_2}/snapshot.d`, whole)
  fs.place(`${FOLDER_2}/snapshot.e`, whole.slice(0, 2000))
  fs.place(`${FOLDER_2}/snapshot.f`, new Uint8Array(0))
  fs.place(`${FOLDER_2}/snapshot.10`, new Uint8Array(4096))
  fs.place(`${FOLDER_2}/snapshot.11.gz`, whole)
  fs.place(`${FOLDER_2}/snapshot.12.snappy`, whole)
  fs.place(`${FOLDER_2}/tmp.snapshot.13`, whole)
  const skipped: unknown[] = []
  const note = ({ file }: { file?: unknown }): void => void skipped.push(file)
  const snapshotter = fileSnapshotter(fs, {}, { debug() {}, info() {}, warn: note, error() {} })
  await snapshotter.open()
  t.strictSame(
    (await snapshotter.list()).map(info => info.name),
    ['snapshot.d'],
  )
  const names = ['snapshot.10', 'snapshot.11.gz', 'snapshot.12.snappy', 'snapshot.e', 'snapshot.f']
  t.strictSame(
    skipped.sort(),
    names.map(name => `${FOLDER_2}/${name}`),
  )
  t.notOk((await fs.list(FOLDER_2)).includes('tmp.snapshot.13'), 'an unfinished one is removed')
  await snapshotter.close()
})

t.test('purge removes incomplete ones that are older than what it keeps', async t => {
  const fs = new MemoryFileSystem()
  const whole = apacheFile('plain/snapshot.d')
  for (const name of ['snapshot.5', 'snapshot.8', 'snapshot.a']) fs.place(`${FOLDER_2}/${name}`, whole)
  for (const name of ['snapshot.4', 'snapshot.9', 'snapshot.c']) fs.place(`${FOLDER_2}/${name}`, whole.slice(0, 99))
  const snapshotter = fileSnapshotter(fs)
  await snapshotter.open()
  t.equal(await snapshotter.purge(2), 8)
  t.strictSame((await fs.list(FOLDER_2)).sort(), ['snapshot.8', 'snapshot.9', 'snapshot.a', 'snapshot.c'])
  await t.rejects(snapshotter.purge(0), /at least one snapshot is kept/)
  await snapshotter.close()
})

t.test('a full disk is SNAPSHOT_IO and leaves nothing behind', async t => {
  let state = 1
  const noise = Uint8Array.from({ length: 100_000 }, () => (state = (state * 48271) % 0x7fffffff) & 0xff)
  const compressions: Changes['snapshotCompression'][] = ['', 'gz', 'snappy']
  for (const snapshotCompression of compressions) {
    for (const operation of ['open', 'write', 'sync', 'rename', 'syncDirectory']) {
      const fs = new MemoryFileSystem()
      const snapshotter = fileSnapshotter(fs, { snapshotCompression })
      await snapshotter.open()
      fs.beforeCall = call => {
        if (call.operation === operation) throw failure('ENOSPC')
      }
      async function* body() {
        // Data that does not compress, so that every write is met.
        for (let i = 0; i < 15; i++) yield noise
      }
      const writing = snapshotter.write(9, { body: body(), trailers: () => [] })
      await t.rejects(writing, {
        code: 'SNAPSHOT_IO',
        message: /snapshot\.9.* could not be written: no space is left on the device \(ENOSPC\)/,
      })
      fs.beforeCall = () => {}
      const left = (await fs.list(FOLDER_2)).filter(name => name.startsWith('tmp.'))
      t.strictSame(left, [], `${operation}, compression '${snapshotCompression}'`)
      await snapshotter.close()
    }
  }
})

t.test('trailing sections of lengths that no reader could find again are a defect of the caller', async t => {
  const snapshotter = fileSnapshotter(new MemoryFileSystem())
  await snapshotter.open()
  async function* body() {
    yield record(1, 100).bytes
  }
  const writing = snapshotter.write(1, { body: body(), trailers: () => [new Uint8Array(9)] })
  await t.rejects(writing, /invariant violated: trailing sections of 9 bytes/)
  t.strictSame(await snapshotter.list(), [])
  await snapshotter.close()
})

/** A file whose writes last until the test ends them. */
class HeldFile implements FileHandle {
  readonly writes: { position: number; length: number; end(error?: Error): void }[] = []
  readonly syncs: number[] = []
  ended = 0

  write(_bytes: Uint8Array, start: number, end: number, position: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: Error) => {
        this.ended++
        if (error) reject(error)
        else resolve()
      }
      this.writes.push({ position, length: end - start, end: settle })
    })
  }

  async sync(): Promise<void> {
    this.syncs.push(this.ended)
  }

  read = async () => 0
  writeNow(): void {}
  truncate = async () => {}
  size = async () => 0
  close = async () => {}
}

const MEGABYTE = 1 << 20

async function* megabytes(count: number) {
  for (let n = 0; n < count; n++) yield new Uint8Array(MEGABYTE).fill(n)
}

async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) await new Promise<void>(resolve => setImmediate(resolve))
}

t.test(
  'a snapshot waits for the disk when four writes are under way, and is flushed after what it flushes',
  async t => {
    const file = new HeldFile()
    const written = writeChunks(file, megabytes(9))
    for (let ended = 0; ended < 9; ended++) {
      await settled()
      t.equal(file.writes.length, Math.min(ended + 4, 9))
      file.writes[ended].end()
    }
    t.equal(await written, 9 * MEGABYTE)
    t.strictSame(
      file.writes.map(({ position, length }) => [position, length]),
      Array.from({ length: 9 }, (_, n) => [n * MEGABYTE, MEGABYTE]),
    )
    t.strictSame(
      file.syncs.map((ended, n) => ended >= [4, 8, 9][n]),
      [true, true, true],
      'never before the writes have ended',
    )
  },
)

t.test('a write of a snapshot that fails is told when none is under way any more', async t => {
  const file = new HeldFile()
  let over = false
  const written = writeChunks(file, megabytes(9)).finally(() => {
    over = true
  })
  written.catch(() => {})
  await settled()
  file.writes[0].end(new Error('no space is left'))
  await settled()
  t.notOk(over)
  for (const { end } of file.writes.slice(1)) end()
  await t.rejects(written, { message: 'no space is left' })
})
