import { Observable, type Subscriber } from 'rxjs'
import type { PeerLink, ServerId } from '../../seams/peer-transport.js'
import type { QuorumPacket } from '../../zab/packets/index.js'
import { PacketWatch } from './packet-watch.js'
import type { Ending, WireEnd } from './wire.js'

/** Bytes under way above which `send` answers false. */
const HIGH_WATER_BYTES = 1 << 20

/** Hears of packets on links between servers. */
export type PacketListener = (on: 'sent' | 'arrives', from: ServerId, to: ServerId, packet: QuorumPacket) => void

/** One end of a link between servers in simulated time. */
export class SimulatedPeerLink implements PeerLink {
  readonly packets$: Observable<Uint8Array>
  private subscriber: Subscriber<Uint8Array> | undefined
  private over = false
  private waiters: (() => void)[] = []
  private outgoing: PacketWatch | null = null
  private incoming: PacketWatch | null = null

  constructor(
    private readonly end: WireEnd<Uint8Array>,
    readonly peer: ServerId,
  ) {
    this.packets$ = new Observable(subscriber => {
      if (this.subscriber !== undefined) throw new Error('the packets of a link have one subscriber')
      this.subscriber = subscriber
      end.receive({ item: packet => this.packet(packet), ended: how => this.ended(how) })
    })
  }

  get remote(): string {
    return `server ${this.peer}`
  }

  /** Set by the transport: the other end as an object, which knows when this one may go on. */
  other: SimulatedPeerLink | undefined

  /** Has all packets of this end, which is at `self`, heard of. */
  watch(listener: PacketListener, self: ServerId): void {
    this.outgoing = new PacketWatch(packet => listener('sent', self, this.peer, packet))
    this.incoming = new PacketWatch(packet => listener('arrives', this.peer, self, packet))
  }

  send(packet: Uint8Array): boolean {
    if (this.over) return false
    this.outgoing?.next(packet)
    this.end.send(packet, packet.length)
    return this.end.other.queuedBytes <= HIGH_WATER_BYTES
  }

  drained(): Promise<void> {
    if (this.over || this.end.other.queuedBytes <= HIGH_WATER_BYTES) return Promise.resolve()
    return new Promise(resolve => this.waiters.push(resolve))
  }

  close(): void {
    if (this.over) return
    this.end.close()
    this.finish('closed')
  }

  private packet(packet: Uint8Array): void {
    this.incoming?.next(packet)
    // A subscriber may hold the array, and the sender may have kept a view of it: both own a copy.
    this.subscriber!.next(packet.slice())
    if (this.end.queuedBytes <= HIGH_WATER_BYTES) this.other?.release()
  }

  private ended(how: Ending): void {
    if (!this.over) this.finish(how)
  }

  private finish(how: Ending): void {
    this.over = true
    this.release()
    if (how === 'closed') this.subscriber?.complete()
    else this.subscriber?.error(new Error(`the link to server ${this.peer} broke`))
  }

  private release(): void {
    for (const resolve of this.waiters.splice(0)) resolve()
  }
}
