import { BehaviorSubject, concat, defer, from, merge, type Observable, Subject } from 'rxjs'
import type { EnsembleServer } from '../config/ensemble.js'
import { MenagerieError } from '../errors.js'
import type { ServerId } from '../seams/peer-transport.js'
import type { SessionEvent } from '../sessions/session-tracker.js'
import type { ApplyResult } from '../tree/data-tree.js'
import type { Txn, TxnHeader } from '../tree/txn.js'
import type { PeerRole } from '../zab/peer/quorum-peer-options.js'
import type { Zxid } from '../zxid.js'
import type { LinkEvent } from './link-events.js'

/** What a server does at present; `server.role$` announces changes. */
export type Role = 'starting' | 'standalone' | PeerRole | 'stopped'

/** The servers of an ensemble, as one version of its configuration names them. A value: a change makes a new one. */
export interface EnsembleMembers {
  /** The zxid of the reconfiguration that it comes from; 0 for the list that the servers were started with. */
  readonly version: Zxid
  readonly servers: ReadonlyMap<ServerId, EnsembleServer>
  readonly voters: ReadonlySet<ServerId>
  readonly observers: ReadonlySet<ServerId>
}

/** A transaction that has been applied, as `Server.commits$` announces it. */
export interface CommittedTransaction {
  /** Who asked for it, its zxid and time. */
  readonly header: TxnHeader
  /** What it does, in values that came out of preparing it; an error transaction for a request that was refused. */
  readonly txn: Txn
  /** What it did to the tree. */
  readonly result: ApplyResult
}

/** An event of a watch, as it was queued for the client that had set it. */
export interface WatchEvent {
  /** The session of the client. */
  readonly session: bigint
  /** An `EventType` of `@menagerie/core/jute`. */
  readonly type: number
  readonly path: string
  /** The transaction that it comes from; -1 where a client set its watch again, and something had changed meanwhile. */
  readonly zxid: Zxid
}

/** Where the kernel announces things; each ends when it stops. */
export interface KernelStreams {
  readonly transactions: { readonly commits: Subject<CommittedTransaction> }
  readonly watchEvents: Subject<WatchEvent>
  readonly sessions: { readonly events$: Observable<SessionEvent> }
  readonly local: { readonly events$: Observable<SessionEvent> }
}

/**
 * What a server announces, each stream as an Observable that completes when the server has stopped.
 *
 * Announcements are made in the turn in which something has happened, so a subscriber that takes long holds the server
 * up. One that throws disturbs neither the server nor the other subscribers; RxJS reports its error as uncaught.
 */
export class ServerEvents {
  private readonly roles = new BehaviorSubject<Role>('starting')
  private readonly members = new BehaviorSubject<EnsembleMembers>(NOBODY)
  private readonly links = new Subject<LinkEvent>()
  /** Links that are open, by their number. */
  private readonly open = new Map<number, LinkEvent>()
  private kernel: KernelStreams | undefined

  /** The role, now and whenever it changes; the last one is `stopped`. */
  readonly role$: Observable<Role> = this.roles.asObservable()
  /**
   * Who belongs to the ensemble, now and whenever this server goes by another configuration. A server that belongs to no
   * ensemble has a list without servers.
   */
  readonly membership$: Observable<EnsembleMembers> = this.members.asObservable()
  readonly transport = {
    /** Links with other servers: those that are open, then each as it opens and ends; nothing at a server that is alone. */
    links$: defer(() => concat(from([...this.open.values()]), this.links)),
  }

  get role(): Role {
    return this.roles.value
  }

  /** Every transaction as it is applied, in zxid order, from now on. */
  get commits$(): Observable<CommittedTransaction> {
    return this.streams.transactions.commits.asObservable()
  }

  /** Sessions as they are created, attached, expired and closed, those that only this server knows among them. */
  get sessionEvents$(): Observable<SessionEvent> {
    const { sessions, local } = this.streams
    return merge(sessions.events$, local.events$)
  }

  /** Events of watches, as they are queued for clients of this server. */
  get watchEvents$(): Observable<WatchEvent> {
    return this.streams.watchEvents.asObservable()
  }

  /** The kernel is there, and ends its streams by itself. */
  attach(kernel: KernelStreams): void {
    this.kernel = kernel
  }

  /** The role is another one. */
  announceRole(role: Role): void {
    this.roles.next(role)
  }

  /** The server is a member of an ensemble: what it announces is announced here. */
  follow(links$: Observable<LinkEvent>, membership$: Observable<EnsembleMembers>): void {
    links$.subscribe(event => {
      if (event.kind === 'opened') this.open.set(event.link, event)
      else this.open.delete(event.link)
      this.links.next(event)
    })
    membership$.subscribe(members => this.members.next(members))
  }

  /** The server has stopped. */
  complete(): void {
    this.roles.next('stopped')
    this.roles.complete()
    this.members.complete()
    this.links.complete()
  }

  private get streams(): KernelStreams {
    if (this.kernel === undefined) throw new MenagerieError('SERVER_STATE', 'the server is not running')
    return this.kernel
  }
}

const NOBODY: EnsembleMembers = { version: 0, servers: new Map(), voters: new Set(), observers: new Set() }
