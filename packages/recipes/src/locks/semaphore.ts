import { type Client, CreateMode, KeeperCode, SessionExpiredError } from '@menagerie/client'
import { orAborted } from '../base/abort.js'
import { acquirePlace } from '../base/acquire.js'
import { type Dialect, namingFor } from '../base/dialect.js'
import { RecipeError } from '../base/errors.js'
import { type Grant, PlaceGrant } from '../base/grant.js'
import { checkHold, clockOf, type LockOptions, uuidOf, type WaitOptions } from '../base/options.js'
import { ensurePath } from '../base/parents.js'
import { argument, checkedPath } from '../base/paths.js'
import { abandonPlace, type Place, parentModeOf, takePlace } from '../base/place.js'
import { isCode, persevere } from '../base/retry.js'
import { text, utf8 } from '../base/text.js'
import { watchUntil } from '../base/watching.js'

/** For a semaphore. */
export interface SemaphoreOptions extends Omit<LockOptions, 'dialect'> {
  /** How many hold it at a time. All contenders have to say the same. */
  readonly leases: number
  /** Whose layout. Default `curator`. */
  readonly dialect?: 'curator' | 'kazoo'
}

/** The names of kazoo's leases. */
const HEX32 = /^[0-9a-f]{32}$/

/**
 * What up to so many hold at a time (Curator InterProcessSemaphoreV2, kazoo Semaphore).
 *
 * **Guarantee**: never more leases than agreed on, as long as all agree on the number; in the order of asking. Fencing
 * tokens rise from lease to lease. Only the first in the queue watches the leases: a lease that comes back wakes one.
 *
 * **Suspended, reconnected, expired**: as with `Mutex` and {@link Grant}; the lease of an expired session is free again.
 */
export class Semaphore {
  /** The folder of its leases and of those who wait. */
  readonly path: string
  /** How many hold it at a time. */
  readonly leases: number
  readonly #client: Client
  readonly #options: SemaphoreOptions
  readonly #dialect: Dialect
  #checked: Promise<void> | undefined

  /** @throws RECIPE_ARGUMENT for a path, number or dialect that cannot be */
  constructor(client: Client, path: string, options: SemaphoreOptions) {
    this.#client = client
    this.path = checkedPath(path)
    this.leases = options.leases
    this.#options = options
    this.#dialect = options.dialect ?? 'curator'
    checkHold(options)
    if (!Number.isInteger(options.leases) || options.leases < 1) {
      throw argument(`a semaphore needs one lease at least, found ${options.leases}`)
    }
    if (this.#dialect !== 'curator' && this.#dialect !== 'kazoo') {
      throw argument(`dialect '${this.#dialect}' has no semaphore; 'curator' and 'kazoo' have`)
    }
  }

  /**
   * Waits for a lease.
   * @throws the signal's reason when it is aborted; nothing is left behind then
   * @throws RECIPE_FOREIGN_NODES the other library's semaphore is at this path
   * @throws RECIPE_ARGUMENT kazoo's semaphore here allows another number of leases
   */
  async acquire({ signal }: WaitOptions = {}): Promise<Grant> {
    signal?.throwIfAborted()
    this.#checked ??= this.#check()
    this.#checked.catch(() => {
      this.#checked = undefined
    })
    await orAborted(this.#checked, signal)
    const guard = await this.#enterGuard(signal)
    try {
      return await (this.#dialect === 'curator' ? this.#leaseLikeCurator(signal) : this.#leaseLikeKazoo(guard, signal))
    } finally {
      await abandonPlace(this.#client, clockOf(this.#options), guard)
    }
  }

  /** Runs with a lease and gives it back, whatever happens. */
  async run<T>(work: (lease: Grant) => Promise<T> | T, options: WaitOptions = {}): Promise<T> {
    await using lease = await this.acquire(options)
    return await work(lease)
  }

  get #leaseFolder(): string {
    return this.#dialect === 'curator' ? `${this.path}/leases` : this.path
  }

  /** The queue of those who wait. Whoever is first may take the next lease. */
  #enterGuard(signal: AbortSignal | undefined): Promise<Place> {
    const folder = this.#dialect === 'curator' ? `${this.path}/locks` : `${this.path}-__lock__`
    const queue = { dialect: this.#dialect, roles: ['lock'] as const }
    const entry = { folder, role: 'lock' as const, queue, data: utf8(this.#options.id ?? '') }
    return acquirePlace(this.#client, entry, this.#options, signal)
  }

  /** Curator makes the lease first and waits until there are few enough. */
  async #leaseLikeCurator(signal: AbortSignal | undefined): Promise<Grant> {
    const naming = namingFor('curator', 'lease', uuidOf(this.#options), this.#client.session.id)
    const clock = clockOf(this.#options)
    const lease = await this.#take(naming, CreateMode.EPHEMERAL_SEQUENTIAL, signal)
    let provenAt = lease.provenAt
    try {
      await watchUntil(
        this.#client,
        async watch => {
          provenAt = clock.monotonic()
          const children = await this.#client.getChildren(this.#leaseFolder, { watch, signal })
          if (!children.includes(lease.name)) {
            throw new RecipeError('RECIPE_LOST', `${lease.path} was deleted while it waited to become valid`)
          }
          return children.length <= this.leases ? true : undefined
        },
        signal,
        lease,
      )
      return this.#grant({ ...lease, provenAt })
    } catch (error) {
      await abandonPlace(this.#client, clock, lease)
      throw error
    }
  }

  /**
   * kazoo waits until there is room and makes the lease then; the guard keeps others from doing so. It goes with its session:
   * what was seen behind it counts for nothing in the client's next one.
   */
  async #leaseLikeKazoo(guard: Place, signal: AbortSignal | undefined): Promise<Grant> {
    const client = this.#client
    await watchUntil(
      client,
      async watch => ((await client.getChildren(this.path, { watch, signal })).length < this.leases ? true : undefined),
      signal,
      guard,
    )
    const name = uuidOf(this.#options).replaceAll('-', '')
    const lease = await this.#take({ prefix: name, mark: name }, CreateMode.EPHEMERAL, signal)
    if (lease.sessionId === guard.sessionId) return this.#grant(lease)
    await abandonPlace(client, clockOf(this.#options), lease)
    throw new SessionExpiredError('create', lease.path, 'the session has expired in which there was room for it')
  }

  #take(naming: { prefix: string; mark: string | null }, mode: number, signal: AbortSignal | undefined) {
    const data = utf8(this.#options.id ?? '')
    const parentMode = parentModeOf(this.#dialect)
    const clock = clockOf(this.#options)
    return takePlace(this.#client, { clock, folder: this.#leaseFolder, naming, data, mode, parentMode }, signal)
  }

  #grant(lease: Place): Grant {
    const { suspendedMs } = this.#options
    return new PlaceGrant(this.#client, lease, { clock: clockOf(this.#options), what: 'lease', suspendedMs })
  }

  /** Once for each object: whether the other library is here, and for kazoo whether the number is the same. */
  async #check(): Promise<void> {
    const client = this.#client
    if (this.#dialect === 'kazoo') await ensurePath(client, this.path, CreateMode.PERSISTENT)
    const children = await persevere(client, () => client.getChildren(this.path)).catch(error => {
      if (isCode(error, KeeperCode.NoNode)) return []
      throw error
    })
    const isForeign = (name: string) =>
      this.#dialect === 'curator' ? HEX32.test(name) : name === 'locks' || name === 'leases'
    const foreign = children.find(isForeign)
    if (foreign !== undefined) {
      const [theirs, ours] = this.#dialect === 'curator' ? ['kazoo', 'Curator'] : ['Curator', 'kazoo']
      throw new RecipeError(
        'RECIPE_FOREIGN_NODES',
        `${this.path} holds ${foreign}, a znode of a semaphore of ${theirs}, which knows nothing of one of ${ours}: ` +
          `use dialect '${theirs.toLowerCase()}', or give each library a path of its own`,
      )
    }
    if (this.#dialect === 'kazoo') await this.#agree()
  }

  /** kazoo keeps the number of leases in the znode, as text; data that is no number is not minded. */
  async #agree(): Promise<void> {
    const client = this.#client
    const { data, stat } = await persevere(client, () => client.getData(this.path))
    const found = text(data)
    if (/^-?\d+$/.test(found)) {
      if (Number(found) === this.leases) return
      throw argument(`the semaphore ${this.path} has ${found} leases, and ${this.leases} were asked for`)
    }
    if (found !== '') return
    try {
      await persevere(client, () => client.setData(this.path, utf8(`${this.leases}`), stat.version))
    } catch (error) {
      if (!isCode(error, KeeperCode.BadVersion)) throw error
      await this.#agree() // somebody was faster
    }
  }
}
