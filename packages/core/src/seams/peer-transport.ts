import type { Observable } from 'rxjs'
import type { InjectionToken } from 'tsyringe'

/** The id of a server in its ensemble (myid). */
export type ServerId = number

/** Where one server is reached by its peers. Transports that find peers by id alone ignore it. */
export interface PeerAddress {
  /** A name, which may come to other addresses later, or an address. */
  readonly host: string
  /** Where a leader takes its learners (Zab). */
  readonly quorumPort: number
  /** Where it takes votes. */
  readonly electionPort: number
}

/** Every server of the ensemble by its id, this one included, each with its addresses in order of preference. */
export type Peers = ReadonlyMap<ServerId, readonly PeerAddress[]>

/**
 * How servers of one ensemble reach each other, on two planes.
 *
 * Election plane: datagrams, one slot for each peer. The newest message replaces an unsent older one;
 * any may be lost; none is damaged or delivered to the wrong peer. A transport that connects first goes on
 * trying for as long as a message waits.
 *
 * Broadcast plane: links between a learner and a leader. A link delivers every packet in order,
 * without gaps or repetition, until it breaks as a whole; after that nothing more is delivered and both
 * ends learn of it.
 *
 * A packet is one QuorumPacket in jute. After a packet of type SNAP the same direction carries a snapshot in
 * chunks, cut wherever the sender likes; the receiver may get the same bytes cut elsewhere, but never a chunk
 * that runs on into the packet which follows the snapshot (see `SnapshotStreamScanner`).
 */
export interface PeerTransport {
  /** Starts to receive as server `self`. @throws LISTEN_FAILED */
  open(self: ServerId, peers: Peers): Promise<void>
  /** Replaces whatever still waits to be sent to `peer` by this message. The array is the caller's again. */
  sendVote(peer: ServerId, message: Uint8Array): void
  /** Messages of the election plane, as they come. */
  readonly votes$: Observable<{ readonly from: ServerId; readonly message: Uint8Array }>
  /** Links that learners open to this server, whether or not it leads: the kernel closes what it cannot use. */
  readonly links$: Observable<PeerLink>
  /**
   * Opens a link to `peer`; rejects when it cannot be reached. `to` says what it is to be there: the leader, or a
   * follower that takes observers (observerMasterPort). A transport without such a place rejects the latter.
   */
  connect(peer: ServerId, to?: LinkTarget): Promise<PeerLink>
  /** Whether links of observers are wanted at the place for them. Left out by a transport that has none of its own. */
  takeObservers?(wanted: boolean): void
  /** Where each peer is reached from now on (reconfiguration). Links that stand are not touched. */
  setPeers(peers: Peers): void
  /** Ends every link and receives nothing more; once resolved, the addresses are free. Twice is fine. */
  close(): Promise<void>
}

/** What whoever opens a link wants of the other end. */
export type LinkTarget = 'leader' | 'observer-master'

/** One end of a link of the broadcast plane; see {@link PeerTransport} for what it promises. */
export interface PeerLink {
  /** The peer's id where the transport knows it before the first packet. */
  readonly peer: ServerId | undefined
  /** The other end for people: an address, a subject. */
  readonly remote: string
  /** Of a link that a peer has opened: what it wants; left out for the leader. */
  readonly target?: LinkTarget | undefined
  /**
   * Whether the other end is where this server is reached by its peers' addresses, which says more than its own word.
   * Left out by a transport that cannot tell. Never rejects.
   */
  comesFrom?(peer: ServerId): Promise<boolean>
  /**
   * Queues a packet or chunk; the link owns the array from now on. False: the link is past its high-water mark
   * and whoever can wait should do so until {@link drained}. After its end nothing is sent and nothing thrown.
   */
  send(packet: Uint8Array): boolean
  /**
   * What was sent leaves now: somebody waits for it, and nothing will be added. Without this a link may gather what is sent
   * in one turn. Left out by a transport that does not gather.
   */
  flush?(): void
  /**
   * A hint: this server waits for nothing but the answer to what was sent last. A transport may look for it for some
   * microseconds rather than sleep and have to be woken. Left out by a transport that does not.
   */
  expectAnswer?(): void
  /** Resolves once the link takes more without passing its high-water mark, or has ended. */
  drained(): Promise<void>
  /** Packets in order; completes when the peer closes, fails when the link breaks. One subscriber. */
  readonly packets$: Observable<Uint8Array>
  /** Sends what is queued, then closes; twice is fine. */
  close(reason?: string): void
}

/** Where a server of an ensemble looks for its way to the others. */
export const PEER_TRANSPORT: InjectionToken<PeerTransport> = Symbol.for('menagerie.PeerTransport')
