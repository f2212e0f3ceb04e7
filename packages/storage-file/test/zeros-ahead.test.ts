/** Zeros that are written ahead of the records, so that a flush has no blocks to find. */
import { record } from '@menagerie/core/contract'
import { MemoryFileSystem } from '@menagerie/storage-file'
import t from 'tap'
import { ZerosAhead } from '../dist/log/zeros-ahead.js'
import { failure } from './support/failure.js'
import { FOLDER, fileLog } from './support/media.js'

const KB = 1024
const SIZE = 4096 * KB
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** A file that only tells where it was written, and holds each write until it is let go. */
class HeldFile {
  readonly pieces: { from: number; to: number }[] = []
  private finish: { resolve: () => void; reject: (error: unknown) => void } | undefined

  write(_bytes: Uint8Array, start: number, end: number, position: number): Promise<void> {
    this.pieces.push({ from: position, to: position + end - start })
    return new Promise((resolve, reject) => {
      this.finish = { resolve, reject }
    })
  }

  async release(): Promise<void> {
    this.finish?.resolve()
    await turn()
  }

  async fail(code: string): Promise<void> {
    this.finish?.reject(failure(code))
    await turn()
  }
}

function zerosOn(file: HeldFile): ZerosAhead {
  return new ZerosAhead(file as unknown as ConstructorParameters<typeof ZerosAhead>[0])
}

t.test('pieces follow each other until they are a megabyte ahead, and go on with the records', async t => {
  const file = new HeldFile()
  const zeros = zerosOn(file)
  let end = 0
  for (; end < 64 * KB; end += KB) {
    zeros.wrote(KB, end, SIZE)
    await file.release()
  }
  t.ok(file.pieces.length >= 4 && file.pieces.length <= 6, `${file.pieces.length} pieces`)
  for (const [n, { from }] of file.pieces.entries()) if (n > 0) t.equal(from, file.pieces[n - 1].to)
  for (; end < SIZE; end += KB) {
    zeros.wrote(KB, end, SIZE)
    await file.release()
  }
  const last = file.pieces.at(-1)!
  t.ok(last.to <= SIZE && last.to > SIZE - 512 * KB, 'to the end of the file, and not beyond')
})

t.test('records do not go where a piece is being written', async t => {
  const file = new HeldFile()
  const zeros = zerosOn(file)
  zeros.wrote(KB, KB, SIZE)
  const [{ from }] = file.pieces
  t.ok(from > KB, 'some room is left for records meanwhile')
  t.ok(zeros.isClear(from))
  t.notOk(zeros.isClear(from + 1))
  let settled = false
  const waiting = zeros.settled().then(() => {
    settled = true
  })
  await turn()
  t.notOk(settled)
  await file.release()
  await waiting
  t.ok(zeros.isClear(from + 1))
})

t.test('records that have overtaken the zeros are not written over', async t => {
  const file = new HeldFile()
  const zeros = zerosOn(file)
  zeros.wrote(KB, KB, SIZE)
  await file.release()
  const end = 2048 * KB
  zeros.wrote(KB, end, SIZE)
  t.ok(file.pieces[1].from >= end)
})

t.test('long batches are not worth it', async t => {
  const file = new HeldFile()
  const zeros = zerosOn(file)
  zeros.wrote(512 * KB, 512 * KB, SIZE)
  t.strictSame(file.pieces, [])
})

t.test('where there is no room for zeros, records are written all the same', async t => {
  const file = new HeldFile()
  const zeros = zerosOn(file)
  zeros.wrote(KB, KB, SIZE)
  await file.fail('ENOSPC')
  await zeros.settled()
  t.ok(zeros.isClear(SIZE))
  zeros.wrote(KB, 2 * KB, SIZE)
  t.equal(file.pieces.length, 1, 'and it is not tried again')
})

t.test('any other error is one of the log', async t => {
  const file = new HeldFile()
  const zeros = zerosOn(file)
  zeros.wrote(KB, KB, SIZE)
  await file.fail('EIO')
  t.notOk(zeros.isClear(KB))
  await t.rejects(zeros.settled(), { code: 'EIO' })

  const fs = new MemoryFileSystem()
  const log = fileLog(fs, { preAllocSizeKb: 1024 })
  await log.open()
  log.append(record(1))
  await log.sync()
  let writes = 0
  fs.beforeCall = ({ operation }) => {
    // The first is the batch, the second the zeros.
    if (operation === 'write' && ++writes === 2) throw failure('EIO')
  }
  log.append(record(2))
  t.equal(await log.sync(), 2)
  await turn()
  log.append(record(3))
  await t.rejects(log.sync(), { code: 'LOG_IO' })
  await log.close()
})

t.test('a log is the same with them and without, and closing it waits for the piece under way', async t => {
  const fs = new MemoryFileSystem()
  const log = fileLog(fs, { preAllocSizeKb: 1024 })
  await log.open()
  const held: (() => void)[] = []
  log.append(record(1))
  await log.sync()
  let writes = 0
  fs.beforeCall = ({ operation }) => {
    // The first is the batch, the second the zeros.
    if (operation === 'write' && ++writes === 2) return new Promise<void>(resolve => held.push(resolve))
  }
  log.append(record(2))
  await log.sync()
  await turn()
  t.equal(held.length, 1, 'a piece is being written')
  let closed = false
  const closing = log.close().then(() => {
    closed = true
  })
  await turn()
  await turn()
  t.notOk(closed)
  held[0]()
  await closing
  t.equal(fs.contents(`${FOLDER}/version-2/log.1`).length, 16 + 2 * 65, 'no zeros are left')
})

t.test('room that zeros have taken goes to records when the disk is full', async t => {
  const fs = new MemoryFileSystem()
  const log = fileLog(fs, { preAllocSizeKb: 1024 })
  await log.open()
  log.append(record(1))
  await log.sync()
  log.append(record(2))
  await log.sync()
  await turn()
  let full = true
  let cut = 0
  fs.beforeCall = ({ operation }) => {
    if (operation === 'truncate' && ++cut === 1) full = false
    if (full && (operation === 'write' || operation === 'writeNow')) throw failure('ENOSPC')
  }
  log.append(record(3))
  t.equal(await log.sync(), 3)
  t.equal(cut, 2, 'cut to the records, then as long as before')
  fs.beforeCall = ({ operation }) => {
    if (operation === 'write' || operation === 'writeNow') throw failure('ENOSPC')
  }
  log.append(record(4))
  await t.rejects(log.sync(), { code: 'LOG_IO' }, 'a disk that is full all the same stops the log')
  await log.close()
  fs.beforeCall = () => {}
  const next = fileLog(fs)
  t.ok([3, 4].includes(await next.open()), 'what was acknowledged is there')
  await next.close()
})

t.test('where a file can not grow ahead, records go to its end', async t => {
  const fs = new MemoryFileSystem()
  const log = fileLog(fs, { preAllocSizeKb: 1024 })
  await log.open()
  fs.beforeCall = ({ operation }) => {
    if (operation === 'truncate') throw failure('ENOSPC')
  }
  for (let zxid = 1; zxid <= 20; zxid++) {
    log.append(record(zxid))
    t.equal(await log.sync(), zxid)
  }
  await log.close()
  fs.beforeCall = () => {}
  const next = fileLog(fs)
  t.equal(await next.open(), 20)
  await next.close()
})
