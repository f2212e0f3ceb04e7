import type { LogRecord } from '../seams/log-storage.js'
import type { Zxid } from '../zxid.js'

/** Index of the first record with a zxid of `zxid` or more; `records` are in zxid order. */
export function firstAtLeast(records: readonly LogRecord[], zxid: Zxid): number {
  return firstWhere(records.length, index => records[index].zxid >= zxid)
}

/** The first index of `length` for which something holds that holds for all behind it, too; `length` where there is none. */
export function firstWhere(length: number, holds: (index: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
