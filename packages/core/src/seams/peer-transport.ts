import type { Observable } from 'rxjs'
import type { InjectionToken } from 'tsyringe'

/** The id of a server in its ensemble (myid). */
export type ServerId = number

/**
 * How servers of one ensemble reach each other, on two planes.
 *
 * Election plane: datagrams, one slot for each peer. The newest message replaces an unsent older one;
 * any may be lost; none is damaged or delivered to the wrong peer.
 *
 * Broadcast plane: links between a learner and a leader. A link delivers every packet in order,
 * without gaps or repetition, until it breaks as a whole; after that nothing more is delivered and both
 * ends learn of it. Packets are opaque byte strings here.
 */
export interface PeerTransport {
  /** Starts to receive. @throws LISTEN_FAILED */
  open(): Promise<void>
  /** Replaces whatever still waits to be sent to `peer` by this message. */
  sendVote(peer: ServerId, message: Uint8Array): void
  readonly votes$: Observable<{ readonly from: ServerId; readonly message: Uint8Array }>
  /** Links that learners open to this server. */
  readonly links$: Observable<PeerLink>
  /** Opens a link to `peer`; rejects when it cannot be reached. */
  connect(peer: ServerId): Promise<PeerLink>
  /** Where each peer is reached from now on (reconfiguration). Links that stand are not touched. */
  setPeers(peers: ReadonlyMap<ServerId, string>): void
  close(): Promise<void>
}

export interface PeerLink {
  /** The peer's id where the transport knows it before the first packet. */
  readonly peer: ServerId | undefined
  /** Queues a packet. False: the link is past its high-water mark and the sender should slow down. */
  send(packet: Uint8Array): boolean
  /** Packets in order; completes when the peer closes, fails when the link breaks. One subscriber. */
  readonly packets$: Observable<Uint8Array>
  close(reason?: string): void
}

export const PEER_TRANSPORT: InjectionToken<PeerTransport> = Symbol.for('menagerie.PeerTransport')
