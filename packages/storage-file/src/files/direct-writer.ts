import fs from 'node:fs'
import { BLOCK, blockEnd, errorCode } from './file-system.js'

declare const WebAssembly: {
  Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer }
}

/** What is written at once with the rest of its blocks; more goes the usual way. It is a page of WebAssembly. */
const MEMORY_BYTES = 64 * 1024
/** How a file system says that it takes no direct writes, or not such ones. */
const REFUSALS = new Set(['EINVAL', 'EOPNOTSUPP', 'ENOTSUP'])

/**
 * Writes to a file past the operating system's cache, durable when a call returns: whole blocks, so that of the first one it
 * keeps what the file has there already, and zeros follow the last byte. See DESIGN.md for what it gains.
 *
 * The file may be written in other ways too, if {@link forget} is called.
 */
export class DirectWriter {
  /** Where in the file the first block of `memory` belongs. */
  private from = 0
  /** How many bytes of it, from its beginning, are known to be those of the file. */
  private known = 0
  private memory: Uint8Array | undefined
  private refused = false

  /**
   * @param descriptor opened with O_DIRECT and O_DSYNC
   * @param readable another one of the same file, without
   * @param newMemory {@link MEMORY_BYTES} that begin at a multiple of {@link BLOCK}; undefined where they can not be had
   */
  constructor(
    private readonly descriptor: number,
    private readonly readable: number,
    private readonly newMemory = alignedMemory,
  ) {}

  /**
   * Writes `bytes[start, end)` at `position`.
   * @returns false: too much, or the file system refuses it; nothing was done
   * @throws as `fs.writeSync`
   */
  write(bytes: Uint8Array, start: number, end: number, position: number): boolean {
    if (this.refused || (position % BLOCK) + end - start > MEMORY_BYTES) return false
    const memory = (this.memory ??= this.newMemory())
    if (!memory) return this.refuse()
    if (position !== this.from + this.known) this.learn(position, memory)
    memory.set(bytes.subarray(start, end), this.known)
    const length = this.known + end - start
    memory.fill(0, length, blockEnd(length))
    if (!this.put(memory.subarray(0, blockEnd(length)))) return this.refuse()
    const whole = length - (length % BLOCK)
    memory.copyWithin(0, whole, length)
    this.from += whole
    this.known = length - whole
    return true
  }

  /** The file may have changed from one position to another. What it has before them is still known, and is not read again. */
  forget(from = 0, to = Number.POSITIVE_INFINITY): void {
    if (to <= this.from || from >= this.from + this.known) return
    this.known = 0
    this.from = -1
  }

  close(): void {
    fs.closeSync(this.descriptor)
  }

  /** Reads what the file has before `position` in the block that this is in. */
  private learn(position: number, memory: Uint8Array): void {
    const known = position % BLOCK
    this.from = position - known
    this.known = known
    for (let at = 0; at < known; ) {
      const count = fs.readSync(this.readable, memory, at, known - at, this.from + at)
      if (count === 0) throw new Error(`invariant violated: the file ends at ${this.from + at}, before ${position}`)
      at += count
    }
  }

  private put(blocks: Uint8Array): boolean {
    for (let at = 0; at < blocks.length; ) {
      try {
        at += fs.writeSync(this.descriptor, blocks, at, blocks.length - at, this.from + at)
      } catch (error) {
        if (at === 0 && REFUSALS.has(errorCode(error))) return false
        throw error
      }
    }
    return true
  }

  private refuse(): false {
    this.refused = true
    this.memory = undefined
    return false
  }
}

/** Buffers of JavaScript begin anywhere; memory of WebAssembly begins where a page of the processor does. */
function alignedMemory(): Uint8Array | undefined {
  try {
    return new Uint8Array(new WebAssembly.Memory({ initial: 1, maximum: 1 }).buffer)
  } catch {
    // It takes address space of gigabytes, of which nothing is used, and there may be a limit.
    return undefined
  }
}
