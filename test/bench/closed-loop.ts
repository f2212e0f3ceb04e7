import type { Connection, ReplySink } from './connection.js'
import type { Latencies } from './latencies.js'
import type { Ring } from './ring.js'

/**
 * A session that always has the same number of requests under way: each chunk of replies is answered, in the same
 * turn and with one write, by as many new requests. Every reply is checked: xids in order, err 0.
 */
export class ClosedLoop implements ReplySink {
  /** Requests sent and replies received since the start. */
  sent = 0
  received = 0
  /** Why the load is void; null while all is well. */
  failure: string | null = null

  private running = false
  private xid = 0
  private expectedXid = 0
  private slot = 0
  private replySlot = 0
  private freed = 0
  private now = 0
  private readonly sentAt: Float64Array
  private drained: (() => void) | null = null

  /** @param latencies by the kinds of the ring */
  constructor(
    private readonly connection: Connection,
    private readonly ring: Ring,
    private readonly outstanding: number,
    private readonly latencies: readonly Latencies[],
  ) {
    if (ring.slots < outstanding) throw new Error(`${ring.slots} slots for ${outstanding} outstanding requests`)
    this.sentAt = new Float64Array(ring.slots)
  }

  start(): void {
    this.xid = this.connection.attach(this) - 1
    this.expectedXid = this.xid + 1
    this.running = true
    this.send(this.outstanding, performance.now())
  }

  /** Sends nothing more and resolves when the last reply is in, or the load has failed. */
  async stop(): Promise<void> {
    this.running = false
    await this.idle()
    this.connection.detach(this.xid)
  }

  /** Resolves when nothing is under way: at once after the last reply of a load that ends by itself. */
  idle(): Promise<void> {
    if (this.received === this.sent || this.failure !== null) return Promise.resolve()
    return new Promise(resolve => {
      this.drained = resolve
    })
  }

  reply(xid: number, err: number): void {
    if (this.freed === 0) this.now = performance.now()
    if (xid !== this.expectedXid) this.fail(`reply to xid ${xid}, expected ${this.expectedXid}`)
    else if (err !== 0) this.fail(`err ${err} in the reply to xid ${xid}`)
    this.expectedXid++
    this.latencies[this.ring.kinds[this.replySlot]].record(this.now - this.sentAt[this.replySlot])
    this.replySlot = this.replySlot + 1 === this.ring.slots ? 0 : this.replySlot + 1
    this.received++
    this.freed++
  }

  endOfChunk(): void {
    const count = this.freed
    this.freed = 0
    if (this.running && count > 0) this.send(count, this.now)
    if (this.received === this.sent) this.drained?.()
  }

  closed(reason: string): void {
    this.fail(reason)
  }

  private send(count: number, now: number): void {
    const { ring } = this
    const first = this.slot
    let sent = 0
    while (sent < count) {
      const { slot } = this
      if (ring.prepare !== null && !ring.prepare(ring.bytes, ring.offsets[slot])) {
        this.running = false
        break
      }
      ring.setXid(slot, ++this.xid)
      this.sentAt[slot] = now
      this.slot = slot + 1 === ring.slots ? 0 : slot + 1
      sent++
    }
    if (sent === 0) return
    this.sent += sent
    const last = first + sent
    if (last <= ring.slots) {
      this.connection.write(ring.bytes.subarray(ring.offsets[first], ring.offsets[last]))
    } else {
      const tail = ring.bytes.subarray(ring.offsets[first])
      this.connection.writeBoth(tail, ring.bytes.subarray(0, ring.offsets[last - ring.slots]))
    }
  }

  private fail(reason: string): void {
    this.failure ??= reason
    this.running = false
    this.drained?.()
  }
}
