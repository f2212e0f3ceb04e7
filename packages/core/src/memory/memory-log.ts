import { invariant, MenagerieError } from '../errors.js'
import type { DamagedEnd, Epochs, LogRecord, LogStorage } from '../seams/log-storage.js'
import { type Zxid, zxidHex } from '../zxid.js'
import { firstAtLeast } from './first-at-least.js'

/**
 * What a {@link MemoryLog} keeps beyond its own life: hand the same medium to the next log, as a
 * restarted server finds its disk.
 */
export class MemoryLogMedium {
  readonly records: LogRecord[] = []
  epochs: Epochs = { accepted: -1, current: -1 }
  /** The newest record has changed, and nothing has replaced it. */
  damage: 'none' | 'found' | 'set aside' = 'none'

  /** Changes the newest record, as a failing disk does. */
  damageLast(): void {
    this.damage = 'found'
  }
}

/**
 * A log in memory: for tests, simulation and servers that need not survive. Records become durable (that
 * is: reach the medium) with `sync`; what was only appended goes with the log.
 */
export class MemoryLog implements LogStorage {
  readonly location = 'memory'
  private state: 'new' | 'open' | 'closed' = 'new'
  private queued: LogRecord[] = []

  constructor(readonly medium = new MemoryLogMedium()) {}

  async open(onDamage: 'refuse' | 'report' = 'refuse'): Promise<Zxid> {
    invariant(this.state === 'new', 'a log is opened once')
    const { damage } = this
    if (damage !== null && onDamage === 'refuse') throw damage.error
    this.state = 'open'
    return damage?.last ?? lastOf(this.medium.records)
  }

  get damage(): DamagedEnd | null {
    const { medium } = this
    if (medium.damage === 'none') return null
    const last = medium.damage === 'found' ? (medium.records.at(-2)?.zxid ?? 0) : lastOf(medium.records)
    return {
      last,
      error: new MenagerieError('LOG_CORRUPT', `the record behind 0x${zxidHex(last)} in memory is damaged`),
      async setAside() {
        if (medium.damage === 'found') medium.records.pop()
        medium.damage = 'set aside'
      },
      async replaced() {
        await this.setAside()
        medium.damage = 'none'
      },
    }
  }

  append(record: LogRecord): void {
    this.checkWritable()
    const last = lastOf(this.queued) || lastOf(this.medium.records)
    if (!(record.zxid > last)) {
      throw new MenagerieError('LOG_OUT_OF_ORDER', `record 0x${zxidHex(record.zxid)} after 0x${zxidHex(last)}`)
    }
    this.queued.push(record)
  }

  async sync(): Promise<Zxid> {
    this.checkOpen()
    // Copied: the caller may use the array for something else from now on.
    for (const { zxid, bytes } of this.queued) this.medium.records.push({ zxid, bytes: bytes.slice() })
    this.queued = []
    return lastOf(this.medium.records)
  }

  read(from: Zxid): AsyncIterable<readonly LogRecord[]> {
    this.checkOpen()
    const { records, damage } = this.medium
    const found = records.slice(firstAtLeast(records, from), damage === 'found' ? -1 : undefined)
    return batches(found)
  }

  async truncateAfter(last: Zxid): Promise<void> {
    this.checkWritable()
    await this.sync()
    this.medium.records.length = firstAtLeast(this.medium.records, last + 1)
  }

  roll(): void {
    this.checkOpen()
  }

  async purgeThrough(last: Zxid): Promise<void> {
    this.checkOpen()
    // The newest record stays, as a file would: the log goes on from it.
    const count = firstAtLeast(this.medium.records, last + 1)
    this.medium.records.splice(0, Math.min(count, this.medium.records.length - 1))
  }

  async size(): Promise<number> {
    return this.medium.records.reduce((sum, record) => sum + record.bytes.length, 0)
  }

  epochs(): Epochs {
    return this.medium.epochs
  }

  async setAcceptedEpoch(accepted: number): Promise<void> {
    this.checkOpen()
    this.medium.epochs = { ...this.medium.epochs, accepted }
  }

  async setCurrentEpoch(current: number): Promise<void> {
    this.checkOpen()
    this.medium.epochs = { ...this.medium.epochs, current }
  }

  async close(): Promise<void> {
    if (this.state === 'open') await this.sync()
    this.state = 'closed'
  }

  private checkWritable(): void {
    this.checkOpen()
    if (this.medium.damage === 'found') throw this.damage!.error
  }

  private checkOpen(): void {
    if (this.state !== 'open') throw new MenagerieError('LOG_CLOSED', 'the log is not open')
  }
}

const BATCH = 1024

async function* batches(records: readonly LogRecord[]): AsyncGenerator<readonly LogRecord[]> {
  for (let i = 0; i < records.length; i += BATCH) yield records.slice(i, i + BATCH)
}

function lastOf(records: readonly LogRecord[]): Zxid {
  return records.length === 0 ? 0 : records[records.length - 1].zxid
}
