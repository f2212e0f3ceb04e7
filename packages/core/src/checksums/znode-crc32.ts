import { TABLES } from './crc32.js'
import { CRC32_MODULE } from './crc32-module.js'
import { instantiate, type ModuleMemory } from './web-assembly.js'

/**
 * CRC-32 of znodes in the bytes of a snapshot: many short pieces of one array, for which JavaScript takes four times as
 * long as WebAssembly. The array is copied, once for all of them, to where they are summed.
 */
const PAGE_BYTES = 65_536
/** Of the eight tables, which are at the start of the memory. */
const TABLES_BYTES = 8192
/** No more is copied: what comes in longer arrays is one record for the most part. */
const COPY_BYTES_MAX = 2 << 20

interface Exports {
  readonly memory: ModuleMemory
  znode(path: number, pathEnd: number, data: number, dataEnd: number, stat: number): number
}

const exported = instantiate<Exports>(CRC32_MODULE)
let memory = exported === undefined ? new Uint8Array(0) : withTables(exported.memory.buffer)
/** The array that was copied last. */
let copied: Uint8Array | null = null

function withTables(buffer: ArrayBuffer): Uint8Array {
  const tables = new Int32Array(buffer, 0, TABLES_BYTES / 4)
  for (const [k, table] of TABLES.entries()) tables.set(table, k * table.length)
  return new Uint8Array(buffer)
}

/** Copies the first `length` bytes of an array for {@link znodeCrc32}, in place of what was copied before. */
export function copyZnodes(bytes: Uint8Array, length: number): void {
  copied = null
  if (exported === undefined || length > COPY_BYTES_MAX) return
  const missing = TABLES_BYTES + length - memory.length
  if (missing > 0) {
    exported.memory.grow(Math.ceil(missing / PAGE_BYTES))
    memory = new Uint8Array(exported.memory.buffer)
  }
  memory.set(length === bytes.length ? bytes : bytes.subarray(0, length), TABLES_BYTES)
  copied = bytes
}

/** Lets go of the array that was copied last. */
export function forgetZnodes(): void {
  copied = null
}

/**
 * Of path, data, and the stat at `stat`, whose pzxid comes third instead of last; -1 where the array is not the one that
 * was copied last.
 */
export function znodeCrc32(
  bytes: Uint8Array,
  path: number,
  pathEnd: number,
  data: number,
  dataEnd: number,
  stat: number,
): number {
  if (bytes !== copied || exported === undefined) return -1
  const at = TABLES_BYTES
  return exported.znode(path + at, pathEnd + at, data + at, dataEnd + at, stat + at) >>> 0
}
