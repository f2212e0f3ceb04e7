import type { LogRecord } from '../seams/log-storage.js'
import type { Zxid } from '../zxid.js'

/** Index of the first record with a zxid of `zxid` or more; `records` are in zxid order. */
export function firstAtLeast(records: readonly LogRecord[], zxid: Zxid): number {
  let low = 0
  let high = records.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (records[middle].zxid < zxid) low = middle + 1
    else high = middle
  }
  return low
}
