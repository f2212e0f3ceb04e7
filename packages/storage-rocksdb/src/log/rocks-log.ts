import {
  type Epochs,
  invariant,
  type LogRecord,
  type LogStorage,
  MenagerieError,
  silentLogger,
  type Zxid,
  zxidHex,
} from '@menagerie/core/plugin'
import { type BatchWriter, GroupCommit, LogLife, type LogReports, reportSync } from '@menagerie/core/storage'
import { reasonOf } from '../database/errors.js'
import { END, FIRST, nameKey, zxidKey } from '../database/keys.js'
import type { RocksDatabase } from '../database/rocks-database.js'
import type { StorageRocksdbOptions } from '../options.js'
import { StoredEpochs } from './epochs.js'
import { LogBatch } from './log-batch.js'
import { BLOCK_HEADER, cutBlock, extentOf, RECORD_OVERHEAD } from './log-block.js'
import { blockAt, firstBlock, lastBlock, readLog } from './log-entries.js'

const TRUNCATED = nameKey('truncated')

/** The transaction log in a database of RocksDB. DESIGN.md says what is durable when. */
export class RocksLog implements LogStorage, BatchWriter<LogBatch> {
  readonly location: string
  private readonly epochValues: StoredEpochs
  private readonly commit: GroupCommit<LogBatch>
  private readonly life: LogLife
  private lastQueued: Zxid = 0
  private readonly packFrom: number | undefined
  /** Bytes of records from the log's beginning to the end of what is queued. */
  private position = 0

  constructor(
    private readonly database: RocksDatabase,
    private readonly options: Pick<StorageRocksdbOptions, 'fsyncWarningThresholdMs' | 'logCompression'>,
    private readonly reports: LogReports = { logger: silentLogger, monotonic: () => performance.now() },
  ) {
    this.location = database.path
    this.packFrom = options.logCompression === 'lz4' ? BLOCK_HEADER : undefined
    this.epochValues = new StoredEpochs(database)
    this.life = new LogLife(this.location, reports.logger, reasonOf)
    this.commit = new GroupCommit(
      () => new LogBatch(this.packFrom),
      this,
      error => this.life.fail(error),
    )
  }

  async open(): Promise<Zxid> {
    invariant(this.life.isNew, 'a log is opened once')
    await this.database.open()
    try {
      await this.epochValues.load()
      await this.findEnd()
    } catch (error) {
      await this.database.close()
      throw error
    }
    this.life.opened()
    // While the server loads its tree.
    this.database.expectWrites()
    return this.lastQueued
  }

  append(record: LogRecord): void {
    this.life.check()
    const { zxid, bytes } = record
    if (!(zxid > this.lastQueued)) {
      const message = `record 0x${zxidHex(zxid)} after 0x${zxidHex(this.lastQueued)}`
      throw new MenagerieError('LOG_OUT_OF_ORDER', message)
    }
    this.commit.filling.add(record, this.position)
    this.commit.added()
    this.position += RECORD_OVERHEAD + bytes.length
    this.lastQueued = zxid
  }

  sync(): Promise<Zxid> {
    return this.life.isUsable ? this.commit.sync() : Promise.reject(this.life.unusable())
  }

  read(from: Zxid): AsyncIterable<readonly LogRecord[]> {
    this.life.check()
    return readLog(this.database, from, this.commit.durable)
  }

  async truncateAfter(last: Zxid): Promise<void> {
    this.life.check()
    await this.commit.drain()
    if (last >= this.lastQueued) return
    await this.life.guard(async () => {
      const cut = await blockAt(this.database, last)
      // The first put makes the deletion durable along with itself: both are in one write-ahead log.
      const marks = [{ key: TRUNCATED, value: zxidKey(last) }] as const
      const kept = cut
        ? [{ key: zxidKey(cut.first), value: cutBlock(cut.bytes, last), packFrom: this.packFrom } as const]
        : []
      const ranges = [{ from: zxidKey(last + 1), to: END }] as const
      await this.database.write({ ranges, puts: [...kept, ...marks], sync: true })
      await this.findEnd()
    })
  }

  /** RocksDB drops what was purged by itself; segments would be of no use to it. */
  roll(): void {
    this.life.check()
  }

  async purgeThrough(last: Zxid): Promise<void> {
    this.life.check()
    // The block that may hold the next record stays, and with it the newest one, from which the log goes on.
    const kept = await blockAt(this.database, last + 1)
    const oldest = kept && (await firstBlock(this.database))
    if (!kept || oldest?.first === kept.first) return
    const ranges = [{ from: FIRST, to: zxidKey(kept.first) }] as const
    await this.life.guard(async () => void (await this.database.write({ ranges, sync: false })))
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
    this.life.check()
    await this.life.guard(() => this.epochValues.set('accepted', epoch))
  }

  async setCurrentEpoch(epoch: number): Promise<void> {
    this.life.check()
    await this.life.guard(() => this.epochValues.set('current', epoch))
  }

  async close(): Promise<void> {
    if (!this.life.closed()) return
    try {
      if (!this.life.hasFailed) await this.commit.drain()
    } finally {
      await this.database.close()
    }
  }

  private async findEnd(): Promise<void> {
    const last = await lastBlock(this.database)
    this.commit.durable = this.lastQueued = last?.records.at(-1)?.zxid ?? 0
    this.position = last ? extentOf(last.bytes).end : 0
  }

  /** For the log's own {@link GroupCommit}. */
  async write(batch: LogBatch): Promise<void> {
    const { monotonic } = this.reports
    const start = monotonic()
    const bytes = batch.length
    const { puts, lent } = batch.take()
    batch.reuse(await this.database.write({ puts, sync: true }, lent))
    reportSync(this.reports, { bytes, elapsedMs: monotonic() - start }, this.options.fsyncWarningThresholdMs)
  }
}
