import { join } from 'node:path'
import { blockEnd, type FileHandle, type FileSystem, isNoRoom } from '../files/file-system.js'
import { HEADER_LENGTH } from '../format/file-header.js'
import { logName } from '../format/file-names.js'
import type { LogBatch } from './log-batch.js'
import { paddedSize } from './padding.js'
import type { Segment } from './segments.js'
import { ZerosAhead } from './zeros-ahead.js'

export interface SegmentWriterOptions {
  readonly preAllocSizeKb: number
  readonly forceSync: boolean
}

/**
 * Puts batches into log files. A file's first write holds its header and its first records, and the file
 * grows by zeros only then: a crash does not leave a file of nothing but zeros, which Apache 3.8 can not start from.
 */
export class SegmentWriter {
  private file: FileHandle | undefined
  private segment: Segment | undefined
  private zeros: ZerosAhead | undefined
  /** Size of the present file with its zeros. */
  private padded = 0

  constructor(
    private readonly fs: FileSystem,
    private readonly folder: string,
    private readonly options: SegmentWriterOptions,
    /** Called once the first records of a new file are durable. */
    private readonly onSegment: (segment: Segment) => void,
  ) {}

  /** The file that records go to now. */
  get present(): Segment | undefined {
    return this.segment
  }

  /** Durable once resolved (with forceSync). */
  async write(batch: LogBatch): Promise<void> {
    let start = 0
    for (const { at, first } of batch.files) {
      if (at > start) await this.extend(batch.bytes, start, at)
      await this.finish()
      start = at
      const path = join(this.folder, logName(first))
      this.file = await this.fs.open(path, this.options.forceSync ? 'create-durable' : 'create')
      this.segment = { first, path, size: 0 }
      this.padded = 0
      this.zeros = this.options.forceSync ? new ZerosAhead(this.file) : undefined
    }
    if (batch.length > start) await this.extend(batch.bytes, start, batch.length)
  }

  /**
   * As {@link write}, done on return, where the batch fits into the present file as it is; false, with
   * nothing done, where files have to be begun or to grow first.
   */
  writeNow(batch: LogBatch): boolean {
    const { file, segment, zeros } = this
    if (!file || !segment || segment.size === 0 || batch.files.length > 0) return false
    const end = segment.size + batch.length
    if (paddedSize(end, this.padded, this.step) > this.padded || blockEnd(end) > this.padded) return false
    if (zeros?.isClear(end) === false) return false
    try {
      file.writeNow(batch.bytes, 0, batch.length, segment.size)
    } catch (error) {
      // What a part of it has left beyond the records is written over.
      if (isNoRoom(error) && zeros?.holdsRoom === true) return false
      throw error
    }
    segment.size = end
    zeros?.wrote(batch.length, end, this.padded)
    return true
  }

  /** Ends the present file; the next record needs a new one. Its padding goes. */
  async finish(): Promise<void> {
    const { file, segment, zeros } = this
    this.file = undefined
    this.segment = undefined
    if (!file || !segment) return
    try {
      await zeros?.settled()
      if (this.padded > segment.size) await file.truncate(segment.size)
    } finally {
      await file.close()
    }
  }

  /** Lets go of the file after an error, touching nothing. */
  async abandon(): Promise<void> {
    const { file, zeros } = this
    this.file = undefined
    this.segment = undefined
    await zeros?.settled().catch(() => {})
    await file?.close().catch(() => {})
  }

  private async extend(bytes: Uint8Array, start: number, end: number): Promise<void> {
    const { file, segment, zeros } = this
    if (!file || !segment) throw new Error('invariant violated: records without a log file')
    const isNew = segment.size === 0
    const length = end - start
    if (!isNew) {
      if (zeros?.isClear(segment.size + length) === false) await zeros.settled()
      await this.pad(file, segment.size + length)
    }
    const zerosFollow = !isNew && blockEnd(segment.size + length) <= this.padded
    try {
      await file.write(bytes, start, end, segment.size, zerosFollow)
    } catch (error) {
      if (!isNoRoom(error) || zeros?.holdsRoom !== true) throw error
      await this.giveUpZeros(file, segment, zeros)
      await file.write(bytes, start, end, segment.size)
    }
    segment.size += length
    if (!isNew) {
      zeros?.wrote(length, segment.size, this.padded)
      return
    }
    // As if the header had been written alone: Apache's sizes follow from it.
    this.padded = paddedSize(HEADER_LENGTH, HEADER_LENGTH, this.step)
    await this.pad(file, segment.size, true)
    if (this.options.forceSync) await this.fs.syncDirectory(this.folder)
    this.onSegment(segment)
  }

  /** The blocks of the zeros become free again, for records: on a full disk these need them more. */
  private async giveUpZeros(file: FileHandle, segment: Segment, zeros: ZerosAhead): Promise<void> {
    await zeros.giveUp()
    await file.truncate(segment.size)
    if (this.padded > segment.size) await file.truncate(this.padded)
  }

  /** Lets the file grow for records that will end at `position`; without room for that they go to its end as it is. */
  private async pad(file: FileHandle, position: number, always = false): Promise<void> {
    const size = paddedSize(position, this.padded, this.step)
    try {
      if (size > position && (always || size > this.padded)) await file.truncate(size)
      this.padded = size
    } catch (error) {
      if (!isNoRoom(error)) throw error
      this.padded = always ? position : Math.max(this.padded, position)
    }
  }

  private get step(): number {
    return this.options.preAllocSizeKb * 1024
  }
}
