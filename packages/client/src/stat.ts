import { type JuteReader, MarshallingError, type Stat } from '@menagerie/core/jute'

const STAT_BYTES = 68
const TWO_32 = 0x1_0000_0000
const NO_OWNER = 0n

/** Reads a Stat with one bounds check. Nearly every znode has no ephemeral owner, and so costs no bigint. */
export function readStat(reader: JuteReader): Stat {
  const bytes = reader.bytes
  const at = reader.position
  if (at + STAT_BYTES > reader.limit) throw new MarshallingError(`Stat cut short: ${reader.remaining} bytes left`)
  reader.position = at + STAT_BYTES
  return {
    czxid: longAt(bytes, at),
    mzxid: longAt(bytes, at + 8),
    ctime: longAt(bytes, at + 16),
    mtime: longAt(bytes, at + 24),
    version: intAt(bytes, at + 32),
    cversion: intAt(bytes, at + 36),
    aversion: intAt(bytes, at + 40),
    ephemeralOwner: ownerAt(bytes, at + 44),
    dataLength: intAt(bytes, at + 52),
    numChildren: intAt(bytes, at + 56),
    pzxid: longAt(bytes, at + 60),
  }
}

/** The bytes of a jute buffer as the caller's own: what arrived lies in a read buffer that is used again. */
export function readOwnBuffer(reader: JuteReader): Uint8Array | null {
  const view = reader.buffer()
  // A plain Uint8Array, whatever the view's class is: slice() of a Buffer would be a view again.
  return view === null ? null : new Uint8Array(view)
}

function intAt(b: Uint8Array, at: number): number {
  return (b[at] << 24) | (b[at + 1] << 16) | (b[at + 2] << 8) | b[at + 3]
}

function longAt(b: Uint8Array, at: number): number {
  return intAt(b, at) * TWO_32 + (intAt(b, at + 4) >>> 0)
}

function ownerAt(b: Uint8Array, at: number): bigint {
  const high = intAt(b, at)
  const low = intAt(b, at + 4)
  if (high === 0 && low === 0) return NO_OWNER
  return (BigInt(high) << 32n) | BigInt(low >>> 0)
}
