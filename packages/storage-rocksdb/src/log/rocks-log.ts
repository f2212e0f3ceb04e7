import {
  type Epochs,
  invariant,
  type Logger,
  type LogRecord,
  type LogStorage,
  MenagerieError,
  type Summary,
  silentLogger,
  type Zxid,
  zxidHex,
} from '@menagerie/core'
import { reasonOf } from '../database/errors.js'
import { END, FIRST, nameKey, zxidKey } from '../database/keys.js'
import type { RocksDatabase } from '../database/rocks-database.js'
import { StoredEpochs } from './epochs.js'
import { GroupCommit } from './group-commit.js'
import type { LogBatch } from './log-batch.js'
import { cutBlock, extentOf, RECORD_OVERHEAD } from './log-block.js'
import { blockAt, firstBlock, lastBlock, readLog } from './log-entries.js'

const TRUNCATED = nameKey('truncated')

/** What the log reports to, and measures with. */
export interface RocksLogReports {
  readonly logger: Logger
  /** Duration of each write-and-sync, in ms (Apache's `fsynctime`). */
  readonly syncTime?: Summary
  /** Called for each that took longer than the threshold. */
  readonly slowSync?: () => void
  /** Milliseconds, never going back. */
  readonly monotonic: () => number
}

/** The transaction log in a database of RocksDB. DESIGN.md says what is durable when. */
export class RocksLog implements LogStorage {
  readonly location: string
  private readonly epochValues: StoredEpochs
  private readonly commit: GroupCommit
  private state: 'new' | 'open' | 'closed' = 'new'
  private failure: MenagerieError | undefined
  private lastQueued: Zxid = 0
  /** Bytes of records from the log's beginning to the end of what is queued. */
  private position = 0

  constructor(
    private readonly database: RocksDatabase,
    private readonly options: { readonly fsyncWarningThresholdMs: number },
    private readonly reports: RocksLogReports = { logger: silentLogger, monotonic: () => performance.now() },
  ) {
    this.location = database.path
    this.epochValues = new StoredEpochs(database)
    this.commit = new GroupCommit(
      batch => this.write(batch),
      error => this.fail(error),
    )
  }

  async open(): Promise<Zxid> {
    invariant(this.state === 'new', 'a log is opened once')
    await this.database.open()
    try {
      await this.epochValues.load()
      await this.findEnd()
    } catch (error) {
      await this.database.close()
      throw error
    }
    this.state = 'open'
    return this.lastQueued
  }

  append(record: LogRecord): void {
    this.checkUsable()
    const { zxid, bytes } = record
    if (!(zxid > this.lastQueued)) {
      const message = `record 0x${zxidHex(zxid)} after 0x${zxidHex(this.lastQueued)}`
      throw new MenagerieError('LOG_OUT_OF_ORDER', message)
    }
    this.commit.add(record, this.position)
    this.position += RECORD_OVERHEAD + bytes.length
    this.lastQueued = zxid
  }

  sync(): Promise<Zxid> {
    if (this.state === 'open' && !this.failure) return this.commit.sync()
    return Promise.reject(this.unusable())
  }

  read(from: Zxid): AsyncIterable<readonly LogRecord[]> {
    this.checkUsable()
    return readLog(this.database, from, this.commit.durable)
  }

  async truncateAfter(last: Zxid): Promise<void> {
    this.checkUsable()
    await this.commit.drain()
    if (last >= this.lastQueued) return
    await this.guard(async () => {
      const cut = await blockAt(this.database, last)
      // The first put makes the deletion durable along with itself: both are in one write-ahead log.
      const marks = [{ key: TRUNCATED, value: zxidKey(last) }] as const
      const kept = cut ? [{ key: zxidKey(cut.first), value: cutBlock(cut.bytes, last) } as const] : []
      const ranges = [{ from: zxidKey(last + 1), to: END }] as const
      await this.database.write({ ranges, puts: [...kept, ...marks], sync: true })
      await this.findEnd()
    })
  }

  /** RocksDB drops what was purged by itself; segments would be of no use to it. */
  roll(): void {
    this.checkUsable()
  }

  async purgeThrough(last: Zxid): Promise<void> {
    this.checkUsable()
    // The block that may hold the next record stays, and with it the newest one, from which the log goes on.
    const kept = await blockAt(this.database, last + 1)
    const oldest = kept && (await firstBlock(this.database))
    if (!kept || oldest?.first === kept.first) return
    const ranges = [{ from: FIRST, to: zxidKey(kept.first) }] as const
    await this.guard(async () => void (await this.database.write({ ranges, sync: false })))
    this.reports.logger.info({ before: `0x${zxidHex(kept.first)}` }, 'removed old transactions from the log')
  }

  async size(): Promise<number> {
    const first = await firstBlock(this.database)
    return first ? this.position - extentOf(first.bytes).begin : 0
  }

  epochs(): Epochs {
    return this.epochValues.values()
  }

  async setAcceptedEpoch(epoch: number): Promise<void> {
    this.checkUsable()
    await this.guard(() => this.epochValues.set('accepted', epoch))
  }

  async setCurrentEpoch(epoch: number): Promise<void> {
    this.checkUsable()
    await this.guard(() => this.epochValues.set('current', epoch))
  }

  async close(): Promise<void> {
    const wasOpen = this.state === 'open'
    this.state = 'closed'
    if (!wasOpen) return
    try {
      if (!this.failure) await this.commit.drain()
    } finally {
      await this.database.close()
    }
  }

  private async findEnd(): Promise<void> {
    const last = await lastBlock(this.database)
    this.commit.durable = this.lastQueued = last?.records.at(-1)?.zxid ?? 0
    this.position = last ? extentOf(last.bytes).end : 0
  }

  private async write(batch: LogBatch): Promise<void> {
    const { monotonic, logger, syncTime } = this.reports
    const start = monotonic()
    const bytes = batch.length
    const { puts, lent } = batch.take()
    batch.reuse(await this.database.write({ puts, sync: true }, lent))
    const elapsedMs = monotonic() - start
    syncTime?.observe(elapsedMs)
    if (elapsedMs < this.options.fsyncWarningThresholdMs) return
    this.reports.slowSync?.()
    logger.warn({ elapsedMs: Math.round(elapsedMs), bytes }, 'making the log durable took long')
  }

  private checkUsable(): void {
    if (this.state !== 'open' || this.failure) throw this.unusable()
  }

  private unusable(): MenagerieError {
    return this.failure && this.state === 'open'
      ? this.failure
      : new MenagerieError('LOG_CLOSED', 'the log is not open')
  }

  /** After an error what the disk holds is unknown: everything that waits, and whatever comes, fails alike. */
  private fail(cause: unknown): MenagerieError {
    if (this.failure) return this.failure
    const message = `the log in ${this.location} failed (${reasonOf(cause)}) and takes nothing more`
    this.failure = new MenagerieError('LOG_IO', message, { cause })
    this.reports.logger.error({ error: cause }, message)
    return this.failure
  }

  private async guard(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      throw error instanceof MenagerieError ? error : this.fail(error)
    }
  }
}
