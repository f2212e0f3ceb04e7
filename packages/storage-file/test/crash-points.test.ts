/**
 * A power cut after every single call to the disk, one run for each: whatever `sync` had resolved must be
 * there, in order and without holes.
 */
import { record } from '@menagerie/core/contract'
import { type FileLog, type FileSystemCall, MemoryFileSystem } from '@menagerie/storage-file'
import t from 'tap'
import { type Changes, fileLog, fileSnapshotter } from './support/media.js'

const CHANGING = new Set<FileSystemCall['operation']>([
  'open',
  'write',
  'writeNow',
  'sync',
  'truncate',
  'rename',
  'remove',
  'syncDirectory',
])

/** Thrown by the call at which the power goes. */
class PowerCut extends Error {}

/** Runs `work` with the power going at its `n`th change of the disk; true if it got that far. */
async function cutAt(fs: MemoryFileSystem, n: number, work: () => Promise<void>): Promise<boolean> {
  let calls = 0
  fs.beforeCall = ({ operation }) => {
    if (CHANGING.has(operation) && ++calls > n) throw new PowerCut()
  }
  try {
    await work()
  } catch (error) {
    if (calls <= n) throw error
  }
  fs.beforeCall = () => {}
  return calls > n
}

async function zxids(log: FileLog): Promise<number[]> {
  const found: number[] = []
  for await (const batch of log.read(0)) found.push(...batch.map(each => each.zxid))
  return found
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1)
}

/** What the medium has of unsynced bytes after the cut. */
const tears: Record<string, (durable: Uint8Array, latest: Uint8Array) => Uint8Array> = {
  'nothing unsynced': durable => durable,
  everything: (_, latest) => latest,
  'a part of the last write': (durable, latest) => {
    let same = 0
    while (same < durable.length && durable[same] === latest[same]) same++
    const result = latest.slice(0, Math.max(durable.length, latest.length))
    result.fill(0, same + Math.floor((latest.length - same) / 3))
    result.set(durable.subarray(0, same))
    return result
  },
}

const variants: Record<string, Changes> = {
  'one file': {},
  'a file for every few records': { txnLogSizeLimitInKb: 1 },
  'zeros ahead of the records': { preAllocSizeKb: 512 },
}

for (const [tear, keep] of Object.entries(tears)) {
  for (const [what, changes] of Object.entries(variants)) {
    t.test(`append and sync, ${what}; the medium keeps ${tear}`, async t => {
      let n = 0
      for (let more = true; more; n++) {
        const fs = new MemoryFileSystem()
        let synced = 0
        let appended = 0
        more = await cutAt(fs, n, async () => {
          const log = fileLog(fs, { ...changes, lock: false })
          await log.open()
          for (let round = 0; round < 6; round++) {
            for (let i = 0; i < 3; i++) log.append(record(++appended, 400))
            if (round === 3) log.roll()
            synced = await log.sync()
          }
          await log.close()
        })
        fs.powerCut((_, durable, latest) => keep(durable, latest))
        const log = fileLog(fs, { lock: false })
        const last = await log.open()
        if (last < synced || last > appended) t.fail(`call ${n}: last zxid ${last}, synced ${synced} of ${appended}`)
        t.strictSame(await zxids(log), upTo(last), `call ${n}`)
        await log.close()
      }
      t.ok(n > 10, `${n} calls`)
    })
  }
}

t.test('append and sync on the calling thread', async t => {
  let n = 0
  let now = 0
  for (let more = true; more; n++) {
    const fs = new MemoryFileSystem()
    let synced = 0
    now = 0
    more = await cutAt(fs, n, async () => {
      // A clock that stands still: all flushes are quick.
      const log = fileLog(fs, { lock: false }, undefined, () => 0)
      const { beforeCall } = fs
      fs.beforeCall = call => {
        if (call.operation === 'writeNow') now++
        return beforeCall(call)
      }
      await log.open()
      for (let zxid = 1; zxid <= 20; zxid++) {
        log.append(record(zxid, 400))
        synced = await log.sync(true)
      }
      await log.close()
    })
    fs.powerCut()
    const log = fileLog(fs, { lock: false })
    t.strictSame(await log.open(), synced, `call ${n}`)
    t.strictSame(await zxids(log), upTo(synced), `call ${n}`)
    await log.close()
  }
  t.ok(now > 10, `${now} of the flushes of the last run`)
})

t.test('a damaged end is set aside, and replaced: it is never forgotten on the way', async t => {
  let n = 0
  for (let more = true; more; n++) {
    const fs = new MemoryFileSystem()
    const before = fileLog(fs, { lock: false })
    await before.open()
    for (const zxid of upTo(4)) before.append(record(zxid, 100))
    await before.sync()
    await before.close()
    const path = '/data/version-2/log.1'
    const bytes = fs.contents(path).slice()
    bytes[bytes.length - 20] ^= 1
    fs.place(path, bytes)
    let wasReplaced = false
    more = await cutAt(fs, n, async () => {
      const log = fileLog(fs, { lock: false })
      await log.open('report')
      await log.damage?.setAside()
      for (const zxid of [4, 5]) log.append(record(zxid, 100))
      await log.sync()
      const replacing = log.damage!.replaced()
      wasReplaced = true
      await replacing
      await log.close()
    })
    fs.powerCut()
    const log = fileLog(fs, { lock: false })
    const last = await log.open('report')
    if (log.damage === null) t.ok(wasReplaced && last === 5, `call ${n}: not damaged, and ends at ${last}`)
    t.strictSame(await zxids(log), upTo(last), `call ${n}`)
    await log.close()
  }
  t.ok(n > 15, `${n} calls`)
})

t.test('truncateAfter', async t => {
  let n = 0
  for (let more = true; more; n++) {
    const fs = new MemoryFileSystem()
    const log = fileLog(fs, { lock: false })
    await log.open()
    for (const zxid of upTo(12)) {
      if (zxid % 4 === 0) log.roll()
      log.append(record(zxid, 100))
    }
    await log.sync()
    more = await cutAt(fs, n, () => log.truncateAfter(5))
    fs.powerCut()
    const after = fileLog(fs, { lock: false })
    const last = await after.open()
    t.ok(last >= 5 && (more || last === 5), `call ${n}: last zxid ${last}`)
    t.strictSame(await zxids(after), upTo(last), `call ${n}`)
    await after.close()
  }
  t.ok(n > 3, `${n} calls`)
})

t.test('setCurrentEpoch: the old value or the new one, and the new one once resolved', async t => {
  let n = 0
  for (let more = true; more; n++) {
    const fs = new MemoryFileSystem()
    const log = fileLog(fs, { lock: false })
    await log.open()
    await log.setCurrentEpoch(1)
    more = await cutAt(fs, n, () => log.setCurrentEpoch(2))
    fs.powerCut((_, durable, latest) => (n % 2 ? latest : durable))
    const after = fileLog(fs, { lock: false })
    await after.open()
    t.ok(more ? [1, 2].includes(after.epochs().current) : after.epochs().current === 2, `call ${n}`)
    await after.close()
  }
  t.ok(n > 3, `${n} calls`)
})

t.test('a snapshot is there as a whole or not at all', async t => {
  let n = 0
  for (let more = true; more; n++) {
    const fs = new MemoryFileSystem()
    const snapshotter = fileSnapshotter(fs, { lock: false })
    await snapshotter.open()
    const source = (size: number) => ({
      body: (async function* () {
        for (let i = 0; i < size; i++) yield new Uint8Array(100_000).fill(i + 1)
      })(),
      trailers: () => [],
    })
    await snapshotter.write(1, source(1))
    more = await cutAt(fs, n, async () => {
      await snapshotter.write(2, source(25))
    })
    fs.powerCut()
    const after = fileSnapshotter(fs, { lock: false })
    await after.open()
    const found = (await after.list()).map(info => info.zxid)
    t.strictSame(found, more ? [1] : [2, 1], `call ${n}`)
    for (const info of await after.list()) for await (const _ of after.read(info));
    t.strictSame(
      (await fs.list('/data/version-2')).filter(name => name.startsWith('tmp.')),
      [],
      'no unfinished file stays',
    )
  }
  t.ok(n > 4, `${n} calls`)
})
