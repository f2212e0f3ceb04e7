import { Observable, type Subscriber } from 'rxjs'
import type { Clock } from '../seams/clock.js'
import type { LinkTarget, PeerLink, ServerId } from '../seams/peer-transport.js'

/** Packets queued for an end above which `send` answers false. */
const HIGH_WATER_BYTES = 1 << 20

type Ending = 'open' | 'closed' | 'broken'

export interface LinkParts {
  readonly clock: Clock
  readonly from: ServerId
  readonly to: ServerId
  /** Milliseconds that a packet takes; 0: what waits is delivered at once. */
  readonly packetMs: () => number
  readonly target?: LinkTarget
  /** Called once, when the link closes or breaks. */
  readonly over: () => void
}

/** Two ends of one link. */
export function linkPair(parts: LinkParts): readonly [LinkEnd, LinkEnd] {
  const here = new LinkEnd(parts, parts.from, parts.to)
  const there = new LinkEnd(parts, parts.to, parts.from)
  here.other = there
  there.other = here
  return [here, there]
}

/** One end of a link in memory: what the other end has sent waits here until it can be delivered. */
export class LinkEnd implements PeerLink {
  readonly packets$: Observable<Uint8Array>
  other!: LinkEnd
  private queue: Uint8Array[] = []
  private queuedBytes = 0
  private subscriber: Subscriber<Uint8Array> | undefined
  private ending: Ending = 'open'
  private reason = ''
  private scheduled = false
  private waiters: (() => void)[] = []

  constructor(
    private readonly parts: LinkParts,
    readonly self: ServerId,
    readonly peer: ServerId,
  ) {
    this.packets$ = new Observable(subscriber => {
      if (this.subscriber !== undefined) throw new Error('the packets of a link have one subscriber')
      this.subscriber = subscriber
      this.schedule()
    })
  }

  get remote(): string {
    return `server ${this.peer}`
  }

  async comesFrom(peer: ServerId): Promise<boolean> {
    return this.peer === peer
  }

  get target(): LinkTarget | undefined {
    return this.parts.target
  }

  send(packet: Uint8Array): boolean {
    if (this.ending !== 'open') return false
    return this.other.enqueue(packet)
  }

  drained(): Promise<void> {
    if (this.ending !== 'open' || this.other.queuedBytes <= HIGH_WATER_BYTES) return Promise.resolve()
    return new Promise(resolve => this.other.waiters.push(resolve))
  }

  /** What was sent before still arrives at the other end; nothing more arrives here. */
  close(reason = 'the link was closed'): void {
    if (this.ending !== 'open') return
    this.finish('closed', reason)
    this.drop()
    this.other.finish('closed', reason)
    this.parts.over()
  }

  /** Both ends lose what is under way and learn of it. */
  break(reason: string): void {
    for (const end of [this, this.other]) {
      end.drop()
      end.finish('broken', reason)
    }
    this.parts.over()
  }

  private enqueue(packet: Uint8Array): boolean {
    this.queue.push(packet)
    this.queuedBytes += packet.length
    this.schedule()
    return this.queuedBytes <= HIGH_WATER_BYTES
  }

  private finish(ending: Ending, reason: string): void {
    if (this.ending !== 'open') return
    this.ending = ending
    this.reason = reason
    this.release()
    this.other.release()
    this.schedule()
  }

  private release(): void {
    for (const resolve of this.waiters.splice(0)) resolve()
  }

  private drop(): void {
    this.queue = []
    this.queuedBytes = 0
  }

  private schedule(): void {
    if (this.scheduled || this.subscriber === undefined) return
    this.scheduled = true
    const { clock, packetMs } = this.parts
    const ms = packetMs()
    if (ms > 0) clock.schedule(ms, () => this.deliver(1))
    else clock.defer(() => this.deliver(Number.POSITIVE_INFINITY))
  }

  private deliver(count: number): void {
    this.scheduled = false
    const subscriber = this.subscriber!
    for (let n = 0; n < count && this.queue.length > 0; n++) {
      const packet = this.queue.shift()!
      this.queuedBytes -= packet.length
      subscriber.next(packet)
    }
    if (this.queuedBytes <= HIGH_WATER_BYTES) this.release()
    if (this.queue.length > 0) this.schedule()
    else if (this.ending === 'closed') subscriber.complete()
    else if (this.ending === 'broken')
      subscriber.error(new Error(`the link to server ${this.peer} broke: ${this.reason}`))
  }
}
