import type { SimulatedProcess } from '../time/index.js'
import type { NetworkNode, SimulatedNetwork } from './network.js'

/** How a connection ended, as one of its ends sees it. */
export type Ending = 'closed' | 'broken'

/** What an end is told. */
export interface WireReceiver<T> {
  item(value: T): void
  /** Nothing more comes, and nothing more is sent. Once. */
  ended(how: Ending): void
}

interface InFlight<T> {
  readonly value: T | null
  readonly ending: Ending | null
  readonly bytes: number
  readonly arrivesUs: number
}

interface Endpoint {
  readonly node: NetworkNode
  readonly process: SimulatedProcess | null
}

/** A connection in simulated time: each direction keeps its order, and the two do not wait for each other. */
export class Wire<T> {
  readonly ends: readonly [WireEnd<T>, WireEnd<T>]
  /** A machine at one end is gone without a word. */
  isHalfDead = false

  /** `join`: of a stream of bytes, what has arrived by one moment is handed over as one. */
  constructor(
    private readonly network: SimulatedNetwork,
    from: Endpoint,
    to: Endpoint,
    readonly join?: (parts: readonly T[]) => T,
  ) {
    const here = new WireEnd<T>(network, this, from)
    const there = new WireEnd<T>(network, this, to)
    here.other = there
    there.other = here
    this.ends = [here, there]
  }

  touches(node: NetworkNode): boolean {
    return this.ends[0].node === node || this.ends[1].node === node
  }

  reopened(from: NetworkNode, to: NetworkNode): void {
    for (const end of this.ends) if (end.other.node === from && end.node === to) end.goOn()
  }

  /** Both ends lose what is under way and learn of it. */
  break(): void {
    for (const end of this.ends) end.cut()
  }

  endLost(node: NetworkNode, silent: boolean, losesData: boolean): void {
    for (const end of this.ends) {
      if (end.node === node) {
        end.finish()
        continue
      }
      if (losesData) end.lose()
      if (!silent) end.announce('broken')
    }
    this.isHalfDead = silent
  }

  /** An end is over. Until both are, one has still to be told. */
  oneIsOver(): void {
    if (this.ends.every(end => end.isOver)) this.network.forget(this as Wire<unknown>)
  }
}

/** One end: what the other has sent is under way to here. */
export class WireEnd<T> {
  other!: WireEnd<T>
  /** Bytes under way to this end, or waiting for a receiver. */
  queuedBytes = 0
  private queue: InFlight<T>[] = []
  private receiver: WireReceiver<T> | undefined
  private scheduled = false
  private stalled = false
  /** What is next waits by itself, see `SimulatedNetwork.holds`. */
  private heldBack = false
  private lastArrivalUs = 0
  /** Takes nothing more. */
  private ended = false

  constructor(
    private readonly network: SimulatedNetwork,
    private readonly wire: Wire<T>,
    private readonly endpoint: Endpoint,
  ) {}

  get node(): NetworkNode {
    return this.endpoint.node
  }

  /** What arrives is handed over from now on; what has arrived before comes first. */
  receive(receiver: WireReceiver<T>): void {
    this.receiver = receiver
    this.schedule()
  }

  send(value: T, bytes: number): void {
    if (!this.ended) this.other.enqueue(value, null, bytes)
  }

  /** What was sent still arrives at the other end; nothing more arrives here. */
  close(): void {
    if (this.ended) return
    this.finish()
    this.other.enqueue(null, 'closed', 0)
  }

  /** Breaks the connection from this end, which is not told. */
  break(): void {
    if (this.ended) return
    this.finish()
    this.other.cut()
  }

  get isOver(): boolean {
    return this.ended
  }

  /** Neither takes nor sends anything any more. */
  finish(): void {
    this.ended = true
    this.queue = []
    this.queuedBytes = 0
    this.wire.oneIsOver()
  }

  /** Loses what is under way to here, and lets this end know. */
  cut(): void {
    this.lose()
    this.announce('broken')
  }

  /** What is under way to here is lost, and an end in order with it: whoever has missed something is told. */
  lose(): void {
    const endings = this.queue.filter(({ ending }) => ending !== null)
    this.queue = endings.map(last => ({ ...last, ending: 'broken' }))
    this.heldBack = false
    this.queuedBytes = 0
  }

  announce(how: Ending): void {
    this.enqueue(null, how, 0)
  }

  /** The direction to here is open again. */
  goOn(): void {
    if (!this.stalled && !this.heldBack) return
    this.stalled = false
    this.heldBack = false
    const { timeline } = this.network
    this.lastArrivalUs = timeline.nowUs + this.network.latencyUs(this.other.node, this.node)
    this.schedule()
  }

  private enqueue(value: T | null, ending: Ending | null, bytes: number): void {
    if (this.ended) return
    const { timeline } = this.network
    const arrivesUs = Math.max(this.lastArrivalUs, timeline.nowUs + this.network.latencyUs(this.other.node, this.node))
    this.lastArrivalUs = arrivesUs
    this.queue.push({ value, ending, bytes, arrivesUs })
    this.queuedBytes += bytes
    this.schedule()
  }

  private schedule(): void {
    if (this.scheduled || this.stalled || this.heldBack || this.receiver === undefined || this.queue.length === 0)
      return
    this.scheduled = true
    this.network.timeline.at(this.queue[0].arrivesUs, this.endpoint.process, this.deliver)
  }

  private readonly deliver = (): void => {
    this.scheduled = false
    if (this.ended) return
    if (this.network.isBlocked(this.other.node, this.node)) {
      this.stalled = true
      return
    }
    const first = this.queue[0]
    if (first !== undefined && this.network.holds?.(this.other.node, this.node, first.value)) {
      this.heldBack = true
      return
    }
    const next = this.queue.shift()
    // What was under way has been lost since.
    if (next === undefined) return
    this.network.delivered++
    if (next.ending !== null) {
      this.finish()
      this.receiver!.ended(next.ending)
      return
    }
    this.queuedBytes -= next.bytes
    this.receiver!.item(this.withArrived(next.value!))
    this.schedule()
  }

  private withArrived(first: T): T {
    const { join } = this.wire
    if (join === undefined) return first
    const parts = [first]
    const { nowUs } = this.network.timeline
    for (
      let next = this.queue[0];
      next !== undefined && next.ending === null && next.arrivesUs <= nowUs;
      next = this.queue[0]
    ) {
      this.queue.shift()
      this.queuedBytes -= next.bytes
      parts.push(next.value!)
    }
    return parts.length === 1 ? first : join(parts)
  }
}
