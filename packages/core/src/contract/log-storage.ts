import { putInt, putLong } from '../jute/index.js'
import type { LogRecord, LogStorage } from '../seams/log-storage.js'
import { makeZxid, type Zxid } from '../zxid.js'
import { expect, expectCode, expectEqual, type TestFunction } from './harness.js'

/** What a backend hands the kit: one empty medium (a folder, a database) for each test. */
export interface LogMedium {
  /** A log, not opened yet, on this medium. Called again after close or power cut, as a restart does. */
  create(): LogStorage
  /** Keeps only what was promised durable; the log in use is not closed. Only called if {@link LogAbilities.powerCut}. */
  powerCut(): Promise<void>
  /** Changes the last record that was promised durable; no log is open. Only called if {@link LogAbilities.damage}. */
  damageLast?(): Promise<void>
  dispose(): Promise<void>
}

/** What the medium of a log can do; more is tested of one that can more. */
export interface LogAbilities {
  /** The medium can forget what was not durable. Without it, tests restart after a plain close. */
  readonly powerCut: boolean
  /** The log can open without its damaged end, and the medium be damaged. */
  readonly damage?: boolean
}

/**
 * Holds an implementation of {@link LogStorage} to its promises. A test file needs one call:
 * `logStorageContract((name, body) => { t.test(name, body) }, { powerCut: false }, newMedium)`
 */
export function logStorageContract(test: TestFunction, can: LogAbilities, newMedium: () => Promise<LogMedium>): void {
  const restartWord = can.powerCut ? 'a power cut' : 'a restart'
  const on = (name: string, body: (kit: LogKit) => Promise<void>): void =>
    test(name, async () => {
      const kit = new LogKit(await newMedium(), can)
      try {
        await body(kit)
      } finally {
        await kit.dispose()
      }
    })

  on('open: an empty medium has last zxid 0 and no records', async kit => {
    expectEqual(await kit.open(), 0, 'last zxid')
    expectEqual(await kit.zxids(), [], 'records')
    expectEqual(await kit.log.sync(), 0, 'sync of an empty log')
  })

  on('sync: resolves with the highest zxid, and the records can be read', async kit => {
    await kit.open()
    const records = [record(1), record(2, 100), record(3, 5000)]
    for (const each of records) kit.log.append(each)
    expectEqual(await kit.log.sync(), 3, 'zxid of sync')
    expectEqual(await kit.log.sync(), 3, 'zxid of a sync with nothing new')
    expectEqual(await kit.read(), records, 'records')
  })

  on(`sync: records survive ${restartWord}`, async kit => {
    await kit.open()
    const records = [record(1), record(2), record(5, 300)]
    for (const each of records) kit.log.append(each)
    await kit.log.sync()
    expectEqual(await kit.restart(), 5, 'last zxid after the restart')
    expectEqual(await kit.read(), records, 'records')
  })

  on(`sync: records survive ${restartWord}, whether or not the caller has something else to do`, async kit => {
    await kit.open()
    // Often enough that a log which learns from its flushes has tried every way it has.
    for (let zxid = 1; zxid <= 40; zxid++) {
      kit.log.append(record(zxid))
      expectEqual(await kit.log.sync(zxid % 10 !== 0), zxid, 'zxid of sync')
    }
    expectEqual(await kit.restart(), 40, 'last zxid after the restart')
    expectEqual((await kit.zxids()).length, 40, 'number of records')
  })

  on(`sync: each of several restarts finds what the earlier ones wrote (${restartWord})`, async kit => {
    for (let zxid = 1; zxid <= 6; zxid += 2) {
      expectEqual(zxid === 1 ? await kit.open() : await kit.restart(), zxid - 1, 'last zxid')
      kit.log.append(record(zxid))
      await kit.log.sync()
      kit.log.append(record(zxid + 1))
      await kit.log.sync()
    }
    expectEqual(await kit.zxids(), [1, 2, 3, 4, 5, 6], 'records')
  })

  on('sync: overlapping calls resolve in call order, each with what was appended before it', async kit => {
    await kit.open()
    const order: Zxid[] = []
    const syncs: Promise<unknown>[] = []
    for (let zxid = 1; zxid <= 20; zxid++) {
      kit.log.append(record(zxid))
      const sync = kit.log.sync().then(covered => {
        expect(covered >= zxid, `the sync after ${zxid} resolved with ${covered}`)
        order.push(zxid)
      })
      syncs.push(sync)
      if (zxid % 3 === 0) await Promise.resolve()
    }
    await Promise.all(syncs)
    expectEqual(order, range(1, 20), 'order')
    expectEqual(await kit.zxids(), range(1, 20), 'records')
  })

  on(`sync: a record appended while one is under way needs the next (${restartWord})`, async kit => {
    await kit.open()
    kit.log.append(record(1))
    const first = kit.log.sync()
    kit.log.append(record(2))
    const second = kit.log.sync()
    expect((await first) >= 1, 'zxid of the first sync')
    expectEqual(await second, 2, 'zxid of the second sync')
    await kit.restart()
    expectEqual(await kit.zxids(), [1, 2], 'records')
  })

  on('append: what was not synced is lost as a whole from some record on, or not at all', async kit => {
    await kit.open()
    kit.log.append(record(1))
    await kit.log.sync()
    for (const zxid of range(2, 9)) kit.log.append(record(zxid, 700))
    const last = await kit.restart()
    expect(last >= 1 && last <= 9, `last zxid is ${last}`)
    expectEqual(await kit.zxids(), range(1, last), 'records')
  })

  on('append: refuses a zxid that does not rise, and stays usable', async kit => {
    await kit.open()
    kit.log.append(record(5))
    for (const zxid of [5, 4]) {
      await expectCode(
        kit.attempt(() => kit.log.append(record(zxid))),
        'LOG_OUT_OF_ORDER',
        `append of ${zxid} after 5`,
      )
    }
    kit.log.append(record(6))
    await kit.log.sync()
    await expectCode(
      kit.attempt(() => kit.log.append(record(6))),
      'LOG_OUT_OF_ORDER',
      'append of 6 after the sync of 6',
    )
    expectEqual(await kit.zxids(), [5, 6], 'records')
    await kit.restart()
    await expectCode(
      kit.attempt(() => kit.log.append(record(6))),
      'LOG_OUT_OF_ORDER',
      'append of 6 after a restart',
    )
  })

  on('append: zxids may jump, and hold an epoch', async kit => {
    const zxids = [1, 40, makeZxid(1, 1), makeZxid(1, 0xffff_ffff), makeZxid(2, 0), makeZxid(0x1f_ffff, 7)]
    await kit.open()
    for (const zxid of zxids) kit.log.append(record(zxid))
    await kit.log.sync()
    await kit.restart()
    expectEqual(await kit.zxids(), zxids, 'records')
  })

  on('append: the byte array is the caller’s again after the sync', async kit => {
    await kit.open()
    const original = record(1, 500)
    const lent = { zxid: 1, bytes: original.bytes.slice() }
    kit.log.append(lent)
    await kit.log.sync()
    lent.bytes.fill(0xee)
    kit.log.append(record(2))
    await kit.log.sync()
    expectEqual((await kit.read())[0], original, 'first record')
    await kit.restart()
    expectEqual((await kit.read())[0], original, 'first record after the restart')
  })

  on('read: gives every size of record back, small and large, over many batches', async kit => {
    await kit.open()
    const sizes = [0, 1, 511, 512, 513, 4096, 70_000, 1_200_000, 3, 2_500_000, 0]
    const records = sizes.map((size, i) => record(i + 1, size))
    for (const [i, each] of records.entries()) {
      kit.log.append(each)
      if (i % 4 === 3) await kit.log.sync()
    }
    for (let zxid = records.length + 1; zxid <= 5000; zxid++) {
      const each = record(zxid, zxid % 300)
      records.push(each)
      kit.log.append(each)
    }
    await kit.log.sync()
    await kit.restart()
    const found = await kit.read()
    expectEqual(found.length, records.length, 'number of records')
    for (const [i, each] of records.entries()) {
      if (!sameRecord(each, found[i])) expectEqual(found[i], each, `record ${i}`)
    }
  })

  on('read: begins at the first record that is not below `from`', async kit => {
    await kit.open()
    for (const zxid of [2, 4, 6]) kit.log.append(record(zxid))
    kit.log.roll()
    for (const zxid of [8, 10]) kit.log.append(record(zxid))
    await kit.log.sync()
    const expected: [from: Zxid, zxids: Zxid[]][] = [
      [0, [2, 4, 6, 8, 10]],
      [2, [2, 4, 6, 8, 10]],
      [3, [4, 6, 8, 10]],
      [6, [6, 8, 10]],
      [7, [8, 10]],
      [8, [8, 10]],
      [9, [10]],
      [11, []],
    ]
    for (const [from, zxids] of expected) expectEqual(await kit.zxids(from), zxids, `records from ${from}`)
  })

  on('read: gives what was durable when it was called, whatever is appended meanwhile', async kit => {
    await kit.open()
    for (const zxid of range(1, 50)) kit.log.append(record(zxid, 1000))
    await kit.log.sync()
    const reading = kit.log.read(10)
    for (const zxid of range(51, 80)) kit.log.append(record(zxid, 1000))
    await kit.log.sync()
    kit.log.append(record(81))
    expectEqual(zxidsOf(await collect(reading)), range(10, 50), 'records')
  })

  on('read: the arrays are the reader’s to keep', async kit => {
    await kit.open()
    const records = range(1, 40).map(zxid => record(zxid, 40_000))
    for (const each of records) kit.log.append(each)
    await kit.log.sync()
    const kept = await kit.read()
    for (const zxid of range(41, 80)) kit.log.append(record(zxid, 40_000))
    await kit.log.sync()
    await kit.read()
    expect(
      kept.every((each, i) => sameRecord(each, records[i])),
      'a record changed after later reads and writes',
    )
  })

  on('read: may be left early, and begun again', async kit => {
    await kit.open()
    for (const zxid of range(1, 30)) kit.log.append(record(zxid, 90_000))
    await kit.log.sync()
    for await (const batch of kit.log.read(0)) {
      expect(batch.length > 0, 'an empty batch')
      break
    }
    expectEqual(await kit.zxids(), range(1, 30), 'records')
  })

  for (const rolls of [false, true]) {
    const where = rolls ? 'over several segments' : 'within one segment'
    on(`truncateAfter: drops exactly the records after a zxid, ${where} (${restartWord})`, async kit => {
      for (const last of [9, 8, 7, 5, 2, 1]) {
        await kit.reset()
        for (const zxid of [2, 4, 6, 8]) {
          if (rolls) kit.log.roll()
          kit.log.append(record(zxid, 100))
          kit.log.append(record(zxid + 1, 100))
        }
        await kit.log.sync()
        await kit.log.truncateAfter(last)
        const expected = range(2, 9).filter(zxid => zxid <= last)
        expectEqual(await kit.zxids(), expected, `records after truncateAfter(${last})`)
        expectEqual(await kit.restart(), expected.at(-1) ?? 0, `last zxid after truncateAfter(${last}) and a restart`)
        expectEqual(await kit.zxids(), expected, `records after truncateAfter(${last}) and a restart`)
      }
    })
  }

  on(`truncateAfter: the log goes on from there (${restartWord})`, async kit => {
    await kit.open()
    for (const zxid of range(1, 10)) kit.log.append(record(zxid, 100))
    await kit.log.sync()
    await kit.log.truncateAfter(4)
    const other = record(5, 333)
    kit.log.append(other)
    expectEqual(await kit.log.sync(), 5, 'zxid of sync')
    expectEqual((await kit.read()).at(-1), other, 'last record')
    await kit.restart()
    expectEqual((await kit.read()).at(-1), other, 'last record after a restart')
    expectEqual(await kit.zxids(), [1, 2, 3, 4, 5], 'records')
  })

  on('truncateAfter: includes records that were only appended', async kit => {
    await kit.open()
    for (const zxid of range(1, 6)) kit.log.append(record(zxid))
    await kit.log.truncateAfter(3)
    expectEqual(await kit.log.sync(), 3, 'zxid of sync')
    expectEqual(await kit.zxids(), [1, 2, 3], 'records')
    kit.log.append(record(4))
    await kit.log.sync()
    expectEqual(await kit.restart(), 4, 'last zxid')
  })

  on('truncateAfter: the last zxid and above change nothing', async kit => {
    await kit.open()
    kit.log.append(record(3))
    await kit.log.truncateAfter(3)
    await kit.log.truncateAfter(1000)
    kit.log.append(record(4))
    await kit.log.sync()
    expectEqual(await kit.zxids(), [3, 4], 'records')
  })

  on('roll: changes nothing that a reader sees, however often it is called', async kit => {
    await kit.open()
    kit.log.roll()
    kit.log.roll()
    kit.log.append(record(1))
    kit.log.roll()
    kit.log.append(record(2))
    const syncing = kit.log.sync()
    kit.log.roll()
    kit.log.append(record(3))
    await syncing
    await kit.log.sync()
    kit.log.roll()
    expectEqual(await kit.zxids(), [1, 2, 3], 'records')
    await kit.restart()
    kit.log.roll()
    kit.log.append(record(4))
    await kit.log.sync()
    expectEqual(await kit.zxids(), [1, 2, 3, 4], 'records after a restart')
  })

  on('purgeThrough: keeps every record above the zxid, and the log goes on', async kit => {
    await kit.open()
    for (const zxid of range(1, 12)) {
      if (zxid % 3 === 0) kit.log.roll()
      kit.log.append(record(zxid))
    }
    await kit.log.sync()
    for (const last of [0, 1, 5, 6, 7, 12, 50]) {
      await kit.log.purgeThrough(last)
      expectEqual(await kit.zxids(last + 1), range(last + 1, 12), `records above ${last}`)
      const kept = await kit.zxids()
      expectEqual(kept, range(kept[0] ?? 13, 12), 'what is left has no holes')
    }
    kit.log.append(record(13))
    await kit.log.sync()
    expectEqual(await kit.restart(), 13, 'last zxid')
    expectEqual(await kit.zxids(13), [13], 'records')
  })

  on('purgeThrough: does not disturb a reader that is under way', async kit => {
    await kit.open()
    for (const zxid of range(1, 40)) {
      if (zxid % 10 === 0) kit.log.roll()
      kit.log.append(record(zxid, 50_000))
    }
    await kit.log.sync()
    const found: Zxid[] = []
    for await (const batch of kit.log.read(0)) {
      if (found.length === 0) await kit.log.purgeThrough(35)
      found.push(...zxidsOf(batch))
    }
    expectEqual(found, range(1, 40), 'records')
  })

  on(`epochs: begin at -1, are set one by one, and survive ${restartWord}`, async kit => {
    await kit.open()
    expectEqual(kit.log.epochs(), { accepted: -1, current: -1 }, 'epochs at first')
    await kit.log.setAcceptedEpoch(3)
    expectEqual(kit.log.epochs(), { accepted: 3, current: -1 }, 'epochs')
    await kit.restart()
    expectEqual(kit.log.epochs(), { accepted: 3, current: -1 }, 'epochs after a restart')
    await kit.log.setCurrentEpoch(3)
    await kit.log.setAcceptedEpoch(4)
    await kit.restart()
    expectEqual(kit.log.epochs(), { accepted: 4, current: 3 }, 'epochs after another restart')
  })

  if (can.damage) damageContract(on, restartWord)

  on('size: grows with the records', async kit => {
    await kit.open()
    const before = await kit.log.size()
    for (const zxid of range(1, 100)) kit.log.append(record(zxid, 1000))
    await kit.log.sync()
    const grown = (await kit.log.size()) - before
    expect(grown >= 100_000, `100 records of 1000 bytes made the log grow by ${grown} bytes`)
  })

  on('close: makes queued records durable', async kit => {
    await kit.open()
    kit.log.append(record(1))
    kit.log.append(record(2))
    await kit.log.close()
    expectEqual(await kit.open(), 2, 'last zxid')
  })

  on('close: everything after it fails with LOG_CLOSED, and closing twice is fine', async kit => {
    const fresh = kit.medium.create()
    await expectCode(
      kit.attempt(() => fresh.append(record(1))),
      'LOG_CLOSED',
      'append before open',
    )
    await kit.open()
    await kit.log.close()
    await kit.log.close()
    const { log } = kit
    const calls: [string, () => unknown][] = [
      ['append', () => log.append(record(1))],
      ['sync', () => log.sync()],
      ['read', () => collect(log.read(0))],
      ['truncateAfter', () => log.truncateAfter(0)],
      ['roll', () => log.roll()],
      ['purgeThrough', () => log.purgeThrough(1)],
      ['setAcceptedEpoch', () => log.setAcceptedEpoch(1)],
      ['setCurrentEpoch', () => log.setCurrentEpoch(1)],
    ]
    for (const [name, call] of calls) await expectCode(kit.attempt(call), 'LOG_CLOSED', `${name} after close`)
  })
}

/** Of logs that report the damage of their newest records. */
function damageContract(on: (name: string, body: (kit: LogKit) => Promise<void>) => void, restartWord: string): void {
  const filled = async (kit: LogKit): Promise<void> => {
    await kit.open()
    for (const zxid of range(1, 4)) kit.log.append(record(zxid, 600))
    await kit.log.sync()
    await kit.log.close()
    await kit.medium.damageLast!()
  }

  on('damage: refuses to open, unless it is asked to report; and neither changes anything', async kit => {
    await filled(kit)
    for (let attempt = 0; attempt < 2; attempt++) {
      await expectCode(kit.open(), 'LOG_CORRUPT', 'open')
      expectEqual(await kit.open('report'), 3, 'last sound zxid')
      expectEqual(kit.log.damage?.last, 3, 'last zxid of the damage')
      expectEqual(kit.log.damage?.error.code, 'LOG_CORRUPT', 'code of the damage')
      expectEqual(await kit.zxids(), [1, 2, 3], 'records')
      await expectCode(
        kit.attempt(() => kit.log.append(record(4))),
        'LOG_CORRUPT',
        'append behind the damage',
      )
      await kit.log.close()
    }
  })

  on(`damage: set aside, the log goes on, and is damaged still (${restartWord})`, async kit => {
    await filled(kit)
    await kit.open('report')
    await kit.log.damage!.setAside()
    expect(kit.log.damage !== null, 'the damage is gone before anything has replaced it')
    expectEqual(await kit.restart('report'), 3, 'last zxid')
    expectEqual(kit.log.damage?.last, 3, 'last zxid of the damage')
    const other = record(4, 50)
    kit.log.append(other)
    kit.log.append(record(5, 50))
    await kit.log.sync()
    expectEqual(await kit.restart('report'), 5, 'last zxid after records have come')
    expect(kit.log.damage != null, 'the damage was forgotten')
    expectEqual(await kit.zxids(), [1, 2, 3, 4, 5], 'records')
    expectEqual((await kit.read(4))[0], other, 'the record in place of the damaged one')
    await kit.log.close()
    await expectCode(kit.open(), 'LOG_CORRUPT', 'open')
  })

  on(`damage: replaced, it is over (${restartWord})`, async kit => {
    await filled(kit)
    await kit.open('report')
    const damage = kit.log.damage!
    await damage.setAside()
    await kit.log.truncateAfter(2)
    for (const zxid of [3, 4]) kit.log.append(record(zxid))
    await kit.log.sync()
    await damage.replaced()
    expectEqual(kit.log.damage ?? null, null, 'damage')
    expectEqual(await kit.restart(), 4, 'last zxid')
    expectEqual(kit.log.damage ?? null, null, 'damage after a restart')
    expectEqual(await kit.zxids(), [1, 2, 3, 4], 'records')
  })
}

/** A medium with the log that is open on it. */
class LogKit {
  log: LogStorage

  constructor(
    readonly medium: LogMedium,
    private readonly can: LogAbilities,
  ) {
    this.log = medium.create()
  }

  private used = false

  /** Opens a log; a fresh one if the last was opened before. */
  open(onDamage?: 'report'): Promise<Zxid> {
    if (this.used) this.log = this.medium.create()
    this.used = true
    return this.log.open(onDamage)
  }

  async restart(onDamage?: 'report'): Promise<Zxid> {
    await (this.can.powerCut ? this.medium.powerCut() : this.log.close())
    return this.open(onDamage)
  }

  /** An open log without records. */
  async reset(): Promise<void> {
    if (!this.used) await this.open()
    await this.log.truncateAfter(0)
  }

  async read(from: Zxid = 0): Promise<LogRecord[]> {
    return collect(this.log.read(from))
  }

  async zxids(from: Zxid = 0): Promise<Zxid[]> {
    return zxidsOf(await this.read(from))
  }

  /** A call that may throw at once or later, as a promise. */
  async attempt(call: () => unknown): Promise<unknown> {
    return await call()
  }

  async dispose(): Promise<void> {
    try {
      await this.log.close()
    } finally {
      await this.medium.dispose()
    }
  }
}

const HEADER = 32
const SET_DATA = 5

/** A record as the kernel logs it: a transaction header with this zxid, and `size` bytes that depend on both. */
export function record(zxid: Zxid, size = 20): LogRecord {
  const bytes = new Uint8Array(HEADER + size)
  putLong(bytes, 0, 0x1234)
  putInt(bytes, 8, zxid % 1000)
  putLong(bytes, 12, zxid)
  putLong(bytes, 20, 1_700_000_000_000)
  putInt(bytes, 28, SET_DATA)
  for (let i = 0; i < size; i++) bytes[HEADER + i] = i * 7 + zxid * 13 + (i >>> 8)
  return { zxid, bytes }
}

async function collect(batches: AsyncIterable<readonly LogRecord[]>): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  for await (const batch of batches) records.push(...batch)
  return records
}

function zxidsOf(records: readonly LogRecord[]): Zxid[] {
  return records.map(each => each.zxid)
}

function sameRecord(a: LogRecord, b: LogRecord): boolean {
  return a.zxid === b.zxid && sameBytes(a.bytes, b.bytes)
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i)
}
