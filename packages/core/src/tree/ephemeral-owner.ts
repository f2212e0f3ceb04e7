/**
 * What the 64 bits of a znode's owner mean (org.apache.zookeeper.server.EphemeralType). 0 is a
 * persistent znode, the sign bit alone a container, a top byte of 0xff with extended types enabled a
 * TTL znode whose low 40 bits are the ttl in milliseconds, anything else the session that owns it.
 *
 * Hot paths keep the owner as two signed 32-bit halves.
 */
export type OwnerKind = 'persistent' | 'ephemeral' | 'container' | 'ttl'

export const CONTAINER_OWNER_HIGH = 0x80000000 | 0
export const CONTAINER_OWNER_LOW = 0
/** The greatest ttl that 40 bits hold. */
export const TTL_MAX_MS = 0xff_ffff_ffff
/** 3.5.3 marked TTL znodes by the top bit alone and gave the ttl the other 63 (ZOOKEEPER-2901). */
const TTL_353_HIGH = 0x80000000 | 0

export interface ExtendedTypes {
  readonly extendedTypesEnabled: boolean
  readonly emulate353TTLNodes: boolean
}

export function ownerKind(high: number, low: number, types: ExtendedTypes): OwnerKind {
  if (high === 0 && low === 0) return 'persistent'
  if (high === CONTAINER_OWNER_HIGH && low === CONTAINER_OWNER_LOW) return 'container'
  if (types.extendedTypesEnabled) {
    if (types.emulate353TTLNodes) return high < 0 ? 'ttl' : 'ephemeral'
    // Top byte 0xff, then two feature bytes of zero for a TTL.
    if (high >>> 24 === 0xff) return 'ttl'
  }
  return 'ephemeral'
}

/** The owner of a TTL znode, as halves. */
export function ttlOwner(ttlMs: number, types: ExtendedTypes): { readonly high: number; readonly low: number } {
  const high = Math.floor(ttlMs / 0x1_0000_0000)
  return { high: types.emulate353TTLNodes ? high | TTL_353_HIGH : high | 0xff000000, low: ttlMs | 0 }
}

/** The ttl in milliseconds of a TTL znode's owner. */
export function ttlOfOwner(high: number, low: number, types: ExtendedTypes): number {
  const ttlHigh = types.emulate353TTLNodes ? high & 0x7fffffff : high & 0xff
  return ttlHigh * 0x1_0000_0000 + (low >>> 0)
}

/** Both halves as the signed 64-bit number that records and session ids use. */
export function joinHalves(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0)
}

export function highHalf(value: bigint): number {
  return Number(BigInt.asIntN(32, value >> 32n))
}

export function lowHalf(value: bigint): number {
  return Number(BigInt.asIntN(32, value))
}
