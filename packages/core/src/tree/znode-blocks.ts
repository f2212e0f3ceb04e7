import { decodeUtf8 } from '../jute/utf8.js'
import type { NodeId } from '../seams/znode-store.js'
import { BlockArena } from './block-arena.js'
import { BLOCK, DATA_LENGTH, INTS, NAME_LENGTH, PAGE_MASK, PAGE_SHIFT } from './znode-layout.js'
import { ZnodeRecords } from './znode-records.js'

/** Below this many bytes a loop copies faster than a view and set. */
const SHORT_COPY = 48

/** Names and data of znodes: one block of a {@link BlockArena} for each, the name first. */
export abstract class ZnodeBlocks extends ZnodeRecords {
  protected readonly arena = new BlockArena()
  /** Of paths and data. */
  protected bytes = 0

  copyName(node: NodeId, target: Uint8Array, offset: number): number {
    const ints = this.ints[node >>> PAGE_SHIFT]
    const base = (node & PAGE_MASK) * INTS
    const length = ints[base + NAME_LENGTH]
    const size = blockSize(length, ints[base + DATA_LENGTH])
    const address = ints[base + BLOCK] >>> 0
    return copy(this.arena.array(address, size), this.arena.offset(address, size), length, target, offset)
  }

  copyData(node: NodeId, target: Uint8Array, offset: number): number {
    const ints = this.ints[node >>> PAGE_SHIFT]
    const base = (node & PAGE_MASK) * INTS
    const length = ints[base + DATA_LENGTH]
    if (length <= 0) return offset
    const nameLength = ints[base + NAME_LENGTH]
    const size = nameLength + length
    const address = ints[base + BLOCK] >>> 0
    return copy(this.arena.array(address, size), this.arena.offset(address, size) + nameLength, length, target, offset)
  }

  setData(node: NodeId, data: Uint8Array | null): void {
    const ints = this.ints[node >>> PAGE_SHIFT]
    const base = (node & PAGE_MASK) * INTS
    const nameLength = ints[base + NAME_LENGTH]
    const oldLength = ints[base + DATA_LENGTH]
    const oldSize = blockSize(nameLength, oldLength)
    const newLength = data === null ? -1 : data.length
    const newSize = blockSize(nameLength, newLength)
    this.bytes += Math.max(newLength, 0) - Math.max(oldLength, 0)
    if (this.arena.fits(oldSize, newSize)) {
      if (data !== null) {
        const address = ints[base + BLOCK] >>> 0
        this.arena.array(address, newSize).set(data, this.arena.offset(address, newSize) + nameLength)
      }
      ints[base + DATA_LENGTH] = newLength
      return
    }
    const address = ints[base + BLOCK] >>> 0
    const offset = this.arena.offset(address, oldSize)
    const name = this.arena.array(address, oldSize).slice(offset, offset + nameLength)
    this.releaseBlock(ints, base)
    this.setBlock(node, name, 0, nameLength, data ?? EMPTY, 0, newLength)
  }

  protected nameEquals(ints: Int32Array, base: number, bytes: Uint8Array, start: number): boolean {
    const length = ints[base + NAME_LENGTH]
    const size = blockSize(length, ints[base + DATA_LENGTH])
    const address = ints[base + BLOCK] >>> 0
    const block = this.arena.array(address, size)
    const offset = this.arena.offset(address, size)
    for (let i = 0; i < length; i++) if (block[offset + i] !== bytes[start + i]) return false
    return true
  }

  protected nameOf(node: NodeId): string {
    const length = this.nameLength(node)
    const size = blockSize(length, this.dataLength(node))
    const address = this.int(node, BLOCK) >>> 0
    const offset = this.arena.offset(address, size)
    return decodeUtf8(this.arena.array(address, size), offset, offset + length)
  }

  protected setBlock(
    node: NodeId,
    name: Uint8Array,
    start: number,
    end: number,
    data: Uint8Array,
    dataStart: number,
    dataLength: number,
  ): void {
    const ints = this.ints[node >>> PAGE_SHIFT]
    const base = (node & PAGE_MASK) * INTS
    const nameLength = end - start
    const size = blockSize(nameLength, dataLength)
    const address = this.arena.allocate(size)
    const block = this.arena.array(address, size)
    const offset = this.arena.offset(address, size)
    copy(name, start, nameLength, block, offset)
    if (dataLength > 0) copy(data, dataStart, dataLength, block, offset + nameLength)
    ints[base + BLOCK] = address
    ints[base + NAME_LENGTH] = nameLength
    ints[base + DATA_LENGTH] = dataLength
  }

  protected releaseBlock(ints: Int32Array, base: number): void {
    const size = blockSize(ints[base + NAME_LENGTH], ints[base + DATA_LENGTH])
    this.arena.release(ints[base + BLOCK] >>> 0, size)
  }
}

export const EMPTY = new Uint8Array(0)

function blockSize(nameLength: number, dataLength: number): number {
  return dataLength > 0 ? nameLength + dataLength : nameLength
}

function copy(source: Uint8Array, start: number, length: number, target: Uint8Array, offset: number): number {
  if (length <= SHORT_COPY) {
    for (let i = 0; i < length; i++) target[offset + i] = source[start + i]
  } else {
    target.set(source.subarray(start, start + length), offset)
  }
  return offset + length
}
