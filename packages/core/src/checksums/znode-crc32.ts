import { TABLES } from './crc32.js'
import { CRC32_MODULE } from './crc32-module.js'
import { instantiate, type ModuleMemory } from './web-assembly.js'

const PAGE_BYTES = 65_536
/** Of the eight tables, which are at the start of the memory. */
const TABLES_BYTES = 8192
/** No more is copied: a longer array is one record for the most part. */
const COPY_BYTES_MAX = 4 << 20

interface Exports {
  readonly memory: ModuleMemory
  znode(path: number, pathEnd: number, data: number, dataEnd: number, stat: number): number
}

/**
 * CRC-32 of many short pieces of one array, where JavaScript takes longest: a quarter of its time for a znode of 100
 * bytes. The array is copied, once for all of them, to where they are summed.
 */
export class ZnodeCrc32 {
  private copy: Uint8Array
  private copied: Uint8Array | null = null

  private constructor(private readonly exports: Exports) {
    this.copy = new Uint8Array(exports.memory.buffer)
    const tables = new Int32Array(exports.memory.buffer, 0, TABLES_BYTES / 4)
    for (const [k, table] of TABLES.entries()) tables.set(table, k * table.length)
  }

  /** Undefined where the engine has no WebAssembly. */
  static create(): ZnodeCrc32 | undefined {
    const exports = instantiate<Exports>(CRC32_MODULE)
    return exports && new ZnodeCrc32(exports)
  }

  /** Whether znodes of this array can be asked for: it is the one that was copied last. */
  holds(bytes: Uint8Array): boolean {
    return this.copied === bytes
  }

  /** Copies the first `length` bytes. Whoever changes them copies them again. */
  take(bytes: Uint8Array, length: number): void {
    this.copied = null
    if (length > COPY_BYTES_MAX) return
    const missing = TABLES_BYTES + length - this.copy.length
    if (missing > 0) {
      this.exports.memory.grow(Math.ceil(missing / PAGE_BYTES))
      this.copy = new Uint8Array(this.exports.memory.buffer)
    }
    this.copy.set(length === bytes.length ? bytes : bytes.subarray(0, length), TABLES_BYTES)
    this.copied = bytes
  }

  /** Of path, data, and the stat at `stat`, whose pzxid comes third instead of last; all within what was copied. */
  znode(path: number, pathEnd: number, data: number, dataEnd: number, stat: number): number {
    const at = TABLES_BYTES
    return this.exports.znode(path + at, pathEnd + at, data + at, dataEnd + at, stat + at) >>> 0
  }
}
