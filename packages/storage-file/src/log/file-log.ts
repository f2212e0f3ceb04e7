import { join } from 'node:path'
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
import { type DataDirectory, unusable } from '../files/data-directory.js'
import { errorCode } from '../files/file-system.js'
import { HEADER_LENGTH } from '../format/file-header.js'
import { isTemporary, logName, logZxid } from '../format/file-names.js'
import { FRAME_OVERHEAD } from '../format/log-frames.js'
import { EpochFiles } from './epoch-files.js'
import { LogBatch } from './log-batch.js'
import { LogDamage, type TornTail } from './log-damage.js'
import { continues, readSegment, type SegmentEnd } from './segment-reader.js'
import { type Segment, SegmentWriter } from './segment-writer.js'

export interface FileLogOptions {
  readonly preAllocSizeKb: number
  readonly forceSync: boolean
  readonly fsyncWarningThresholdMs: number
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

/** Queued bytes above which a write begins though nobody has asked for a sync. */
const WRITE_AT_BYTES = 4 * 1024 * 1024
const RECORD_MIN = 32

interface Waiter {
  readonly promise: Promise<Zxid>
  resolve(zxid: Zxid): void
  reject(error: unknown): void
}

/**
 * The transaction log in Apache's files. Each start of a server and each {@link roll} begins a new file;
 * files of earlier runs are never appended to, only cut.
 *
 * Group commit with two batches: while one is written and made durable, the other fills. A sync that
 * finds a write under way and nothing queued shares it; one that finds records queued shares the next.
 */
export class FileLog implements LogStorage {
  private readonly fs
  private readonly epochFiles: EpochFiles
  private readonly writer: SegmentWriter
  /** Files with durable records, oldest first. */
  private segments: Segment[] = []
  /** Files that a reader has open or is about to open. */
  private readonly reading = new Map<Segment, number>()
  private state: 'new' | 'open' | 'closed' = 'new'
  private failure: MenagerieError | undefined

  private filling = new LogBatch()
  private spare: LogBatch | undefined = new LogBatch()
  private lastQueued: Zxid = 0
  private durable: Zxid = 0
  private needsFile = true
  /** Bytes of the present file, queued ones included. */
  private fileBytes = 0
  private writing: Waiter | undefined
  private next: Waiter | undefined
  readonly location: string
  /** What {@link open} cut off, if anything. */
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
  }

  async open(): Promise<Zxid> {
    invariant(this.state === 'new', 'a log is opened once')
    await this.directory.acquire()
    try {
      await this.epochFiles.load()
      this.segments = await this.findSegments()
      this.durable = this.lastQueued = await this.recoverTail()
    } catch (error) {
      await this.directory.release()
      this.state = 'closed'
      throw error instanceof MenagerieError ? error : unusable(this.directory.logs, error)
    }
    this.state = 'open'
    return this.durable
  }

  append(record: LogRecord): void {
    this.checkUsable()
    const { zxid, bytes } = record
    if (!(zxid > this.lastQueued)) {
      const message = `record 0x${zxidHex(zxid)} after 0x${zxidHex(this.lastQueued)}`
      throw new MenagerieError('LOG_OUT_OF_ORDER', message)
    }
    invariant(bytes.length >= RECORD_MIN, `record 0x${zxidHex(zxid)} has ${bytes.length} bytes, less than a header`)
    const batch = this.filling
    if (this.needsFile || this.isFull()) {
      batch.startFile(zxid)
      this.needsFile = false
      this.fileBytes = 0
    }
    const before = batch.length
    batch.add(record)
    this.fileBytes += batch.length - before
    this.lastQueued = zxid
    if (batch.length > WRITE_AT_BYTES && !this.writing) this.startWriting()
  }

  sync(): Promise<Zxid> {
    try {
      this.checkUsable()
    } catch (error) {
      return Promise.reject(error)
    }
    if (this.filling.length === 0) return this.writing?.promise ?? Promise.resolve(this.durable)
    this.next ??= newWaiter()
    const { promise } = this.next
    if (!this.writing) this.startWriting()
    return promise
  }

  read(from: Zxid): AsyncIterable<readonly LogRecord[]> {
    this.checkUsable()
    const last = this.durable
    // The present file may hold more than is durable, and zeros after that: its size now is the limit.
    const wanted = this.segments
      .filter((_, i) => i === this.segments.length - 1 || this.segments[i + 1].first > from)
      .map(segment => ({ segment, limit: segment === this.writer.present ? segment.size : undefined }))
    return this.readSegments(wanted, from, last)
  }

  async truncateAfter(last: Zxid): Promise<void> {
    await this.drain()
    if (last >= this.durable) return
    await this.guard(async () => {
      await this.writer.finish()
      this.needsFile = true
      // Newest first: a crash in between leaves a log without holes, to be truncated again.
      while (this.segments.length > 0 && this.segments[this.segments.length - 1].first > last) {
        await this.removeNewest()
      }
      let kept: Zxid = 0
      while (this.segments.length > 0 && kept === 0) {
        const segment = this.segments[this.segments.length - 1]
        const cut = await this.findCut(segment, last)
        kept = cut.last
        if (kept === 0) await this.removeNewest()
        else if (cut.end < segment.size) await this.cut(segment, cut.end)
      }
      await this.fs.syncDirectory(this.directory.logs)
      this.durable = this.lastQueued = kept
    })
  }

  roll(): void {
    this.checkUsable()
    this.needsFile = true
  }

  async purgeThrough(last: Zxid): Promise<void> {
    this.checkUsable()
    // The file that may hold `last` itself stays: it may begin before a snapshot and go on after it.
    while (this.segments.length > 1 && this.segments[1].first <= last && !this.reading.has(this.segments[0])) {
      const [segment] = this.segments
      this.segments.shift()
      try {
        await this.fs.remove(segment.path)
      } catch (error) {
        if (errorCode(error) === 'ENOENT') continue
        this.segments.unshift(segment)
        // Nothing is lost by a file too many, so this is no reason to stop.
        this.reports.logger.warn({ file: segment.path, error }, 'an old log file could not be removed')
        return
      }
      this.reports.logger.info({ file: segment.path }, 'removed an old log file')
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
    if (this.state !== 'open') {
      this.state = 'closed'
      return
    }
    try {
      if (!this.failure) await this.drain()
    } finally {
      this.state = 'closed'
      await (this.failure ? this.writer.abandon() : this.guard(() => this.writer.finish()))
      await this.directory.release()
    }
  }

  // --- writing

  private checkUsable(): void {
    if (this.state !== 'open') throw new MenagerieError('LOG_CLOSED', 'the log is not open')
    if (this.failure) throw this.failure
  }

  private isFull(): boolean {
    const { txnLogSizeLimitInKb } = this.options
    return txnLogSizeLimitInKb > 0 && this.fileBytes >= txnLogSizeLimitInKb * 1024
  }

  private startWriting(): void {
    const batch = this.filling
    const waiter = this.next ?? newWaiter()
    this.filling = this.spare ?? new LogBatch()
    this.spare = undefined
    this.next = undefined
    this.writing = waiter
    const start = this.reports.monotonic()
    this.writer.write(batch).then(
      () => {
        this.report(this.reports.monotonic() - start, batch.length)
        this.durable = batch.last
        batch.clear()
        this.spare = batch
        this.writing = undefined
        if (this.next || this.filling.length > WRITE_AT_BYTES) this.startWriting()
        waiter.resolve(this.durable)
      },
      error => {
        this.fail(error)
        waiter.reject(this.failure)
      },
    )
  }

  /** Writes everything that is queued. */
  private async drain(): Promise<void> {
    this.checkUsable()
    while (this.writing || this.filling.length > 0) await this.sync()
  }

  private report(elapsedMs: number, bytes: number): void {
    this.reports.syncTime?.observe(elapsedMs)
    if (elapsedMs < this.options.fsyncWarningThresholdMs) return
    this.reports.logger.warn({ elapsedMs: Math.round(elapsedMs), bytes }, 'making the log durable took long')
  }

  /** After an error what the disk holds is unknown: everything that waits, and whatever comes, fails alike. */
  private fail(error: unknown): void {
    const message = `the log in ${this.directory.logs} failed (${errorCode(error)}); it takes nothing more`
    this.failure ??= new MenagerieError('LOG_IO', message, { cause: error })
    this.reports.logger.error({ error }, message)
    this.writing = undefined
    this.next?.reject(this.failure)
    this.next = undefined
  }

  private async guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof MenagerieError) throw error
      this.fail(error)
      throw this.failure
    }
  }

  // --- opening and cutting

  private async findSegments(): Promise<Segment[]> {
    const segments: Segment[] = []
    for (const name of await this.fs.list(this.directory.logs)) {
      const path = join(this.directory.logs, name)
      const first = logZxid(name)
      if (first !== undefined) segments.push({ first, path, size: await this.fileSize(path) })
    }
    for (const name of await this.fs.list(this.directory.snapshots)) {
      if (isTemporary(name) && name.endsWith('Epoch')) await this.fs.remove(join(this.directory.snapshots, name))
    }
    return segments.sort((a, b) => a.first - b.first)
  }

  private async fileSize(path: string): Promise<number> {
    const file = await this.fs.open(path, 'read')
    try {
      return await file.size()
    } finally {
      await file.close()
    }
  }

  /** Reads the newest file to its end, cuts what a crash left there, and returns the last zxid. */
  private async recoverTail(): Promise<Zxid> {
    while (this.segments.length > 0) {
      const segment = this.segments[this.segments.length - 1]
      const found = await readToEnd(readSegment(this.fs, segment.path))
      if (found.torn) {
        this.tornTail = found.torn
        this.reports.logger.warn({ ...found.torn }, 'cut an interrupted write off the end of the log')
      }
      if (found.last > 0) {
        if (found.torn) await this.cut(segment, found.end)
        return found.last
      }
      this.reports.logger.warn({ file: segment.path }, 'removed a log file without records')
      await this.removeNewest()
      await this.fs.syncDirectory(this.directory.logs)
    }
    return 0
  }

  /** Where the records up to `last` end in the file. */
  private async findCut(segment: Segment, last: Zxid): Promise<SegmentEnd> {
    let end = 0
    let kept: Zxid = 0
    const records = readSegment(this.fs, segment.path)
    for (;;) {
      const { done, value } = await records.next()
      if (done) return { end: kept === 0 ? 0 : end, last: kept }
      for (const record of value) {
        if (record.zxid > last) {
          await records.return(undefined as never)
          return { end, last: kept }
        }
        kept = record.zxid
        end = (end || HEADER_LENGTH) + record.bytes.length + FRAME_OVERHEAD
      }
    }
  }

  private async cut(segment: Segment, size: number): Promise<void> {
    const file = await this.fs.open(segment.path, 'update')
    try {
      await file.truncate(size)
      await file.sync()
    } finally {
      await file.close()
    }
    segment.size = size
  }

  private async removeNewest(): Promise<void> {
    const segment = this.segments.pop()
    if (segment) await this.fs.remove(segment.path)
  }

  // --- reading

  private async *readSegments(
    wanted: readonly { segment: Segment; limit: number | undefined }[],
    from: Zxid,
    last: Zxid,
  ): AsyncGenerator<readonly LogRecord[]> {
    for (const { segment } of wanted) this.reading.set(segment, (this.reading.get(segment) ?? 0) + 1)
    try {
      let seen: Zxid = 0
      for (const [i, { segment, limit }] of wanted.entries()) {
        const records = readSegment(this.fs, segment.path, limit)
        let step = await records.next()
        for (; !step.done; step = await records.next()) {
          const batch = this.inOrder(step.value, Math.max(from, seen + 1), last)
          if (batch.length === 0) continue
          seen = batch[batch.length - 1].zxid
          yield batch
        }
        if (step.value.last > seen) seen = step.value.last
        const next = wanted[i + 1]?.segment
        if (step.value.torn && next && !continues(seen, next.first)) {
          const reason = `records up to ${logName(next.first)} are missing`
          throw new LogDamage(segment.path, step.value.end, reason)
        }
      }
    } finally {
      for (const { segment } of wanted) {
        const readers = (this.reading.get(segment) ?? 1) - 1
        if (readers === 0) this.reading.delete(segment)
        else this.reading.set(segment, readers)
      }
    }
  }

  /**
   * The records from `least` to `last`. Apache may log a transaction twice (a learner that joined anew
   * during its synchronisation); the second is the same as the first, so it is left out.
   */
  private inOrder(records: LogRecord[], least: Zxid, last: Zxid): readonly LogRecord[] {
    let previous = least - 1
    const result: LogRecord[] = []
    for (const record of records) {
      if (record.zxid > last) break
      if (record.zxid <= previous) continue
      result.push(record)
      previous = record.zxid
    }
    return result
  }
}

async function readToEnd(records: AsyncGenerator<LogRecord[], SegmentEnd>): Promise<SegmentEnd> {
  for (;;) {
    const { done, value } = await records.next()
    if (done) return value
  }
}

function newWaiter(): Waiter {
  let resolve: Waiter['resolve'] = () => {}
  let reject: Waiter['reject'] = () => {}
  const promise = new Promise<Zxid>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  // A write that nobody waits for reports its error through the log's state.
  promise.catch(() => {})
  return { promise, resolve, reject }
}
