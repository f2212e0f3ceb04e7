/**
 * Transaction ids. On the wire and on disk a zxid is 64 bits: epoch (high 32) and counter (low 32).
 * In memory it is a safe integer, which holds epochs below 2^21: at one election a second, 24 days of
 * nothing but elections; at one an hour, 239 years.
 */
export type Zxid = number

const TWO_32 = 0x1_0000_0000

/** The largest epoch that a safe integer leaves room for. */
export const EPOCH_MAX = 0x1f_ffff
/** The largest counter of an epoch; the next proposal needs a new epoch (ZOOKEEPER-1277). */
export const COUNTER_MAX = 0xffff_ffff

/** The zxid of an epoch, 0 to {@link EPOCH_MAX}, and a counter in it, 0 to {@link COUNTER_MAX}. */
export function makeZxid(epoch: number, counter: number): Zxid {
  return epoch * TWO_32 + counter
}

/** The epoch of the leader that made the transaction: the upper 32 bits. */
export function zxidEpoch(zxid: Zxid): number {
  return Math.floor(zxid / TWO_32)
}

/** The number of the transaction within its epoch: the lower 32 bits. */
export function zxidCounter(zxid: Zxid): number {
  return zxid >>> 0
}

/** As Apache writes it in logs, four-letter words and file names, without the 0x. */
export function zxidHex(zxid: Zxid): string {
  return zxid.toString(16)
}
