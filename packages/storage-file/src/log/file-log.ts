import {
  type DamagedEnd,
  type Epochs,
  invariant,
  type LogRecord,
  type LogStorage,
  MenagerieError,
  silentLogger,
  type Zxid,
  zxidHex,
} from '@menagerie/core'
import { type BatchWriter, GroupCommit, LogLife, type LogReports, reportSync } from '@menagerie/core/storage'
import { type DataDirectory, unusable } from '../files/data-directory.js'
import { describeCause, errorCode } from '../files/file-system.js'
import { RECORD_MIN, zxidOf } from '../format/log-frames.js'
import { DamagedFiles, findAside, notReplaced } from './damaged-end.js'
import { EpochFiles } from './epoch-files.js'
import { FlushPolicy } from './flush-policy.js'
import { LogBatch } from './log-batch.js'
import type { TornTail } from './log-damage.js'
import { readSegments } from './log-reader.js'
import { SegmentWriter } from './segment-writer.js'
import { listSegments, recoverTail, type Segment, truncateSegments } from './segments.js'

/** Between two looks whether the present file is still there. */
const LOOK_MS = 1000

/** How a {@link FileLog} writes; see the options of the plugin. */
export interface FileLogOptions {
  /** By how many KB files grow ahead of the records; 0: not at all. */
  readonly preAllocSizeKb: number
  /** False: `sync` resolves once the operating system has the records. */
  readonly forceSync: boolean
  readonly fsyncWarningThresholdMs: number
  /** KB of records after which a new file begins; 0 or less: only at {@link FileLog.roll}. */
  readonly txnLogSizeLimitInKb: number
}

/**
 * The transaction log in Apache's files. Each start of a server, each {@link roll} and each truncation
 * begins a new file; files of before are never appended to, only cut.
 */
export class FileLog implements LogStorage, BatchWriter<LogBatch> {
  private readonly fs
  private readonly epochFiles: EpochFiles
  private readonly writer: SegmentWriter
  private readonly commit: GroupCommit<LogBatch>
  private readonly life: LogLife
  private readonly policy = new FlushPolicy()
  /** Files with durable records, oldest first. */
  private segments: Segment[] = []
  /** How many readers need a file. */
  private readonly readers = new Map<Segment, number>()
  private lastQueued: Zxid = 0
  private needsFile = true
  /** When to see again whether the present file still has its name, in monotonic ms. */
  private nextLook = Number.NEGATIVE_INFINITY
  /** Bytes of records in the present file, queued ones included. */
  private fileBytes = 0
  readonly location: string
  private damagedFiles: DamagedFiles | null = null
  /** What {@link open} cut off the end, if anything. */
  tornTail: TornTail | undefined

  constructor(
    private readonly directory: DataDirectory,
    private readonly options: FileLogOptions,
    private readonly reports: LogReports = { logger: silentLogger, monotonic: () => performance.now() },
  ) {
    this.fs = directory.fs
    this.location = directory.logs
    this.epochFiles = new EpochFiles(directory.fs, directory.snapshots)
    this.writer = new SegmentWriter(directory.fs, directory.logs, options, segment => this.segments.push(segment))
    this.life = new LogLife(this.location, reports.logger, describeCause)
    this.commit = new GroupCommit(
      () => new LogBatch(),
      this,
      error => this.life.fail(error),
    )
  }

  get damage(): DamagedEnd | null {
    return this.damagedFiles
  }

  async open(onDamage: 'refuse' | 'report' = 'refuse'): Promise<Zxid> {
    invariant(this.life.isNew, 'a log is opened once')
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
    this.life.opened()
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
    const { filling } = this.commit
    if (startsFile) filling.startFile(zxid)
    filling.add(record)
    this.commit.added()
    this.needsFile = false
    this.fileBytes = (startsFile ? 0 : this.fileBytes) + bytes.length
    this.lastQueued = zxid
  }

  sync(alone = false): Promise<Zxid> {
    return this.life.isUsable ? this.commit.sync(alone) : Promise.reject(this.life.unusable())
  }

  read(from: Zxid): AsyncIterable<readonly LogRecord[]> {
    this.life.check()
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
    await this.life.guard(async () => {
      await this.writer.finish()
      this.needsFile = true
      const kept = await truncateSegments(this.fs, this.directory.logs, this.segments, last)
      this.commit.durable = this.lastQueued = kept
    })
  }

  roll(): void {
    this.life.check()
    this.needsFile = true
  }

  async purgeThrough(last: Zxid): Promise<void> {
    this.life.check()
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
    this.life.check()
    await this.life.guard(() => this.epochFiles.setAccepted(epoch), this.epochFiles.path('acceptedEpoch'))
  }

  async setCurrentEpoch(epoch: number): Promise<void> {
    this.life.check()
    await this.life.guard(() => this.epochFiles.setCurrent(epoch), this.epochFiles.path('currentEpoch'))
  }

  async close(): Promise<void> {
    if (!this.life.closed()) return
    try {
      if (!this.life.hasFailed) await this.commit.drain()
      if (!this.life.hasFailed) await this.life.guard(() => this.writer.finish())
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
    const end = this.reports.monotonic()
    this.wrote(batch, end - start)
    if (end >= this.nextLook) await this.look(end)
  }

  /** For the log's own {@link GroupCommit}. */
  writeNow(batch: LogBatch, alone: boolean): boolean {
    if (!this.policy.onCallingThread(batch.length, alone)) return false
    const start = this.reports.monotonic()
    if (start >= this.nextLook) return false
    if (!this.writer.writeNow(batch)) return false
    this.wrote(batch, this.reports.monotonic() - start)
    return true
  }

  /**
   * A file without a name takes every write, and is gone with the process. Looked for in each second with writes, before
   * the first of them is told durable.
   */
  private async look(now: number): Promise<void> {
    const path = this.writer.present?.path
    if (path === undefined) return
    this.nextLook = now + LOOK_MS
    if ((await this.fs.isThere?.(path)) === false) {
      throw Object.assign(new Error(`${path} is gone`), { code: 'ESTALE', path })
    }
  }

  private wrote(batch: LogBatch, elapsedMs: number): void {
    const { length: bytes } = batch
    batch.clear()
    this.policy.flushed(elapsedMs)
    reportSync(this.reports, { bytes, elapsedMs }, this.options.fsyncWarningThresholdMs)
  }

  /** What is damaged has to be put aside before anything follows it. */
  private checkWritable(): void {
    this.life.check()
    if (this.damagedFiles?.isAside === false) throw this.damagedFiles.error
  }

  private endsAtItsSize(segment: Segment): boolean {
    return segment === this.writer.present || (this.damagedFiles?.isAside === false && segment === this.segments.at(-1))
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
