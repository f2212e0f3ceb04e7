import type { Client } from '@menagerie/client'
import { acquirePlace, type Entry, tryPlace } from './acquire.js'
import { type Dialect, namingFor, type Role } from './dialect.js'
import type { Grant } from './grant.js'
import { isHolding } from './holders.js'
import { checkHold, type LockOptions, type WaitOptions } from './options.js'
import { type Participant, participantsOf } from './participants.js'
import { argument, checkedPath } from './paths.js'
import type { Place } from './place.js'
import { utf8 } from './text.js'
import type { Queue } from './turn.js'

/** Anything that one can wait for and hold. */
export interface Lockable<G extends Grant = Grant> {
  /** The folder in which contenders queue. */
  readonly path: string
  /** Waits for it and holds it. @throws the signal's reason, and what the lock says */
  acquire(options?: WaitOptions): Promise<G>
}

/** What distinguishes one kind of lock from another. */
export interface QueueLockKind<G extends Grant> {
  readonly role: Role
  readonly queue: Omit<Queue, 'dialect'>
  grant(place: Place): G
}

/**
 * A lock whose contenders stand in one queue. Several acquisitions may be under way at a time, each with a place of its
 * own: locks are not re-entrant.
 */
export class QueueLock<G extends Grant> implements Lockable<G> {
  /** The folder in which contenders queue. */
  readonly path: string
  /** Whose znodes it contends with. */
  readonly dialect: Dialect
  readonly #client: Client
  readonly #options: LockOptions
  readonly #kind: QueueLockKind<G>

  /** @internal @throws RECIPE_ARGUMENT for a path or dialect that cannot be */
  constructor(client: Client, path: string, options: LockOptions, kind: QueueLockKind<G>) {
    this.#client = client
    this.path = checkedPath(path)
    this.dialect = options.dialect ?? 'curator'
    checkHold(options)
    this.#options = options
    this.#kind = kind
    const { mark } = namingFor(this.dialect, kind.role, '', 0n)
    if (mark === null && options.id !== undefined) {
      throw argument(`in the dialect '${this.dialect}' this znode cannot hold an id: its data is what finds it again`)
    }
  }

  /**
   * Waits for it.
   * @throws the signal's reason when it is aborted: the place in the queue is gone then, or goes with the next connection
   * @throws RECIPE_FOREIGN_NODES another library's or recipe's contenders are at this path
   * @throws RECIPE_LOST somebody deleted the znode that waited
   * @throws SessionExpiredError, ClientClosedError
   */
  async acquire({ signal }: WaitOptions = {}): Promise<G> {
    return this.#kind.grant(await acquirePlace(this.#client, this.#entry(), this.#options, signal))
  }

  /** Takes it if it is free now; undefined if not. */
  async tryAcquire({ signal }: WaitOptions = {}): Promise<G | undefined> {
    const place = await tryPlace(this.#client, this.#entry(), this.#options, signal)
    return place === undefined ? undefined : this.#kind.grant(place)
  }

  /** Runs with it held, and releases it whatever happens. */
  async run<T>(work: (grant: G) => Promise<T> | T, options: WaitOptions = {}): Promise<T> {
    await using grant = await this.acquire(options)
    return await work(grant)
  }

  /** Holders and waiters, in order. */
  participants(): Promise<Participant[]> {
    return participantsOf(this.#client, this.path, this.#entry().queue)
  }

  /**
   * Asks the service about a fencing token: whether its grant is held at a moment after this call. For whoever is handed a
   * token and has a session of his own. What is held now may be lost a moment later: who must be sure compares tokens too.
   */
  isHeld(fencingToken: number): Promise<boolean> {
    const { role, queue } = this.#entry()
    return isHolding(this.#client, this.path, queue, role, fencingToken)
  }

  #entry(): Entry {
    const { role, queue } = this.#kind
    return { folder: this.path, role, queue: { ...queue, dialect: this.dialect }, data: utf8(this.#options.id ?? '') }
  }
}
