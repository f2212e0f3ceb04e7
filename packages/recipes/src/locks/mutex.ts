import { type Client, KeeperCode } from '@menagerie/client'
import { contendersOf } from '../base/dialect.js'
import { type Grant, PlaceGrant } from '../base/grant.js'
import { clockOf, type LockOptions } from '../base/options.js'
import { argument } from '../base/paths.js'
import { QueueLock } from '../base/queue-lock.js'
import { isCode, persevere } from '../base/retry.js'
import { text, utf8 } from '../base/text.js'

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
 * **Guarantee**: while the session of the holder lives, nobody else holds it; grants carry rising fencing tokens. No
 * herd: each waiter watches the one before it only. Not re-entrant: whoever acquires twice waits for himself, see
 * `ReentrantMutex`.
 *
 * **Suspended** while waiting: keeps its place and goes on when there is a connection. **Expired** or closed while
 * waiting: `acquire` rejects with the client's error. For the holder see {@link Grant}.
 */
export class Mutex extends QueueLock<LockGrant> {
  readonly #client: Client

  /** @throws RECIPE_ARGUMENT for a path or dialect that cannot be */
  constructor(client: Client, path: string, options: LockOptions = {}) {
    const { suspendedMs } = options
    const held = { clock: clockOf(options), what: 'lock', suspendedMs }
    super(client, path, options, {
      role: 'lock',
      queue: { roles: ['lock'] },
      grant: place => new RevocableGrant(client, place, held),
    })
    this.#client = client
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
