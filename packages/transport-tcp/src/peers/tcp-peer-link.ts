import type { Cancel, Clock, LinkTarget, PeerLink, ServerId } from '@menagerie/core'
import { PacketFramer } from '@menagerie/core/zab'
import { Observable, type Subscriber } from 'rxjs'
import type { ByteStream } from '../streams/byte-stream.js'
import type { AnswerPoll } from './answer-poll.js'
import { GatheredWriter } from './gathered-writer.js'

export interface LinkOptions {
  readonly packetBytesMax: number
  readonly highWaterBytes: number
  readonly lingerMs: number
}

/** What a link tells the transport that holds it. */
export interface LinkOwner {
  /** The first packet has come. */
  started(link: TcpPeerLink): void
  /** This side closes it. */
  closing(link: TcpPeerLink, reason: string | undefined): void
  /** The connection is gone. */
  ended(link: TcpPeerLink): void
  /** Whether this server is reached at this address. */
  isAddressOf(peer: ServerId, address: string | undefined): Promise<boolean>
  /** The bytes of the peer make no sense; the link has broken for it. */
  malformed(link: TcpPeerLink, error: Error): void
}

/** Who is at the other end of a link. */
export interface RemoteEnd {
  /** Known of a link that this server has opened. */
  readonly peer?: ServerId
  /** For people. */
  readonly name: string
  /** The IP address, while it was connected. */
  readonly address: string | undefined
  /** What a peer that has opened the link wants of this server. */
  readonly target?: LinkTarget
}

/**
 * One TCP or TLS connection between a learner and a leader.
 *
 * The stream is read only while somebody has subscribed, but for the first packet of a link that a peer has opened:
 * what is not read holds up the sender, and nothing has to be kept here.
 */
export class TcpPeerLink implements PeerLink {
  readonly packets$: Observable<Uint8Array>
  private readonly framer: PacketFramer
  private readonly writer: GatheredWriter
  private subscriber: Subscriber<Uint8Array> | undefined
  /** Packets that came before the subscription. */
  private backlog: Uint8Array[] = []
  private state: 'open' | 'ending' | 'gone' = 'open'
  /** How the packets end, once they do: an error, or null for an orderly close. */
  private outcome: Error | null | undefined
  private started = false
  /** What the stream failed with. */
  private failure: Error | undefined
  private cancelLinger: Cancel | undefined

  constructor(
    private readonly stream: ByteStream,
    private readonly end: RemoteEnd,
    private readonly options: LinkOptions,
    private readonly clock: Clock,
    private readonly owner: LinkOwner,
    private readonly answers: AnswerPoll,
  ) {
    this.framer = new PacketFramer(options.packetBytesMax)
    this.writer = new GatheredWriter(stream, clock, options.highWaterBytes)
    this.packets$ = new Observable(subscriber => {
      if (this.subscriber !== undefined) throw new Error('the packets of a link have one subscriber')
      this.subscriber = subscriber
      clock.defer(() => this.deliverBacklog())
    })
    stream.start({
      // Whoever gets a packet may keep it, and the stream reads into the same array again.
      received: chunk => {
        answers.received()
        this.received(new Uint8Array(chunk))
      },
      peerEnded: () => this.peerEnded(),
      // Told once it has closed, and not from within a call of whoever sends.
      failed: error => {
        this.failure = error
      },
      drained: () => this.writer.sent(),
      closed: () => this.closed(),
    })
    stream.pause()
  }

  get peer(): ServerId | undefined {
    return this.end.peer
  }

  get remote(): string {
    return this.end.name
  }

  get target(): LinkTarget | undefined {
    return this.end.target
  }

  /** Reads until the first packet, which {@link LinkOwner.started} tells of. */
  listen(firstChunk: Uint8Array | undefined): void {
    this.stream.resume()
    if (firstChunk !== undefined) this.received(firstChunk)
  }

  comesFrom(peer: ServerId): Promise<boolean> {
    return this.owner.isAddressOf(peer, this.end.address)
  }

  send(packet: Uint8Array): boolean {
    if (this.state !== 'open') return false
    return this.writer.write(packet)
  }

  flush(): void {
    this.writer.flush()
  }

  expectAnswer(): void {
    this.answers.expect()
  }

  drained(): Promise<void> {
    return this.writer.drained()
  }

  close(reason?: string): void {
    if (this.state !== 'open') return
    this.owner.closing(this, reason)
    this.backlog = []
    this.finish(null)
  }

  /** Breaks the link at once. */
  destroy(reason: Error): void {
    this.finish(reason)
    this.stream.destroy()
  }

  private received(chunk: Uint8Array): void {
    if (this.state !== 'open') return
    try {
      this.framer.push(chunk, this.deliver)
    } catch (error) {
      this.owner.malformed(this, error as Error)
      this.destroy(error as Error)
    }
  }

  private readonly deliver = (packet: Uint8Array): void => {
    if (this.subscriber !== undefined && this.backlog.length === 0) {
      this.subscriber.next(packet)
      return
    }
    this.backlog.push(packet)
    this.stream.pause()
    if (this.started) return
    this.started = true
    this.owner.started(this)
  }

  private deliverBacklog(): void {
    const subscriber = this.subscriber!
    while (this.backlog.length > 0) subscriber.next(this.backlog.shift()!)
    if (this.outcome !== undefined) this.tell(this.outcome)
    else this.stream.resume()
  }

  private peerEnded(): void {
    if (this.framer.atBoundary) {
      this.finish(null)
      return
    }
    const error = new Error('it was closed within a packet')
    // Before its first packet nobody has subscribed yet who would hear of it.
    if (this.state === 'open') this.owner.malformed(this, error)
    this.finish(error)
  }

  /** The packets are over. What is queued is still sent, unless the link broke. */
  private finish(outcome: Error | null): void {
    if (this.state !== 'open') return
    this.state = 'ending'
    this.framer.stop()
    if (outcome === null) this.endGracefully()
    else this.stream.destroy()
    this.writer.end()
    this.outcome = outcome
    if (this.subscriber !== undefined && this.backlog.length === 0) this.tell(outcome)
  }

  private tell(outcome: Error | null): void {
    if (outcome === null) this.subscriber!.complete()
    else this.subscriber!.error(new Error(`the link to ${this.remote} broke: ${outcome.message}`, { cause: outcome }))
  }

  /**
   * Only the sending side ends. Closing while bytes of the peer lie unread would answer them with a reset, which may
   * overtake the last packets; so they are read and dropped until the peer closes too.
   */
  private endGracefully(): void {
    this.writer.flush()
    this.stream.end()
    this.stream.resume()
    this.cancelLinger = this.clock.schedule(this.options.lingerMs, () => this.stream.destroy())
  }

  private closed(): void {
    this.finish(this.failure ?? new Error('the connection closed'))
    if (this.state === 'gone') return
    this.state = 'gone'
    this.cancelLinger?.()
    this.owner.ended(this)
  }
}
