import { crc32 as plainCrc32 } from '../checksums/crc32.js'
import { copyZnodes, forgetZnodes, znodeCrc32 } from '../checksums/znode-crc32.js'
import { encodeUtf8, encodeUtf8Into, utf8Length } from '../jute/utf8.js'
import { putInt, putLong } from '../jute/writer.js'
import type { Crc32 } from '../seams/crc32.js'
import type { DigestFields } from './digest-fields.js'

/** The version of the digest below: the only one there is. */
export const DIGEST_VERSION = 2

const TWO_32 = 0x1_0000_0000
/** Of longer data the platform's CRC-32 may be the fastest. */
const SHORT_DATA = 1024

/**
 * The digest of one znode: CRC-32 over path, data and stat; the digest of the tree is their sum modulo
 * 2^64, so that a transaction changes it by what it changed (ZOOKEEPER-3114). Znodes below /zookeeper/
 * do not count, and the root counts under the empty path.
 */
export class DigestCalculator {
  private readonly stat = new Uint8Array(60)
  private scratch = new Uint8Array(512)

  /** @param crc32 of data; paths and stats are short, and for them the kernel's own is the fastest */
  constructor(private readonly crc32: Crc32 = plainCrc32) {}

  /** A hint: {@link snapshotDigest} is asked about the first `length` bytes of this array next, as they are now. */
  beginSnapshotBytes(bytes: Uint8Array, length: number): void {
    copyZnodes(bytes, length)
  }

  /** It is not asked about them any more. */
  endSnapshotBytes(): void {
    forgetZnodes()
  }

  /**
   * The digest of a znode as snapshots hold it: path and data in `bytes`, its stat (without the ACL id)
   * from `statStart` on, in the order of StatPersisted, where pzxid comes last instead of third.
   */
  snapshotDigest(
    bytes: Uint8Array,
    pathStart: number,
    pathEnd: number,
    dataStart: number,
    dataEnd: number,
    statStart: number,
  ): number {
    if (startsBelowZookeeper(bytes, pathStart, pathEnd)) return 0
    if (dataEnd - dataStart <= SHORT_DATA) {
      const crc = znodeCrc32(bytes, pathStart, pathEnd, dataStart, dataEnd, statStart)
      if (crc >= 0) return crc
    }
    const stat = this.stat
    for (let i = 0; i < 16; i++) stat[i] = bytes[statStart + i]
    for (let i = 0; i < 8; i++) stat[16 + i] = bytes[statStart + 52 + i]
    for (let i = 16; i < 52; i++) stat[8 + i] = bytes[statStart + i]
    const crc = this.crc32(bytes, dataStart, dataEnd, plainCrc32(bytes, pathStart, pathEnd))
    return plainCrc32(stat, 0, 60, crc)
  }

  nodeDigest(path: string, data: Uint8Array | null, dataStart: number, dataEnd: number, fields: DigestFields): number {
    if (path.startsWith('/zookeeper/')) return 0
    const key = path === '/' ? '' : path
    const length = utf8Length(key)
    if (length > this.scratch.length) this.scratch = new Uint8Array(length * 2)
    encodeUtf8Into(key, this.scratch, 0)
    let crc = plainCrc32(this.scratch, 0, length)
    if (data !== null) crc = this.crc32(data, dataStart, dataEnd, crc)
    const stat = this.stat
    putLong(stat, 0, fields.czxid)
    putLong(stat, 8, fields.mzxid)
    putLong(stat, 16, fields.pzxid)
    putLong(stat, 24, fields.ctime)
    putLong(stat, 32, fields.mtime)
    putInt(stat, 40, fields.version)
    putInt(stat, 44, fields.cversion)
    putInt(stat, 48, fields.aversion)
    putInt(stat, 52, fields.ownerHigh)
    putInt(stat, 56, fields.ownerLow)
    return plainCrc32(stat, 0, 60, crc)
  }
}

const ZOOKEEPER = encodeUtf8('/zookeeper/')

function startsBelowZookeeper(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < ZOOKEEPER.length) return false
  for (let i = 0; i < ZOOKEEPER.length; i++) if (bytes[start + i] !== ZOOKEEPER[i]) return false
  return true
}

/** A sum of node digests modulo 2^64, kept as two unsigned halves. */
export class DigestSum {
  high = 0
  low = 0

  add(digest: number): void {
    this.low += digest
    if (this.low >= TWO_32) {
      this.low -= TWO_32
      this.high = (this.high + 1) >>> 0
    }
  }

  subtract(digest: number): void {
    this.low -= digest
    if (this.low < 0) {
      this.low += TWO_32
      this.high = (this.high - 1) >>> 0
    }
  }

  set(other: { readonly high: number; readonly low: number }): void {
    this.high = other.high
    this.low = other.low
  }

  equals(other: { readonly high: number; readonly low: number }): boolean {
    return this.high === other.high && this.low === other.low
  }
}
