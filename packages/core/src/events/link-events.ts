import { Observable, Subject } from 'rxjs'
import type { LinkTarget, PeerLink, PeerTransport, ServerId } from '../seams/peer-transport.js'

/** A link between a learner and whom it learns from has been opened, or is over. */
export interface LinkEvent {
  readonly kind: 'opened' | 'closed'
  /** Counts the links of this server, from 1 on: the same in both events of one link. */
  readonly link: number
  /** Undefined where the transport does not know who it is before the first packet, as over TCP. */
  readonly peer: ServerId | undefined
  /** The other end for people: an address, a subject. */
  readonly remote: string
  /** Who asked for it: this server, as a learner, or a peer. */
  readonly openedBy: 'self' | 'peer'
  /** What whoever opened it wants of the other end. */
  readonly target: LinkTarget
  /** Why it is over: what this server gave as its reason, or the transport; undefined where the peer simply closed. */
  readonly reason?: string
}

/**
 * The same transport, which announces its links. Each `opened` has one `closed`, also of a link that nobody reads from
 * as soon as this server closes it.
 *
 * The links are other objects than the transport's own, with the same promises.
 */
export class ObservedTransport implements PeerTransport {
  readonly votes$: PeerTransport['votes$']
  readonly links$: Observable<PeerLink>
  /** Left out where the transport has none. */
  readonly takeObservers?: (wanted: boolean) => void
  private readonly events = new Subject<LinkEvent>()
  private count = 0

  constructor(private readonly transport: PeerTransport) {
    this.votes$ = transport.votes$
    // One subscriber, the server's member: with two of them each link would be announced twice.
    this.links$ = new Observable(subscriber =>
      transport.links$.subscribe({
        next: link => subscriber.next(this.observe(link, 'peer', link.target ?? 'leader')),
        error: error => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    )
    if (transport.takeObservers) this.takeObservers = wanted => transport.takeObservers?.(wanted)
  }

  /** Links as they open and end; completes with {@link close}. */
  get linkEvents$(): Observable<LinkEvent> {
    return this.events.asObservable()
  }

  open(self: ServerId, peers: Parameters<PeerTransport['open']>[1]): Promise<void> {
    return this.transport.open(self, peers)
  }

  sendVote(peer: ServerId, message: Uint8Array): void {
    this.transport.sendVote(peer, message)
  }

  async connect(peer: ServerId, to: LinkTarget = 'leader'): Promise<PeerLink> {
    return this.observe(await this.transport.connect(peer, to), 'self', to, peer)
  }

  setPeers(peers: Parameters<PeerTransport['setPeers']>[0]): void {
    this.transport.setPeers(peers)
  }

  async close(): Promise<void> {
    await this.transport.close()
    this.events.complete()
  }

  private observe(link: PeerLink, openedBy: LinkEvent['openedBy'], target: LinkTarget, peer = link.peer): PeerLink {
    const facts = { link: ++this.count, peer, remote: link.remote, openedBy, target }
    this.events.next({ kind: 'opened', ...facts })
    return new ObservedLink(link, reason => this.events.next({ kind: 'closed', ...facts, reason }))
  }
}

class ObservedLink implements PeerLink {
  readonly peer: ServerId | undefined
  readonly remote: string
  readonly target?: LinkTarget
  readonly comesFrom?: (peer: ServerId) => Promise<boolean>
  readonly packets$: Observable<Uint8Array>
  private isOver = false

  constructor(
    private readonly link: PeerLink,
    private readonly onEnd: (reason: string | undefined) => void,
  ) {
    this.peer = link.peer
    this.remote = link.remote
    this.target = link.target
    if (link.comesFrom) this.comesFrom = peer => link.comesFrom!(peer)
    this.packets$ = new Observable(subscriber =>
      link.packets$.subscribe({
        next: packet => subscriber.next(packet),
        // Announced when the member has dealt with it, as everything is.
        error: error => {
          subscriber.error(error)
          this.end(error instanceof Error ? error.message : String(error))
        },
        complete: () => {
          subscriber.complete()
          this.end(undefined)
        },
      }),
    )
  }

  send(packet: Uint8Array): boolean {
    return this.link.send(packet)
  }

  flush(): void {
    this.link.flush?.()
  }

  expectAnswer(): void {
    this.link.expectAnswer?.()
  }

  drained(): Promise<void> {
    return this.link.drained()
  }

  close(reason?: string): void {
    this.link.close(reason)
    this.end(reason)
  }

  private end(reason: string | undefined): void {
    if (this.isOver) return
    this.isOver = true
    this.onEnd(reason)
  }
}
