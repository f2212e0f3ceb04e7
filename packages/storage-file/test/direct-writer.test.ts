/** Writing past the cache, on the disk of the machine. Where it has no direct writes, files are to be the same. */
import fs from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { AlignedMemory } from '../dist/files/aligned-memory.js'
import { DirectWriter } from '../dist/files/direct-writer.js'
import { createNodeFileSystem, nodeFileSystem } from '../dist/files/node-file-system.js'

const SIZE = 256 * 1024
const MEGABYTE = 1024 * 1024

/** Deterministic bytes, none of them zero. */
const bytesOf = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => 1 + ((seed * 31 + i * 7) % 255))

/** A file of zeros, as the log has them ahead of its records. */
function zeros(t: Test, size = SIZE): { path: string; descriptor: number } {
  const path = join(t.testdir({}), 'file')
  fs.writeFileSync(path, new Uint8Array(size))
  const descriptor = fs.openSync(path, 'r+')
  t.teardown(() => fs.closeSync(descriptor))
  return { path, descriptor }
}

/** Memory that begins where no disk takes it from. */
class OddMemory {
  bytes = new Uint8Array(0)
  asked = 0

  holds(): boolean {
    this.asked++
    this.bytes = new Uint8Array(new ArrayBuffer(64 * 1024 + 8192), 1, 64 * 1024)
    return true
  }

  release(): void {}
}

t.test('what is written is what the file has, with zeros after it', async t => {
  const { path, descriptor } = zeros(t)
  const direct = new DirectWriter(fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_DIRECT), descriptor)
  const expected = new Uint8Array(SIZE)
  let at = 0
  for (const [n, length] of [10, 4086, 1, 4095, 4096, 4097, 12000, 32768, 7, 60000, 1140, 1140, 1140].entries()) {
    const bytes = bytesOf(length + 8, n)
    t.ok(direct.writeNow(bytes, 5, 5 + length, at), `${length} bytes at ${at}`)
    expected.set(bytes.subarray(5, 5 + length), at)
    at += length
    t.ok(Buffer.from(expected).equals(fs.readFileSync(path)), 'the whole file')
  }
  direct.close()
})

t.test('in the thread pool the same, however long', async t => {
  const { path, descriptor } = zeros(t, 4 * MEGABYTE)
  const direct = new DirectWriter(fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_DIRECT), descriptor)
  const expected = new Uint8Array(4 * MEGABYTE)
  let at = 0
  for (const [n, length] of [1140, 70_000, 65_536, 1, 1_000_000, 8191, 2 * MEGABYTE - 8192].entries()) {
    const bytes = bytesOf(length + 8, n)
    t.ok(await direct.write(bytes, 5, 5 + length, at), `${length} bytes at ${at}`)
    expected.set(bytes.subarray(5, 5 + length), at)
    at += length
    t.ok(Buffer.from(expected).equals(fs.readFileSync(path)), 'the whole file')
  }
  direct.close()
})

t.test('a file that was written in other ways meanwhile keeps that', async t => {
  const file = await nodeFileSystem.open(join(t.testdir({}), 'file'), 'create-durable')
  await file.truncate(SIZE)
  const expected = new Uint8Array(SIZE)
  let at = 0
  for (let n = 0; n < 40; n++) {
    const bytes = bytesOf(100 + n * 37, n)
    if (n % 3 === 1) await file.write(bytes, 0, bytes.length, at)
    else if (n % 5 === 1) await file.write(bytes, 0, bytes.length, at, true)
    else file.writeNow(bytes, 0, bytes.length, at)
    expected.set(bytes, at)
    at += bytes.length
    if (n % 7 === 0) {
      await file.truncate(at)
      await file.truncate(SIZE)
    }
  }
  const found = new Uint8Array(SIZE)
  t.equal(await file.read(found, SIZE, 0), SIZE)
  t.ok(Buffer.from(expected).equals(found))
  await file.close()
})

t.test('what is written elsewhere has nothing read again', async t => {
  const file = await nodeFileSystem.open(join(t.testdir({}), 'file'), 'create-durable')
  await file.truncate(SIZE)
  const expected = new Uint8Array(SIZE)
  const first = bytesOf(5000, 1)
  const second = bytesOf(100, 2)
  file.writeNow(first, 0, 5000, 0)
  expected.set(first, 0)
  const reads = t.capture(fs, 'readSync', fs.readSync)
  await file.write(second, 0, 100, SIZE / 2)
  expected.set(second, SIZE / 2)
  await file.truncate(SIZE)
  file.writeNow(second, 0, 100, 5000)
  expected.set(second, 5000)
  t.equal(reads().length, 0)
  const found = new Uint8Array(SIZE)
  t.equal(await file.read(found, SIZE, 0), SIZE)
  t.ok(Buffer.from(expected).equals(found))
  await file.close()
})

t.test('files that follow each other share the memory, and nothing of what is in it', async t => {
  const disk = createNodeFileSystem()
  const folder = t.testdir({})
  let made = 0
  const { WebAssembly } = globalThis as unknown as { WebAssembly: { Memory: new (pages: object) => object } }
  const { Memory } = WebAssembly
  t.teardown(() => Object.assign(WebAssembly, { Memory }))
  WebAssembly.Memory = class extends Memory {
    constructor(pages: object) {
      super(pages)
      made++
    }
  }
  for (let n = 0; n < 4; n++) {
    const file = await disk.open(join(folder, `file ${n}`), 'create-durable')
    await file.truncate(SIZE)
    const expected = new Uint8Array(SIZE)
    let at = 0
    for (const length of [5000, 100, 70_000]) {
      const bytes = bytesOf(length, n + at)
      if (length > 5000) await file.write(bytes, 0, length, at, true)
      else file.writeNow(bytes, 0, length, at)
      expected.set(bytes, at)
      at += length
    }
    const found = new Uint8Array(SIZE)
    t.equal(await file.read(found, SIZE, 0), SIZE)
    t.ok(Buffer.from(expected).equals(found))
    await file.close()
  }
  t.ok(made <= 1, 'where there are direct writes, one for all')
})

t.test('more than it has memory for goes the usual way', async t => {
  const { path, descriptor } = zeros(t)
  const direct = new DirectWriter(fs.openSync(path, 'r+'), descriptor)
  const bytes = new Uint8Array(2 * MEGABYTE)
  t.notOk(direct.writeNow(bytes, 0, bytes.length, 1))
  t.notOk(await direct.write(bytes, 0, bytes.length, 1))
  t.ok(direct.writeNow(bytes, 0, bytes.length, 0))
  direct.close()
})

t.test('a file system that refuses is not asked again', async t => {
  const { path, descriptor } = zeros(t)
  const flags = fs.constants.O_RDWR | fs.constants.O_DIRECT
  for (const first of ['write', 'writeNow'] as const) {
    const memory = new OddMemory()
    const direct = new DirectWriter(fs.openSync(path, flags), descriptor, memory)
    t.notOk(await direct[first](bytesOf(100, 1), 0, 100, 0))
    t.notOk(direct.writeNow(bytesOf(100, 1), 0, 100, 0))
    t.notOk(await direct.write(bytesOf(100, 1), 0, 100, 0))
    t.equal(memory.asked, 1)
    t.ok(
      fs.readFileSync(path).every(byte => byte === 0),
      'nothing was written',
    )
    direct.close()
  }
})

t.test('without memory that fits, files are written the usual way', async t => {
  const { path, descriptor } = zeros(t)
  const none = { bytes: new Uint8Array(0), holds: () => false, release: () => {} }
  const direct = new DirectWriter(fs.openSync(path, 'r+'), descriptor, none)
  t.notOk(direct.writeNow(bytesOf(100, 1), 0, 100, 0))
  t.notOk(await direct.write(bytesOf(100, 1), 0, 100, 0))
  direct.close()
})

t.test('memory begins at a block, and keeps what it has when it grows', async t => {
  const memory = new AlignedMemory(MEGABYTE)
  t.ok(memory.holds(100))
  memory.bytes.set([1, 2, 3])
  t.ok(memory.holds(MEGABYTE))
  t.strictSame([...memory.bytes.subarray(0, 3)], [1, 2, 3])
  t.notOk(memory.holds(MEGABYTE + 1))
  t.equal(memory.bytes.length, MEGABYTE)
  memory.release()
  t.equal(memory.bytes.length, 0)
})

t.test('any other error is that of the write', async t => {
  const { path, descriptor } = zeros(t)
  const direct = new DirectWriter(fs.openSync(path, 'r'), descriptor)
  t.throws(() => direct.writeNow(bytesOf(100, 1), 0, 100, 0), { code: 'EBADF' })
  await t.rejects(direct.write(bytesOf(100, 1), 0, 100, 0), { code: 'EBADF' })
  direct.close()
})
