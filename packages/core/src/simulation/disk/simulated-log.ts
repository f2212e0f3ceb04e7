import { invariant, MenagerieError } from '../../errors.js'
import { firstAtLeast } from '../../memory/first-at-least.js'
import type { DamagedEnd, Epochs, LogRecord, LogStorage } from '../../seams/log-storage.js'
import { type Zxid, zxidHex } from '../../zxid.js'
import type { SimulatedProcess, Timeline } from '../time/index.js'
import type { SimulatedDisk } from './simulated-disk.js'

/** Records in one batch of a reader. */
const BATCH = 256

/**
 * The {@link LogStorage} of one process on a {@link SimulatedDisk}. Everything that is promised durable takes
 * simulated time, and a process that dies before learns of nothing.
 */
export class SimulatedLog implements LogStorage {
  readonly location: string
  private state: 'new' | 'open' | 'closed' = 'new'
  private damaged: DamagedEnd | null = null
  private failure: MenagerieError | null = null
  /** Records of {@link SimulatedDisk.unsynced} that have become durable since the log was opened. */
  private moved = 0
  /** Operations end in the order in which they begin. */
  private busyUntilUs = 0

  constructor(
    private readonly disk: SimulatedDisk,
    private readonly timeline: Timeline,
    private readonly process: SimulatedProcess,
  ) {
    this.location = `the disk of ${process.name}`
  }

  async open(onDamage: 'refuse' | 'report' = 'refuse'): Promise<Zxid> {
    invariant(this.state === 'new', 'a log is opened once')
    const { disk } = this
    if (disk.inUse) throw new MenagerieError('DATA_DIR_LOCKED', `${this.location} is in use by another server`)
    disk.inUse = true
    this.state = 'open'
    await this.operation()
    this.damaged = this.findDamage()
    if (this.damaged !== null && onDamage === 'refuse') {
      this.state = 'closed'
      disk.inUse = false
      throw this.damaged.error
    }
    return this.damaged?.last ?? lastOf(disk.records)
  }

  get damage(): DamagedEnd | null {
    return this.damaged
  }

  /** A record that was damaged while a process ran is found by the next one. */
  private findDamage(): DamagedEnd | null {
    const { disk } = this
    // It may have been cut off since.
    if (disk.damagedAt !== null && lastOf(disk.records) < disk.damagedAt) disk.damagedAt = null
    if (disk.damagedAt === null && !disk.lacksEnd) return null
    const sound = disk.damagedAt === null ? disk.records.length : firstAtLeast(disk.records, disk.damagedAt)
    const last = sound === 0 ? 0 : disk.records[sound - 1].zxid
    return {
      last,
      error: new MenagerieError('LOG_CORRUPT', `the record behind 0x${zxidHex(last)} on ${this.location} is damaged`),
      setAside: async () => {
        if (disk.damagedAt === null) return
        disk.lacksEnd = true
        await this.operation()
        for (const { zxid } of disk.records.splice(sound)) disk.lost.add(zxid)
        disk.damagedAt = null
      },
      replaced: async () => {
        await this.operation()
        disk.lacksEnd = false
        this.damaged = null
      },
    }
  }

  append(record: LogRecord): void {
    this.checkWritable()
    const last = lastOf(this.disk.unsynced) || lastOf(this.disk.records)
    if (!(record.zxid > last)) {
      throw new MenagerieError('LOG_OUT_OF_ORDER', `record 0x${zxidHex(record.zxid)} after 0x${zxidHex(last)}`)
    }
    const kept = { zxid: record.zxid, bytes: record.bytes.slice() }
    this.disk.unsynced.push(kept)
    this.disk.onRecord(kept)
    this.disk.onStep('append', 'done', record.zxid)
  }

  async sync(): Promise<Zxid> {
    this.check()
    const { disk } = this
    const appended = this.moved + disk.unsynced.length
    disk.onStep('sync', 'begins', lastOf(disk.unsynced) || lastOf(disk.records))
    await this.operation()
    this.check()
    if (disk.failsNextSync || (disk.full && appended > this.moved)) {
      disk.failsNextSync = false
      throw this.fail(disk.full ? 'no space is left' : 'the device reported an error')
    }
    for (; this.moved < appended; this.moved++) disk.records.push(disk.unsynced.shift()!)
    disk.onStep('sync', 'done', lastOf(disk.records))
    return lastOf(disk.records)
  }

  read(from: Zxid): AsyncIterable<readonly LogRecord[]> {
    this.check()
    const { records } = this.disk
    const end = this.isBehindDamage() ? firstAtLeast(records, this.disk.damagedAt!) : records.length
    return batches(records.slice(firstAtLeast(records, from), end), () => this.operation())
  }

  async truncateAfter(last: Zxid): Promise<void> {
    this.checkWritable()
    await this.sync()
    const { disk } = this
    disk.truncation = last
    disk.onStep('truncate', 'begins', last)
    await this.operation()
    disk.records.length = firstAtLeast(disk.records, last + 1)
    disk.truncation = null
    if (disk.damagedAt !== null && disk.damagedAt > last) disk.damagedAt = null
    disk.onStep('truncate', 'done', last)
  }

  roll(): void {
    this.check()
  }

  async purgeThrough(last: Zxid): Promise<void> {
    this.check()
    await this.operation()
    const { records } = this.disk
    // The newest record stays, as a file would: the log goes on from it.
    this.disk.records = records.slice(Math.min(firstAtLeast(records, last + 1), Math.max(0, records.length - 1)))
  }

  async size(): Promise<number> {
    return this.disk.records.reduce((sum, record) => sum + record.bytes.length, 0)
  }

  epochs(): Epochs {
    return this.disk.epochs
  }

  setAcceptedEpoch(accepted: number): Promise<void> {
    return this.setEpochs('acceptedEpoch', accepted)
  }

  setCurrentEpoch(current: number): Promise<void> {
    return this.setEpochs('currentEpoch', current)
  }

  private async setEpochs(which: 'acceptedEpoch' | 'currentEpoch', epoch: number): Promise<void> {
    this.check()
    const change: Partial<Epochs> = which === 'acceptedEpoch' ? { accepted: epoch } : { current: epoch }
    const { disk } = this
    disk.pendingEpochs = { ...disk.epochs, ...change }
    disk.onStep(which, 'begins', epoch)
    await this.operation()
    // A small file of its own: the log stays usable, and the old value stays.
    if (disk.full)
      throw new MenagerieError('LOG_IO', `an epoch could not be written to ${this.location}: no space is left`)
    disk.epochs = { ...disk.epochs, ...change }
    disk.pendingEpochs = null
    disk.onStep(which, 'done', epoch)
  }

  async close(): Promise<void> {
    if (this.state !== 'open') {
      this.state = 'closed'
      return
    }
    try {
      if (this.failure === null) await this.sync()
    } finally {
      this.state = 'closed'
      // What a failed log still holds has an unknown fate, as in a crash.
      if (this.disk.unsynced.length > 0) this.disk.crash({ tail: 0.5, progress: 0.5 })
      this.disk.inUse = false
    }
  }

  /** Resolves when the disk has done one more thing, after all that it was given before. */
  private operation(): Promise<void> {
    const endsUs = Math.max(this.busyUntilUs, this.timeline.nowUs + this.disk.latencyUs())
    this.busyUntilUs = endsUs
    return new Promise(resolve => this.timeline.at(endsUs, this.process, resolve))
  }

  /** Opened with damage that was not set aside yet. */
  private isBehindDamage(): boolean {
    return this.damaged !== null && this.disk.damagedAt !== null && this.damaged.last < this.disk.damagedAt
  }

  private checkWritable(): void {
    this.check()
    if (this.isBehindDamage()) throw this.damaged!.error
  }

  private check(): void {
    if (this.state !== 'open') throw new MenagerieError('LOG_CLOSED', 'the log is not open')
    if (this.failure !== null) throw this.failure
  }

  private fail(cause: string): MenagerieError {
    this.failure = new MenagerieError('LOG_IO', `a flush to ${this.location} failed: ${cause}`)
    return this.failure
  }
}

async function* batches(
  records: readonly LogRecord[],
  operation: () => Promise<void>,
): AsyncGenerator<readonly LogRecord[]> {
  for (let i = 0; i < records.length; i += BATCH) {
    if (i > 0) await operation()
    yield records.slice(i, i + BATCH).map(({ zxid, bytes }) => ({ zxid, bytes: bytes.slice() }))
  }
}

function lastOf(records: readonly LogRecord[]): Zxid {
  return records.length === 0 ? 0 : records[records.length - 1].zxid
}
