import { invariant, MenagerieError } from '../errors.js'
import type { DamagedEnd, Epochs, LogRecord, LogStorage } from '../seams/log-storage.js'
import { type Zxid, zxidHex } from '../zxid.js'
import { PackedRecords } from './packed-records.js'

/**
 * What a {@link MemoryLog} keeps beyond its own life: hand the same medium to the next log, as a
 * restarted server finds its disk.
 */
export class MemoryLogMedium {
  readonly records = new PackedRecords()
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
    return damage?.last ?? this.medium.records.last
  }

  get damage(): DamagedEnd | null {
    const { medium } = this
    if (medium.damage === 'none') return null
    const { records } = medium
    const last = medium.damage === 'found' ? records.lastBelow(records.last) : records.last
    return {
      last,
      error: new MenagerieError('LOG_CORRUPT', `the record behind 0x${zxidHex(last)} in memory is damaged`),
      async setAside() {
        if (medium.damage === 'found') records.truncateAfter(last)
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
    const last = this.queued.at(-1)?.zxid ?? this.medium.records.last
    if (!(record.zxid > last)) {
      throw new MenagerieError('LOG_OUT_OF_ORDER', `record 0x${zxidHex(record.zxid)} after 0x${zxidHex(last)}`)
    }
    this.queued.push(record)
  }

  async sync(): Promise<Zxid> {
    this.checkOpen()
    const { records } = this.medium
    for (const record of this.queued) records.push(record)
    this.queued = []
    return records.last
  }

  read(from: Zxid): AsyncIterable<readonly LogRecord[]> {
    this.checkOpen()
    const { damage, records } = this.medium
    return inTurn(records.between(from, damage === 'found' ? records.lastBelow(records.last) : records.last))
  }

  async truncateAfter(last: Zxid): Promise<void> {
    this.checkWritable()
    await this.sync()
    this.medium.records.truncateAfter(last)
  }

  roll(): void {
    this.checkOpen()
  }

  async purgeThrough(last: Zxid): Promise<void> {
    this.checkOpen()
    // The newest record stays, as a file would: the log goes on from it.
    const { records } = this.medium
    records.dropThrough(Math.min(last, records.last - 1))
  }

  async size(): Promise<number> {
    return this.medium.records.bytes
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

async function* inTurn<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items
}
