import { type Observable, Subject } from 'rxjs'
import { MenagerieError } from '../../errors.js'
import type { LinkTarget, PeerLink, Peers, PeerTransport, ServerId } from '../../seams/peer-transport.js'
import type { SimulatedProcess } from '../time/index.js'
import type { SimulatedNetwork } from './network.js'
import { type PacketListener, SimulatedPeerLink } from './peer-link.js'

/** How long connecting to a peer that does not answer takes before it fails, in microseconds. */
const CONNECT_TIMEOUT_US = 1_000_000

/** The transports of one ensemble that are open at present. */
export class SimulatedPeers {
  private readonly open = new Map<ServerId, SimulatedPeerTransport>()
  /** Told of every packet on links, when it is sent and when it is about to arrive. */
  onPacket: PacketListener | null = null

  constructor(readonly network: SimulatedNetwork) {
    network.onReopened((from, to) => this.open.get(from)?.retry(to))
  }

  transport(self: ServerId, process: SimulatedProcess): SimulatedPeerTransport {
    return new SimulatedPeerTransport(this, process, self)
  }

  at(server: ServerId): SimulatedPeerTransport | undefined {
    const transport = this.open.get(server)
    return transport?.process.isDead ? undefined : transport
  }

  attach(transport: SimulatedPeerTransport): void {
    if (this.at(transport.self) !== undefined)
      throw new MenagerieError('LISTEN_FAILED', `server ${transport.self} is open already on this network`)
    this.open.set(transport.self, transport)
    for (const other of this.open.values()) other.retry(transport.self)
  }

  detach(transport: SimulatedPeerTransport): void {
    if (this.open.get(transport.self) === transport) this.open.delete(transport.self)
  }
}

/** What waits for one peer on the election plane, and when the last message to it arrives. */
interface VoteSlot {
  message: Uint8Array | null
  sending: boolean
  lastArrivalUs: number
}

/** The {@link PeerTransport} of one process in simulated time. */
export class SimulatedPeerTransport implements PeerTransport {
  private readonly votes = new Subject<{ readonly from: ServerId; readonly message: Uint8Array }>()
  private readonly links = new Subject<PeerLink>()
  readonly votes$: Observable<{ readonly from: ServerId; readonly message: Uint8Array }> = this.votes.asObservable()
  readonly links$: Observable<PeerLink> = this.links.asObservable()
  private readonly slots = new Map<ServerId, VoteSlot>()
  private readonly standing = new Set<SimulatedPeerLink>()
  /** Servers that are in no configuration here and have voted: whoever is to join asks before it is known. */
  private readonly heardOf = new Set<ServerId>()
  private peers: Peers | undefined
  private state: 'new' | 'open' | 'closed' = 'new'

  constructor(
    private readonly all: SimulatedPeers,
    readonly process: SimulatedProcess,
    readonly self: ServerId,
  ) {}

  async open(self: ServerId, peers: Peers): Promise<void> {
    if (self !== this.self) throw new MenagerieError('SERVER_STATE', `this is the transport of server ${this.self}`)
    if (this.state !== 'new') throw new MenagerieError('SERVER_STATE', `this transport is ${this.state} already`)
    this.all.attach(this)
    this.setPeers(peers)
    this.state = 'open'
  }

  setPeers(peers: Peers): void {
    this.peers = new Map(peers)
  }

  sendVote(peer: ServerId, message: Uint8Array): void {
    if (this.state !== 'open' || !(this.knows(peer) || this.heardOf.has(peer))) return
    let slot = this.slots.get(peer)
    if (slot === undefined) {
      slot = { message: null, sending: false, lastArrivalUs: 0 }
      this.slots.set(peer, slot)
    }
    slot.message = message.slice()
    this.transmit(peer, slot)
  }

  /** The way to `peer` may be free again: what waits for it is tried once more. */
  retry(peer: ServerId): void {
    const slot = this.slots.get(peer)
    if (slot !== undefined) this.transmit(peer, slot)
  }

  private transmit(peer: ServerId, slot: VoteSlot): void {
    if (slot.sending || slot.message === null || this.state !== 'open') return
    slot.sending = true
    const { timeline } = this.all.network
    timeline.after(0, this.process, () => {
      slot.sending = false
      const { message } = slot
      if (message === null || !this.reaches(peer)) return
      slot.message = null
      const arrivesUs = Math.max(slot.lastArrivalUs, timeline.nowUs + this.all.network.latencyUs(this.self, peer))
      slot.lastArrivalUs = arrivesUs
      const receiver = this.all.at(peer)!
      // On the wire: lost if the way is cut, or the process gone, when it would arrive.
      timeline.at(arrivesUs, receiver.process, () => {
        if (receiver.state === 'open' && !this.all.network.isBlocked(this.self, peer)) {
          receiver.heardOf.add(this.self)
          receiver.votes.next({ from: this.self, message })
        }
      })
    })
  }

  connect(peer: ServerId, to: LinkTarget = 'leader'): Promise<PeerLink> {
    if (to !== 'leader') return Promise.reject(new Error('observers go to the leader in this network'))
    const { network } = this.all
    const { timeline } = network
    return new Promise((resolve, reject) => {
      const fail = (why: string): void =>
        reject(new Error(`server ${peer} cannot be reached from server ${this.self}: ${why}`))
      if (this.state !== 'open' || !this.knows(peer)) {
        fail('it is not known here')
        return
      }
      if (network.isBlocked(this.self, peer) || network.isBlocked(peer, this.self)) {
        timeline.after(CONNECT_TIMEOUT_US, this.process, () => fail('it does not answer'))
        return
      }
      const answer = network.latencyUs(this.self, peer) + network.latencyUs(peer, this.self)
      timeline.after(answer, this.process, () => {
        const remote = this.all.at(peer)
        if (this.state !== 'open') fail('this transport is closed')
        else if (remote === undefined) fail('nobody listens there')
        else resolve(this.establish(remote))
      })
    })
  }

  private establish(remote: SimulatedPeerTransport): SimulatedPeerLink {
    const { network } = this.all
    const [near, far] = network.connect<Uint8Array>(
      { node: this.self, process: this.process },
      { node: remote.self, process: remote.process },
    )
    const here = new SimulatedPeerLink(near, remote.self)
    const there = new SimulatedPeerLink(far, this.self)
    const { onPacket } = this.all
    if (onPacket !== null) {
      here.watch(onPacket, this.self)
      there.watch(onPacket, remote.self)
    }
    here.other = there
    there.other = here
    this.standing.add(here)
    network.timeline.after(0, remote.process, () => {
      if (remote.state !== 'open') {
        there.close()
        return
      }
      remote.standing.add(there)
      remote.links.next(there)
    })
    return here
  }

  async close(): Promise<void> {
    if (this.state === 'closed') return
    const wasOpen = this.state === 'open'
    this.state = 'closed'
    this.slots.clear()
    if (wasOpen) this.all.detach(this)
    for (const link of this.standing) link.close()
    this.standing.clear()
    this.votes.complete()
    this.links.complete()
  }

  private reaches(peer: ServerId): boolean {
    return this.all.at(peer) !== undefined && !this.all.network.isBlocked(this.self, peer)
  }

  private knows(peer: ServerId): boolean {
    return this.peers?.has(peer) ?? true
  }
}
