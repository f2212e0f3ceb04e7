/**
 * Servers of one ensemble within one process. The network between them is an object, so that a test can
 * cut it and join it again.
 */
import { type Observable, Subject } from 'rxjs'
import { MenagerieError } from '../errors.js'
import type { Clock } from '../seams/clock.js'
import type { LinkTarget, PeerLink, Peers, PeerTransport, ServerId } from '../seams/peer-transport.js'
import { type LinkEnd, linkPair } from './memory-peer-link.js'

/** What the transports of one ensemble share. */
export class MemoryPeerNetwork {
  private readonly open = new Map<ServerId, MemoryPeerTransport>()
  private readonly cuts = new Set<string>()
  private readonly links = new Set<readonly [LinkEnd, LinkEnd]>()
  private readonly packetMs = new Map<string, number>()

  constructor(readonly clock: Clock) {}

  transport(self: ServerId): MemoryPeerTransport {
    return new MemoryPeerTransport(this, self)
  }

  /** Nothing passes between the two any more, and their links break. */
  cut(a: ServerId, b: ServerId): void {
    this.cuts.add(pairKey(a, b))
    this.breakLinks(ends => ends.some(end => end.self === a) && ends.some(end => end.self === b))
  }

  /** From now on links between the two deliver one packet each so many milliseconds; 0: all at once. */
  slow(a: ServerId, b: ServerId, packetMs: number): void {
    this.packetMs.set(pairKey(a, b), packetMs)
  }

  join(a: ServerId, b: ServerId): void {
    this.cuts.delete(pairKey(a, b))
  }

  /** The transport of `to`, as far as `from` reaches it. */
  reach(from: ServerId, to: ServerId): MemoryPeerTransport | undefined {
    return this.cuts.has(pairKey(from, to)) ? undefined : this.open.get(to)
  }

  attach(transport: MemoryPeerTransport): void {
    if (this.open.has(transport.self))
      throw new MenagerieError('LISTEN_FAILED', `server ${transport.self} is open already on this network`)
    this.open.set(transport.self, transport)
  }

  detach(transport: MemoryPeerTransport): void {
    if (this.open.get(transport.self) === transport) this.open.delete(transport.self)
    this.breakLinks(ends => ends.some(end => end.self === transport.self))
  }

  link(from: ServerId, to: ServerId, target?: LinkTarget): readonly [LinkEnd, LinkEnd] {
    const ends = linkPair({
      clock: this.clock,
      from,
      to,
      packetMs: () => this.packetMs.get(pairKey(from, to)) ?? 0,
      over: () => this.links.delete(ends),
      target,
    })
    this.links.add(ends)
    return ends
  }

  private breakLinks(concerned: (ends: readonly [LinkEnd, LinkEnd]) => boolean): void {
    for (const ends of [...this.links]) if (concerned(ends)) ends[0].break(`the network between servers broke`)
  }
}

/** One server's end of a {@link MemoryPeerNetwork}. */
export class MemoryPeerTransport implements PeerTransport {
  private readonly votes = new Subject<{ readonly from: ServerId; readonly message: Uint8Array }>()
  private readonly links = new Subject<PeerLink>()
  readonly votes$: Observable<{ readonly from: ServerId; readonly message: Uint8Array }> = this.votes.asObservable()
  readonly links$: Observable<PeerLink> = this.links.asObservable()
  /** The one message to each peer that waits to be sent. */
  private readonly slots = new Map<ServerId, Uint8Array>()
  /** Servers that have sent a vote: one that joins is answered before it is in the configuration. */
  private readonly heardOf = new Set<ServerId>()
  private peers: Peers | undefined
  private state: 'new' | 'open' | 'closed' = 'new'

  constructor(
    private readonly network: MemoryPeerNetwork,
    readonly self: ServerId,
  ) {}

  async open(self: ServerId, peers: Peers): Promise<void> {
    if (self !== this.self) throw new MenagerieError('SERVER_STATE', `this is the transport of server ${this.self}`)
    if (this.state !== 'new') throw new MenagerieError('SERVER_STATE', `this transport is ${this.state} already`)
    this.network.attach(this)
    this.setPeers(peers)
    this.state = 'open'
  }

  sendVote(peer: ServerId, message: Uint8Array): void {
    if (this.state !== 'open' || !(this.knows(peer) || this.heardOf.has(peer))) return
    const waiting = this.slots.has(peer)
    this.slots.set(peer, message.slice())
    if (!waiting) this.network.clock.defer(() => this.flush(peer))
  }

  async connect(peer: ServerId, target?: LinkTarget): Promise<PeerLink> {
    const remote = this.state === 'open' && this.knows(peer) ? this.network.reach(this.self, peer) : undefined
    if (remote === undefined) throw new Error(`server ${peer} cannot be reached from server ${this.self}`)
    const [here, there] = this.network.link(this.self, peer, target)
    remote.welcome(there)
    return here
  }

  setPeers(peers: Peers): void {
    this.peers = new Map(peers)
  }

  async close(): Promise<void> {
    if (this.state === 'closed') return
    const wasOpen = this.state === 'open'
    this.state = 'closed'
    this.slots.clear()
    if (wasOpen) this.network.detach(this)
    this.votes.complete()
    this.links.complete()
  }

  /** A link that a learner has opened. The learner's id is known to a transport in memory. */
  private welcome(link: PeerLink): void {
    this.network.clock.defer(() => {
      if (this.state === 'open') this.links.next(link)
      else link.close('the transport is closed')
    })
  }

  private flush(peer: ServerId): void {
    const message = this.slots.get(peer)
    this.slots.delete(peer)
    const remote = this.network.reach(this.self, peer)
    if (message === undefined || remote?.state !== 'open') return
    remote.heardOf.add(this.self)
    remote.votes.next({ from: this.self, message })
  }

  private knows(peer: ServerId): boolean {
    return this.peers?.has(peer) ?? true
  }
}

function pairKey(a: ServerId, b: ServerId): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`
}
