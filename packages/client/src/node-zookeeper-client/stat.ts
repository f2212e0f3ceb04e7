import type { Stat as ClientStat } from '@menagerie/core/jute'

/** As node-zookeeper-client has it: what has 64 bits is a Buffer of 8 bytes. */
export interface Stat {
  readonly czxid: Buffer
  readonly mzxid: Buffer
  readonly ctime: Buffer
  readonly mtime: Buffer
  readonly version: number
  readonly cversion: number
  readonly aversion: number
  readonly ephemeralOwner: Buffer
  readonly dataLength: number
  readonly numChildren: number
  readonly pzxid: Buffer
}

export function statOf(stat: ClientStat): Stat {
  return {
    ...stat,
    czxid: long(stat.czxid),
    mzxid: long(stat.mzxid),
    ctime: long(stat.ctime),
    mtime: long(stat.mtime),
    ephemeralOwner: long(stat.ephemeralOwner),
    pzxid: long(stat.pzxid),
  }
}

export function long(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}
