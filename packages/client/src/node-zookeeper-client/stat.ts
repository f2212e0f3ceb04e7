import type { Stat as ClientStat } from '@menagerie/core/jute'

/** As node-zookeeper-client has it: what has 64 bits is a Buffer of 8 bytes. */
export interface Stat {
  /** The transaction that created the znode, 8 bytes. */
  readonly czxid: Buffer
  /** The transaction that last changed its data, 8 bytes. */
  readonly mzxid: Buffer
  /** When it was created: ms since 1970, 8 bytes. */
  readonly ctime: Buffer
  /** When its data last changed: ms since 1970, 8 bytes. */
  readonly mtime: Buffer
  /** Of the data. */
  readonly version: number
  /** Of the list of children. */
  readonly cversion: number
  /** Of the ACL. */
  readonly aversion: number
  /** The session that owns it, 8 bytes; zeros for none. */
  readonly ephemeralOwner: Buffer
  /** In bytes. */
  readonly dataLength: number
  /** How many children it has. */
  readonly numChildren: number
  /** The transaction that last changed the list of children, 8 bytes. */
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
