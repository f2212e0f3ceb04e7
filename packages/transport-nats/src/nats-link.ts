import type { Cancel, Clock, PeerLink, ServerId } from '@menagerie/core'
import { Observable, type Subscriber } from 'rxjs'
import { decodeFrame, encodeFrame, type Frame, FrameError, FrameKind, putHeader } from './frames.js'
import type { LinkTerms } from './handshake.js'
import { type Arrival, Incoming } from './incoming.js'
import { Outgoing } from './outgoing.js'

/** What a link needs from the transport that it belongs to. */
export interface LinkHost {
  readonly clock: Clock
  /** Sends a frame to the peer's end; `probe`: say so at {@link NatsLink.nobodyListens} when nobody takes it. */
  transmit(link: NatsLink, frame: Uint8Array, probe: boolean): void
  /** Called once. `reason` is undefined for a link that was closed in good order. */
  over(link: NatsLink, reason: string | undefined): void
}

export interface LinkOptions {
  readonly heartbeatMs: number
  readonly deadAfterMs: number
  readonly windowBytes: number
  readonly highWaterBytes: number
  readonly packetBytesMax: number
}

/** opening: the peer has not agreed yet. closing: what was queued is on its way, nothing more is taken. */
type State = 'opening' | 'open' | 'closing' | 'closed' | 'broken'

/**
 * One end of a link between two servers over NATS.
 *
 * NATS loses messages wherever a connection or a node fails and drops those of slow receivers. Here a message that
 * is missing shows in the sequence, and a sender never has more under way than the other end has room for.
 */
export class NatsLink implements PeerLink {
  readonly packets$: Observable<Uint8Array>
  /** Where the peer takes frames, once it has agreed. */
  peerToken = ''
  private readonly outgoing = new Outgoing()
  private readonly incoming: Incoming
  private state: State = 'opening'
  private sequence = 0
  private peerPacketBytesMax = Number.POSITIVE_INFINITY
  private waiting: Arrival[] = []
  private subscriber: Subscriber<Uint8Array> | undefined
  private subscribed = false
  /** How the packets end, for a subscriber that comes later or still has packets before it. */
  private ending: { readonly error: Error | undefined } | undefined
  private flushing = false
  private waiters: (() => void)[] = []
  /** This end was closed: whatever still comes is taken and dropped. */
  private deaf = false
  private silentTicks = 0
  private stuckTicks = 0
  private cancelTick: Cancel | undefined

  constructor(
    private readonly host: LinkHost,
    private readonly options: LinkOptions,
    readonly peer: ServerId,
    /** Last word of the subject where this end takes frames. */
    readonly token: string,
    readonly remote: string,
  ) {
    this.incoming = new Incoming(options)
    this.packets$ = new Observable(subscriber => {
      if (this.subscribed) throw new Error('the packets of a link have one subscriber')
      this.subscribed = true
      this.host.clock.defer(() => this.takeWaiting(subscriber))
    })
  }

  /** The peer has agreed: what waits is sent from here on. `frameBytesMax` is the longest message that NATS takes. */
  establish(terms: LinkTerms, frameBytesMax: number): void {
    if (this.state !== 'opening') return
    this.state = 'open'
    this.peerToken = terms.token
    this.peerPacketBytesMax = terms.packetBytesMax
    this.outgoing.agree(terms.windowBytes, frameBytesMax)
    this.scheduleTick()
    this.scheduleFlush()
  }

  send(packet: Uint8Array): boolean {
    if (this.state !== 'open' && this.state !== 'opening') return false
    if (packet.length > this.peerPacketBytesMax) {
      this.break(`a packet of ${packet.length} bytes; ${this.describe} takes ${this.peerPacketBytesMax}`)
      return false
    }
    this.outgoing.push(packet)
    this.scheduleFlush()
    return this.outgoing.queuedBytes <= this.options.highWaterBytes
  }

  drained(): Promise<void> {
    if (this.isOver || this.outgoing.queuedBytes <= this.options.highWaterBytes) return Promise.resolve()
    return new Promise(resolve => this.waiters.push(resolve))
  }

  close(reason = 'the link was closed'): void {
    if (this.state === 'opening') this.end('broken', reason)
    if (this.state !== 'open') return
    this.state = 'closing'
    this.deaf = true
    this.waiting = []
    this.host.clock.defer(() => this.subscriber?.complete())
    this.ending = { error: undefined }
    this.release()
    this.flush()
  }

  /** Both ends lose what is under way and learn of it: the peer as far as it can be told. */
  break(reason: string): void {
    if (this.isOver) return
    if (this.peerToken !== '') this.transmit(FrameKind.BREAK, Buffer.from(reason))
    this.end('broken', reason)
  }

  /** A message for this end. What it cannot be breaks the link. */
  receive(message: Uint8Array): void {
    if (this.isOver) return
    try {
      this.accept(decodeFrame(message))
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      this.break(`${this.describe} sent ${error.message}`)
    }
  }

  /** Nobody takes the frames of this link any more: the peer has ended, or has lost its NATS server. */
  nobodyListens(): void {
    this.end('broken', `${this.describe} is not there any more`)
  }

  private accept(frame: Frame): void {
    if (frame.kind === FrameKind.BREAK) {
      const reason = Buffer.from(frame.body).toString('utf8').slice(0, 500)
      this.end('broken', `${this.describe} broke it: ${reason}`)
      return
    }
    this.silentTicks = 0
    const arrivals = this.incoming.accept(frame)
    if (!this.outgoing.credit(frame.consumed))
      throw new FrameError(`that it took ${frame.consumed} bytes, which cannot be`)
    for (const arrival of arrivals) this.arrive(arrival)
    if (this.isOver) return
    if (frame.kind === FrameKind.FIN) this.end('closed', undefined)
    else this.report()
    this.flush()
  }

  private arrive(arrival: Arrival): void {
    if (this.subscriber !== undefined || this.deaf) this.deliver(arrival)
    else this.waiting.push(arrival)
  }

  private deliver(arrival: Arrival): void {
    this.incoming.took(arrival)
    if (!this.deaf && this.state !== 'broken') this.subscriber!.next(arrival.packet)
  }

  /** Hands over what came before the subscriber. */
  private takeWaiting(subscriber: Subscriber<Uint8Array>): void {
    this.subscriber = subscriber
    for (const arrival of this.waiting.splice(0)) this.deliver(arrival)
    if (this.ending !== undefined) this.tell(subscriber)
    else this.report()
  }

  /** Tells the peer what was taken, in time before it runs out of room. */
  private report(): void {
    if (this.peerToken === '' || this.isOver || !this.incoming.isReportDue) return
    this.transmit(FrameKind.DATA)
  }

  private scheduleFlush(): void {
    if (this.flushing) return
    this.flushing = true
    this.host.clock.defer(() => {
      this.flushing = false
      this.flush()
    })
  }

  /** Sends what waits, as far as the peer has room. */
  flush(): void {
    if (this.state !== 'open' && this.state !== 'closing') return
    for (let frame = this.outgoing.next(); frame !== undefined; frame = this.outgoing.next()) {
      putHeader(frame, FrameKind.DATA, ++this.sequence, this.incoming.consumed)
      this.incoming.reportedNow()
      this.stuckTicks = 0
      this.host.transmit(this, frame, false)
    }
    if (this.outgoing.queuedBytes <= this.options.highWaterBytes) this.release()
    if (this.state === 'closing' && this.outgoing.isEmpty) {
      this.transmit(FrameKind.FIN)
      this.end('closed', undefined)
    }
  }

  private transmit(kind: number, body?: Uint8Array, probe = false): void {
    this.incoming.reportedNow()
    this.host.transmit(this, encodeFrame(kind, ++this.sequence, this.incoming.consumed, body), probe)
  }

  private scheduleTick(): void {
    this.cancelTick = this.host.clock.schedule(this.options.heartbeatMs, () => this.tick())
  }

  /**
   * Ticks are counted rather than time: a process that stood still for a while has not heard of a peer because it
   * did not listen, and that is one tick.
   */
  private tick(): void {
    const { heartbeatMs, deadAfterMs } = this.options
    if (++this.silentTicks * heartbeatMs > deadAfterMs) {
      this.break(`nothing was heard of ${this.describe} for ${deadAfterMs} ms`)
      return
    }
    if (this.state === 'closing' && ++this.stuckTicks * heartbeatMs > deadAfterMs) {
      this.break(`${this.describe} did not take what was sent before the link was closed`)
      return
    }
    this.transmit(FrameKind.DATA, undefined, true)
    if (!this.isOver) this.scheduleTick()
  }

  private end(state: 'closed' | 'broken', reason: string | undefined): void {
    if (this.isOver) return
    this.state = state
    this.cancelTick?.()
    this.outgoing.clear()
    if (state === 'broken') this.waiting = []
    this.release()
    this.ending ??= { error: reason === undefined ? undefined : new Error(`the link broke: ${reason}`) }
    if (this.subscriber !== undefined) this.tell(this.subscriber)
    this.host.over(this, reason)
  }

  private tell(subscriber: Subscriber<Uint8Array>): void {
    if (this.ending?.error === undefined) subscriber.complete()
    else subscriber.error(this.ending.error)
  }

  private release(): void {
    for (const resolve of this.waiters.splice(0)) resolve()
  }

  private get isOver(): boolean {
    return this.state === 'closed' || this.state === 'broken'
  }

  private get describe(): string {
    return `server ${this.peer}`
  }
}
