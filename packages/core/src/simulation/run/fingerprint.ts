import { JuteWriter } from '../../jute/writer.js'
import type { History } from '../history/index.js'
import { hashBytes } from '../probes/index.js'

/** A number for all that happened in a run: what clients asked and heard, what was committed, and when. */
export function fingerprintOf({ operations, events, commits }: History, counts: readonly number[]): number {
  const writer = new JuteWriter(65_536)
  for (const value of counts) writer.long(value)
  for (const { beganUs, endedUs, reply } of operations) {
    writer.long(beganUs)
    writer.long(Number.isFinite(endedUs) ? endedUs : -1)
    writer.long(reply?.zxid ?? -1)
    writer.int(reply?.code ?? 1)
  }
  for (const { atUs, type } of events) {
    writer.long(atUs)
    writer.int(type)
  }
  for (const { zxid, atUs } of commits) {
    writer.long(zxid)
    writer.long(atUs)
  }
  return hashBytes(writer.bytes, writer.position)
}
