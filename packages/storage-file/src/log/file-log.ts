import {
  type DamagedEnd,
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
import { type DataDirectory, unusable } from '../files/data-directory.js'
import { describeCause, errorCode } from '../files/file-system.js'
import { RECORD_MIN, zxidOf } from '../format/log-frames.js'
import { DamagedFiles, findAside, notReplaced } from './damaged-end.js'
import { EpochFiles } from './epoch-files.js'
import { FlushPolicy } from './flush-policy.js'
import { type BatchWriter, GroupCommit } from './group-commit.js'
import type { LogBatch } from './log-batch.js'
import type { TornTail } from './log-damage.js'
import { readSegments } from './log-reader.js'
import { SegmentWriter } from './segment-writer.js'
import { listSegments, recoverTail, type Segment, truncateSegments } from './segments.js'

export interface FileLogOptions {
  /** By how many KB files grow ahead of the records; 0: not at all. */
  readonly preAllocSizeKb: number
  /** False: `sync` resolves once the operating system has the records. */
  readonly forceSync: boolean
  readonly fsyncWarningThresholdMs: number
  /** KB of records after which a new file begins; 0 or less: only at {@link FileLog.roll}. */
  readonly txnLogSizeLimitInKb: number
}

/** What the log reports to, and measures with. */
export interface FileLogReports {
  readonly logger: Logger
  /** Duration of each write-and-sync, in ms (Apache's `fsynctime`). */
  readonly syncTime?: Summary
  /** Milliseconds, never going back. */
  readonly monotonic: () => number
}

/**
 * The transaction log in Apache's files. Each start of a server, each {@link roll} and each truncation
 * begins a new file; files of before are never appended to, only cut.
 */
export class FileLog implements LogStorage, BatchWriter {
  private readonly fs
  private readonly epochFiles: EpochFiles
  private readonly writer: SegmentWriter
  private readonly commit: GroupCommit
  private readonly policy = new FlushPolicy()
  /** Files with durable records, oldest first. */
  private segments: Segment[] = []
  /** How many readers need a file. */
  private readonly readers = new Map<Segment, number>()
  private state: 'new' | 'open' | 'closed' = 'new'
  private failure: MenagerieError | undefined
  private lastQueued: Zxid = 0
  private needsFile = true
  /** Bytes of records in the present file, queued ones included. */
  private fileBytes = 0
  readonly location: string
  private damagedFiles: DamagedFiles | null = null
  /** What {@link open} cut off the end, if anything. */
  tornTail: TornTail | undefined

  constructor(
    private readonly directory: DataDirectory,
    private readonly options: FileLogOptions,
    private readonly reports: FileLogReports = { logger: silentLogger, monotonic: () => performance.now() },
  ) {
    this.fs = directory.fs
    this.location = directory.logs
    this.epochFiles = new EpochFiles(directory.fs, directory.snapshots)
    this.writer = new SegmentWriter(directory.fs, directory.logs, options, segment => this.segments.push(segment))
    this.commit = new GroupCommit(this, error => this.fail(error))
  }

  get damage(): DamagedEnd | null {
    return this.damagedFiles
  }

  async open(onDamage: 'refuse' | 'report' = 'refuse'): Promise<Zxid> {
    invariant(this.state === 'new', 'a log is opened once')
    await this.directory.acquire()
    try {
      await this.epochFiles.load()
      this.segments = await listSegments(this.fs, this.directory.logs)
      const { fs, segments } = this
      const { logs } = this.directory
      const reports = onDamage === 'report'
      const aside = await findAside(fs, logs)
      if (aside !== undefined && !reports) throw notReplaced(logs, aside)
      const { last, torn, damaged } = await recoverTail(fs, logs, segments, this.reports.logger, reports)
      if (aside !== undefined || damaged !== undefined) {
        const onReplaced = () => {
          this.damagedFiles = null
        }
        this.damagedFiles = new DamagedFiles(fs, logs, last, damaged, onReplaced, aside)
      }
      this.commit.durable = this.lastQueued = last
      this.tornTail = torn
    } catch (error) {
      await this.directory.release()
      throw error instanceof MenagerieError ? error : unusable(this.directory.logs, error)
    }
    this.state = 'open'
    return this.lastQueued
  }

  append(record: LogRecord): void {
    this.checkWritable()
    const { zxid, bytes } = record
    if (!(zxid > this.lastQueued)) {
      const message = `record 0x${zxidHex(zxid)} after 0x${zxidHex(this.lastQueued)}`
      throw new MenagerieError('LOG_OUT_OF_ORDER', message)
    }
    // The messages are built only where they are needed: this is on the way of every write.
    if (bytes.length < RECORD_MIN) {
      invariant(false, `record 0x${zxidHex(zxid)} has ${bytes.length} bytes, less than a header`)
    }
    // The file has the zxid in the record alone: were it another one, the log would read back differently.
    if (zxidOf(bytes) !== zxid) {
      invariant(false, `record 0x${zxidHex(zxid)} says 0x${zxidHex(zxidOf(bytes))} in its header`)
    }
    const startsFile = this.needsFile || this.isFull()
    this.commit.add(record, startsFile)
    this.needsFile = false
    this.fileBytes = (startsFile ? 0 : this.fileBytes) + bytes.length
    this.lastQueued = zxid
  }

  sync(alone = false): Promise<Zxid> {
    if (this.state === 'open' && !this.failure) return this.commit.sync(alone)
    return Promise.reject(this.unusable())
  }

  read(from: Zxid): AsyncIterable<readonly LogRecord[]> {
    this.checkUsable()
    const { segments } = this
    const spans = segments
      .filter((_, i) => i === segments.length - 1 || segments[i + 1].first > from)
      // The present file holds zeros, and perhaps half a batch, after what is durable.
      .map(segment => ({ segment, limit: this.endsAtItsSize(segment) ? segment.size : undefined }))
    return this.whileReading(
      spans.map(span => span.segment),
      readSegments(this.fs, spans, from, this.commit.durable),
    )
  }

  async truncateAfter(last: Zxid): Promise<void> {
    this.checkWritable()
    await this.commit.drain()
    if (last >= this.lastQueued) return
    await this.guard(async () => {
      await this.writer.finish()
      this.needsFile = true
      const kept = await truncateSegments(this.fs, this.directory.logs, this.segments, last)
      this.commit.durable = this.lastQueued = kept
    })
  }

  roll(): void {
    this.checkUsable()
    this.needsFile = true
  }

  async purgeThrough(last: Zxid): Promise<void> {
    this.checkUsable()
    // The file that may hold `last` itself stays: it may begin before a snapshot and go on after it.
    while (this.segments.length > 1 && this.segments[1].first <= last && !this.readers.has(this.segments[0])) {
      const { path } = this.segments[0]
      try {
        await this.fs.remove(path)
      } catch (error) {
        // A file too many does no harm, so this is no reason to stop.
        this.reports.logger.warn({ file: path, error }, 'an old log file could not be removed')
        if (errorCode(error) !== 'ENOENT') return
      }
      this.segments.shift()
      this.reports.logger.info({ file: path }, 'removed an old log file')
    }
  }

  async size(): Promise<number> {
    return this.segments.reduce((sum, segment) => sum + segment.size, 0)
  }

  epochs(): Epochs {
    return this.epochFiles.values()
  }

  async setAcceptedEpoch(epoch: number): Promise<void> {
    this.checkUsable()
    await this.guard(() => this.epochFiles.setAccepted(epoch))
  }

  async setCurrentEpoch(epoch: number): Promise<void> {
    this.checkUsable()
    await this.guard(() => this.epochFiles.setCurrent(epoch))
  }

  async close(): Promise<void> {
    const wasOpen = this.state === 'open'
    this.state = 'closed'
    if (!wasOpen) return
    try {
      if (!this.failure) await this.commit.drain()
      if (!this.failure) await this.guard(() => this.writer.finish())
    } finally {
      await this.writer.abandon()
      await this.directory.release()
    }
  }

  private isFull(): boolean {
    const { txnLogSizeLimitInKb } = this.options
    return txnLogSizeLimitInKb > 0 && this.fileBytes >= txnLogSizeLimitInKb * 1024
  }

  /** For the log's own {@link GroupCommit}. */
  async write(batch: LogBatch): Promise<void> {
    const start = this.reports.monotonic()
    await this.writer.write(batch)
    this.wrote(batch.length, this.reports.monotonic() - start)
  }

  /** For the log's own {@link GroupCommit}. */
  writeNow(batch: LogBatch, alone: boolean): boolean {
    const bytes = batch.length
    if (!this.policy.onCallingThread(bytes, alone)) return false
    const start = this.reports.monotonic()
    if (!this.writer.writeNow(batch)) return false
    this.wrote(bytes, this.reports.monotonic() - start)
    return true
  }

  private wrote(bytes: number, elapsedMs: number): void {
    this.policy.flushed(elapsedMs)
    this.reports.syncTime?.observe(elapsedMs)
    if (elapsedMs < this.options.fsyncWarningThresholdMs) return
    this.reports.logger.warn({ elapsedMs: Math.round(elapsedMs), bytes }, 'making the log durable took long')
  }

  private checkUsable(): void {
    if (this.state !== 'open' || this.failure) throw this.unusable()
  }

  /** What is damaged has to be put aside before anything follows it. */
  private checkWritable(): void {
    this.checkUsable()
    if (this.damagedFiles?.isAside === false) throw this.damagedFiles.error
  }

  private endsAtItsSize(segment: Segment): boolean {
    return segment === this.writer.present || (this.damagedFiles?.isAside === false && segment === this.segments.at(-1))
  }

  private unusable(): MenagerieError {
    return this.failure && this.state === 'open'
      ? this.failure
      : new MenagerieError('LOG_CLOSED', 'the log is not open')
  }

  /** After an error what the disk holds is unknown: everything that waits, and whatever comes, fails alike. */
  private fail(cause: unknown): MenagerieError {
    if (this.failure) return this.failure
    const message = `the log in ${this.directory.logs} failed and takes nothing more: ${describeCause(cause)}`
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

  /** Keeps the files from being purged until the iteration ends. */
  private async *whileReading<T>(segments: readonly Segment[], records: AsyncGenerator<T>): AsyncGenerator<T> {
    for (const segment of segments) this.readers.set(segment, (this.readers.get(segment) ?? 0) + 1)
    try {
      yield* records
    } finally {
      for (const segment of segments) {
        const left = (this.readers.get(segment) ?? 1) - 1
        if (left === 0) this.readers.delete(segment)
        else this.readers.set(segment, left)
      }
    }
  }
}
