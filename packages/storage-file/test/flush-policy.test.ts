/** Where batches are flushed: the policy alone, and the log that follows it. */
import { silentLogger } from '@menagerie/core'
import { record } from '@menagerie/core/contract'
import { FlushPolicy, MemoryFileSystem } from '@menagerie/storage-file'
import t from 'tap'
import { failure } from './support/failure.js'
import { FOLDER, fileLog } from './support/media.js'

/** A policy that has seen these flushes, in milliseconds. */
function after(...flushes: number[]): FlushPolicy {
  const policy = new FlushPolicy()
  for (const elapsedMs of flushes) policy.flushed(elapsedMs)
  return policy
}

const fast = Array<number>(20).fill(0.1)

t.test('the policy', async t => {
  t.test('takes the thread pool until the disk has shown itself fast', async t => {
    t.notOk(after().onCallingThread(100, true))
    t.notOk(after(0.1).onCallingThread(100, true))
    t.ok(after(...fast).onCallingThread(100, true))
  })

  t.test('takes the thread pool whenever somebody else could be served meanwhile', async t => {
    t.notOk(after(...fast).onCallingThread(100, false))
  })

  t.test('takes the thread pool for large batches', async t => {
    const policy = after(...fast)
    t.ok(policy.onCallingThread(32 * 1024, true))
    t.notOk(policy.onCallingThread(32 * 1024 + 1, true))
  })

  t.test('takes the thread pool after a slow flush, the longer the slower it was', async t => {
    const policy = after(...fast)
    const flushesUntilBack = (slow: number): number => {
      policy.flushed(slow)
      let count = 0
      for (; !policy.onCallingThread(100, true); count++) policy.flushed(0.1)
      return count
    }
    const counts = [1, 10, 100, 1000].map(flushesUntilBack)
    t.equal(counts[0], 0, 'one that is little above the bound is borne')
    t.ok(counts[1] > 5 && counts[2] > counts[1] + 10 && counts[3] > counts[2] + 10, counts.join())
  })

  t.test('never takes the calling thread on a slow disk', async t => {
    const policy = after(...fast)
    let taken = 0
    for (let i = 0; i < 100; i++) {
      if (policy.onCallingThread(100, true)) taken++
      policy.flushed(8)
    }
    t.equal(taken, 1, 'but for the flush that showed it')
  })
})

/** A log on a disk whose every flush takes as long as `control` says, and the calls that it made to write. */
function measured() {
  const fs = new MemoryFileSystem()
  const control = { flushMs: 0.1, fails: false }
  const calls: string[] = []
  let now = 0
  fs.beforeCall = ({ operation }) => {
    if (operation !== 'write' && operation !== 'writeNow') return
    calls.push(operation)
    now += control.flushMs
    if (control.fails) throw failure('EIO')
  }
  const log = fileLog(fs, { preAllocSizeKb: 8 }, silentLogger, () => now)
  let zxid = 0
  const write = (alone: boolean, bytes = 100): Promise<number> => {
    log.append(record(++zxid, bytes))
    return log.sync(alone)
  }
  const warmUp = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await write(false)
    calls.length = 0
  }
  return { log, control, calls, write, warmUp }
}

t.test('the log', async t => {
  t.test('flushes within the call when it may, and what it wrote is read back in order', async t => {
    const { log, calls, write, warmUp } = measured()
    await log.open()
    await warmUp()
    for (const alone of [true, true, false, true]) await write(alone)
    t.strictSame(calls, ['writeNow', 'writeNow', 'write', 'writeNow'])
    const found: number[] = []
    for await (const batch of log.read(20)) found.push(...batch.map(({ zxid }) => zxid))
    t.strictSame(found, [20, 21, 22, 23, 24])
    await log.close()
  })

  t.test('leaves the calling thread alone where files begin or grow', async t => {
    const { log, calls, write, warmUp } = measured()
    await log.open()
    await warmUp()
    log.roll()
    await write(true)
    await write(true, 8000)
    await write(true)
    t.strictSame(calls, ['write', 'write', 'writeNow'])
    await log.close()
  })

  t.test('goes back to the thread pool when a flush was slow', async t => {
    const { log, control, calls, write, warmUp } = measured()
    await log.open()
    await warmUp()
    control.flushMs = 50
    await write(true)
    control.flushMs = 0.1
    await write(true)
    t.strictSame(calls, ['writeNow', 'write'])
    await log.close()
  })

  t.test('fails for good when a flush within the call fails', async t => {
    const { log, control, write, warmUp } = measured()
    await log.open()
    await warmUp()
    control.fails = true
    const message = `the log in ${FOLDER}/version-2 failed and takes nothing more: the device reports an error (EIO)`
    const expected = { code: 'LOG_IO', message }
    await t.rejects(write(true), expected)
    control.fails = false
    t.throws(() => log.append(record(100)), expected)
    await log.close()
  })
})
