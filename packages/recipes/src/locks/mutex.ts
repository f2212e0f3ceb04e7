import { type Client, KeeperCode } from '@menagerie/client'
import { acquirePlace, type Entry, tryPlace } from '../base/acquire.js'
import { contendersOf, type Dialect, namingFor } from '../base/dialect.js'
import { type Grant, PlaceGrant } from '../base/grant.js'
import { clockOf, type RecipeOptions, type WaitOptions } from '../base/options.js'
import { type Participant, participantsOf } from '../base/participants.js'
import { argument, checkedPath } from '../base/paths.js'
import type { Place } from '../base/place.js'
import { isCode, persevere } from '../base/retry.js'
import { text, utf8 } from '../base/text.js'

export interface LockOptions extends RecipeOptions {
  /** Whose locks it contends with. Default `curator`. */
  readonly dialect?: Dialect
  /** What the lock's znodes hold, for people who look: a host name, say. Default: nothing. */
  readonly id?: string
  /**
   * How long a grant is still relied on while there is no connection, in milliseconds. 0 gives up at once, as Curator
   * advises. Default: a third of the session timeout, after which the session may have expired.
   */
  readonly suspendedMs?: number
}

/** A lock that is held. */
export interface LockGrant extends Grant {
  /** Aborted when somebody asks for the lock back, see {@link Mutex.revoke}. It stays held. */
  readonly revocation: AbortSignal
}

/** What Curator's Revoker writes into the holder's znode. */
const REVOKE = '__REVOKE__'

/**
 * A lock that one holds at a time, in the order of asking (Curator InterProcessMutex, kazoo Lock, ZooKeeper WriteLock).
 *
 * **Guarantee**: while the session of the holder lives, nobody else holds it; grants carry rising fencing tokens. No herd:
 * each waiter watches the one before it only. Not re-entrant: whoever acquires twice waits for himself, see
 * `ReentrantMutex`. One object may be used for many acquisitions at a time.
 *
 * **Suspended** while waiting: keeps its place and goes on when there is a connection. **Expired** or closed while waiting:
 * `acquire` rejects with the client's error. For the holder see {@link Grant}.
 */
export class Mutex {
  readonly path: string
  readonly dialect: Dialect
  readonly #client: Client
  readonly #options: LockOptions

  /** @throws RECIPE_ARGUMENT for a path or dialect that cannot be */
  constructor(client: Client, path: string, options: LockOptions = {}) {
    this.#client = client
    this.path = checkedPath(path)
    this.dialect = options.dialect ?? 'curator'
    this.#options = options
    namingFor(this.dialect, 'lock', '', 0n)
    if (this.dialect === 'zookeeper' && options.id !== undefined) {
      throw argument(`in the dialect 'zookeeper' a lock's znode cannot hold an id: its data is what finds it again`)
    }
  }

  /**
   * Waits for the lock.
   * @throws the signal's reason when it is aborted: the place in the queue is gone then, or goes with the next connection
   * @throws RECIPE_FOREIGN_NODES another library's locks are at this path
   */
  async acquire({ signal }: WaitOptions = {}): Promise<LockGrant> {
    return this.#grant(await acquirePlace(this.#client, this.#entry(), this.#options, signal))
  }

  /** The lock if it is free now. */
  async tryAcquire({ signal }: WaitOptions = {}): Promise<LockGrant | undefined> {
    const place = await tryPlace(this.#client, this.#entry(), this.#options, signal)
    return place === undefined ? undefined : this.#grant(place)
  }

  /** Runs with the lock held and releases it, whatever happens. */
  async run<T>(work: (grant: LockGrant) => Promise<T> | T, options: WaitOptions = {}): Promise<T> {
    await using grant = await this.acquire(options)
    return await work(grant)
  }

  /** Holder and waiters, in order. */
  participants(): Promise<Participant[]> {
    return participantsOf(this.#client, this.path, this.#entry().queue)
  }

  /**
   * Asks the holder to release: a wish, which the holder sees in {@link LockGrant.revocation}. Curator's dialect only.
   * @returns whether there was a holder to ask
   */
  async revoke(): Promise<boolean> {
    if (this.dialect !== 'curator') throw argument(`only Curator's locks know revocation, not those of ${this.dialect}`)
    const children = await persevere(this.#client, () => this.#client.getChildren(this.path)).catch(none)
    const [holder] = contendersOf(this.path, children ?? [], 'curator', ['lock'])
    if (holder === undefined) return false
    const asked = persevere(this.#client, () => this.#client.setData(`${this.path}/${holder.name}`, utf8(REVOKE)))
    return (await asked.catch(none)) !== undefined
  }

  #entry(): Entry {
    const { id } = this.#options
    const queue = { dialect: this.dialect, roles: ['lock'] as const }
    return { folder: this.path, role: 'lock', queue, data: utf8(id ?? '') }
  }

  #grant(place: Place): LockGrant {
    const { suspendedMs } = this.#options
    return new RevocableGrant(this.#client, place, { clock: clockOf(this.#options), what: 'lock', suspendedMs })
  }
}

class RevocableGrant extends PlaceGrant implements LockGrant {
  readonly #revocation = new AbortController()

  get revocation(): AbortSignal {
    return this.#revocation.signal
  }

  protected override onData(data: Uint8Array | null): void {
    if (text(data) === REVOKE) this.#revocation.abort(new Error(`somebody asks for the lock ${this.path}`))
  }
}

function none(error: unknown): undefined {
  if (!isCode(error, KeeperCode.NoNode)) throw error
}
