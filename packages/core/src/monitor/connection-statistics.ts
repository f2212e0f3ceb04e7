import type { Zxid } from '../zxid.js'

/**
 * What cons counts for one connection, and crst sets back. Plain fields: the kernel touches them with
 * every request.
 */
export class ConnectionStatistics {
  packetsReceived = 0
  packetsSent = 0
  /** Opcode of the last request that was answered; undefined before the first. */
  lastOperation: number | undefined
  /** xid of the last ordinary request, -1 before it: pings and the like do not count. */
  lastCxid = -1
  /** zxid of the last reply's header, -1 before the first. */
  lastZxid: Zxid = -1
  /** When the last reply was made, by the server's steady clock, 0 before. */
  lastResponseAtMs = 0
  lastLatencyMs = 0
  maxLatencyMs = 0
  #minLatencyMs = Number.POSITIVE_INFINITY
  #latencySumMs = 0
  #replies = 0

  /** A request was answered. Times are of the steady clock; `zxid` is the reply header's. */
  replied(opCode: number, cxid: number, zxid: Zxid, arrivedAtMs: number, nowMs: number): void {
    if (cxid >= 0) this.lastCxid = cxid
    this.lastZxid = zxid
    this.lastOperation = opCode
    this.lastResponseAtMs = nowMs
    const latency = nowMs - arrivedAtMs
    this.lastLatencyMs = latency
    if (latency < this.#minLatencyMs) this.#minLatencyMs = latency
    if (latency > this.maxLatencyMs) this.maxLatencyMs = latency
    this.#latencySumMs += latency
    this.#replies++
  }

  get minLatencyMs(): number {
    return this.#replies === 0 ? 0 : this.#minLatencyMs
  }

  /** In whole ms, rounded down as Apache does here. */
  get averageLatencyMs(): number {
    return this.#replies === 0 ? 0 : Math.floor(this.#latencySumMs / this.#replies)
  }

  reset(): void {
    this.packetsReceived = 0
    this.packetsSent = 0
    this.lastOperation = undefined
    this.lastCxid = -1
    this.lastZxid = -1
    this.lastResponseAtMs = 0
    this.lastLatencyMs = 0
    this.maxLatencyMs = 0
    this.#minLatencyMs = Number.POSITIVE_INFINITY
    this.#latencySumMs = 0
    this.#replies = 0
  }
}
