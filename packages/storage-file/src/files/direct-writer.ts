import fs from 'node:fs'
import { AlignedMemory } from './aligned-memory.js'
import { BLOCK, blockEnd, errorCode } from './file-system.js'

/** So much is written at once with the rest of its blocks; more goes the usual way. */
export const BYTES_MAX = 2 * 1024 * 1024
/** How a file system says that it takes no direct writes, or not such ones. */
const REFUSALS = new Set(['EINVAL', 'EOPNOTSUPP', 'ENOTSUP'])

/**
 * Writes to a file past the operating system's cache, durable when a call is done: whole blocks, so that of the first one it
 * keeps what the file has there already, and zeros follow the last byte. See DESIGN.md for what it gains.
 *
 * One write at a time. The file may be written in other ways too, if {@link forget} is called.
 */
export class DirectWriter {
  /** Where in the file the first block of `memory` belongs. */
  private from = 0
  /** How many bytes of it, from its beginning, are known to be those of the file. */
  private known = 0
  private refused = false

  /**
   * @param descriptor opened with O_DIRECT and O_DSYNC
   * @param readable another one of the same file, without
   * @param memory for blocks: it begins where one does, if it is as the disk wants it
   * @param closed called once `memory` is needed no more
   */
  constructor(
    private readonly descriptor: number,
    private readonly readable: number,
    private readonly memory: Pick<AlignedMemory, 'bytes' | 'holds' | 'release'> = new AlignedMemory(BYTES_MAX),
    private readonly closed = (): void => {},
  ) {}

  /**
   * Writes `bytes[start, end)` at `position`, on the calling thread.
   * @returns false: too much, or the file system refuses it; nothing was done
   * @throws as `fs.writeSync`
   */
  writeNow(bytes: Uint8Array, start: number, end: number, position: number): boolean {
    const length = this.lay(bytes, start, end, position)
    if (length === 0) return false
    const blocks = this.memory.bytes.subarray(0, blockEnd(length))
    for (let at = 0; at < blocks.length; ) {
      try {
        at += fs.writeSync(this.descriptor, blocks, at, blocks.length - at, this.from + at)
      } catch (error) {
        if (at === 0 && isRefusal(error)) return this.refuse()
        throw error
      }
    }
    this.keep(length)
    return true
  }

  /** As {@link writeNow}, in the thread pool. */
  write(bytes: Uint8Array, start: number, end: number, position: number): Promise<boolean> {
    const length = this.lay(bytes, start, end, position)
    if (length === 0) return Promise.resolve(false)
    const blocks = this.memory.bytes.subarray(0, blockEnd(length))
    return new Promise((resolve, reject) => {
      const step = (at: number): void => {
        fs.write(this.descriptor, blocks, at, blocks.length - at, this.from + at, (error, count) => {
          if (error) {
            if (at === 0 && isRefusal(error)) resolve(this.refuse())
            else reject(error)
          } else if (at + count < blocks.length) step(at + count)
          else {
            this.keep(length)
            resolve(true)
          }
        })
      }
      step(0)
    })
  }

  /** The file may have changed from one position to another. What it has before them is still known, and is not read again. */
  forget(from = 0, to = Number.POSITIVE_INFINITY): void {
    if (to <= this.from || from >= this.from + this.known) return
    this.known = 0
    this.from = -1
  }

  close(): void {
    fs.closeSync(this.descriptor)
    this.closed()
  }

  /**
   * Puts the blocks that are to be written into the memory.
   * @returns how many bytes of them the file has then, without the zeros; 0 where they can not be written
   */
  private lay(bytes: Uint8Array, start: number, end: number, position: number): number {
    const room = blockEnd((position % BLOCK) + end - start)
    if (this.refused || start === end || room > BYTES_MAX) return 0
    if (!this.memory.holds(room)) {
      this.refuse()
      return 0
    }
    if (position !== this.from + this.known) this.learn(position)
    this.memory.bytes.set(bytes.subarray(start, end), this.known)
    const length = this.known + end - start
    this.memory.bytes.fill(0, length, blockEnd(length))
    return length
  }

  /** The first `length` bytes of the memory have been written: those of the last block are needed again. */
  private keep(length: number): void {
    const whole = length - (length % BLOCK)
    this.memory.bytes.copyWithin(0, whole, length)
    this.from += whole
    this.known = length - whole
  }

  /** Reads what the file has before `position` in the block that this is in. */
  private learn(position: number): void {
    const known = position % BLOCK
    this.from = position - known
    this.known = known
    for (let at = 0; at < known; ) {
      const count = fs.readSync(this.readable, this.memory.bytes, at, known - at, this.from + at)
      if (count === 0) throw new Error(`invariant violated: the file ends at ${this.from + at}, before ${position}`)
      at += count
    }
  }

  private refuse(): false {
    this.refused = true
    this.memory.release()
    return false
  }
}

function isRefusal(error: unknown): boolean {
  return REFUSALS.has(errorCode(error))
}
