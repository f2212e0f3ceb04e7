import { type Client, CreateMode, KeeperCode } from '@menagerie/client'
import { orAborted } from '../base/abort.js'
import { RecipeError } from '../base/errors.js'
import { PlaceGrant } from '../base/grant.js'
import { checkHold, type HoldOptions, uuidOf, type WaitOptions } from '../base/options.js'
import { outcomeUnknown } from '../base/outcome.js'
import { assertOwnSession } from '../base/own-session.js'
import { ensurePath, withParent } from '../base/parents.js'
import { argument, checkedPath, nameOf } from '../base/paths.js'
import { abandonPlace, briefly, leavePlace, type Place } from '../base/place.js'
import { isCode, isLoss, persevere } from '../base/retry.js'
import { text, utf8 } from '../base/text.js'
import { EntryQueue, type QueueOptions } from './entry-queue.js'
import { CURATOR_QUEUE, type EntryName, KAZOO_LOCKING_QUEUE, KAZOO_PRIORITY } from './layout.js'

/** For queues with acknowledgement. */
export interface WorkQueueOptions<T> extends QueueOptions<T>, HoldOptions {
  /** Whose layout: Curator's queue with a lock path, or kazoo's LockingQueue. Default `curator`. */
  readonly dialect?: 'curator' | 'kazoo'
  /** Curator only: where entries being worked on are marked. Default: the queue's path with `-locks`. */
  readonly lockPath?: string
}

/** Work that is this consumer's until it acknowledges it, gives it back, or its session ends. */
export interface Delivery<T> extends AsyncDisposable {
  /** What is to be worked on: the first of {@link items}. */
  readonly item: T
  /** Of the entry in the queue. */
  readonly name: string
  /** More than one where a Curator producer bundled several. */
  readonly items: readonly T[]
  /** Greater with every delivery of this or any other item; see `Grant.fencingToken`. */
  readonly fencingToken: number
  /** Aborted when the work may have gone to another consumer. */
  readonly signal: AbortSignal
  /**
   * Removes the item for good, together with the mark.
   * @throws RECIPE_LOST it is not this consumer's any more: another one may have it
   * @throws RECIPE_OUTCOME_UNKNOWN the reply was lost, and the session has expired since
   * @throws RECIPE_NOT_HELD it was acknowledged or given back before
   */
  acknowledge(): Promise<void>
  /** Puts it back where it was, for anybody. @throws RECIPE_NOT_HELD as {@link acknowledge} */
  giveBack(): Promise<void>
  /** Gives it back, unless it was acknowledged. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * A queue whose items are handled at least once (Curator DistributedQueue with a lock path, kazoo LockingQueue).
 *
 * **Guarantee**: an item is in one consumer's hands at a time, marked by an ephemeral znode, and stays in the queue until
 * that consumer acknowledges it. When the consumer dies, the item is handed out again, so a consumer may see an item that
 * another has begun with; `fencingToken` tells them apart. Once acknowledged, nobody sees it again.
 *
 * **Suspended**: deliveries stay for a quarter of the session timeout (option `suspendedMs`), then their signals are
 * aborted. **Expired**: all are lost, `acknowledge` rejects, others get the items; where the client renews its sessions,
 * who waits for work goes on waiting.
 */
export class WorkQueue<T = Uint8Array> extends EntryQueue<T> {
  readonly #locks: string
  readonly #options: WorkQueueOptions<T>
  readonly #kazoo: boolean

  /** @throws RECIPE_ARGUMENT for a path or dialect that cannot be */
  constructor(client: Client, path: string, options: WorkQueueOptions<T> = {}) {
    const { dialect = 'curator', lockPath } = options
    if (dialect !== 'curator' && dialect !== 'kazoo') throw argument(`dialect '${dialect}' has no queue with marks`)
    super(client, path, dialect === 'kazoo' ? KAZOO_LOCKING_QUEUE : CURATOR_QUEUE, options)
    checkHold(options)
    this.#kazoo = dialect === 'kazoo'
    this.#locks = this.#kazoo ? `${this.path}/taken` : checkedPath(lockPath ?? `${this.path}-locks`)
    this.#options = options
  }

  /** @returns the name of the entry @throws RECIPE_OUTCOME_UNKNOWN unless lost puts are repeated */
  put(item: T): Promise<string> {
    return this.putEntry(item, this.#kazoo ? KAZOO_PRIORITY : 0)
  }

  /** Waits for work. @throws the signal's reason; nothing is marked then */
  async receive({ signal }: WaitOptions = {}): Promise<Delivery<T>> {
    signal?.throwIfAborted()
    return await this.claimFirst(entry => this.#mark(entry, signal), signal)
  }

  /** Work that is there now; undefined if there is none. */
  tryReceive(): Promise<Delivery<T> | undefined> {
    return this.claimNow(entry => this.#mark(entry))
  }

  /**
   * Work, one after the other. What the body of the loop does not acknowledge goes back when it ends.
   * @param options with `signal`: ends the loop
   */
  async *deliveries({ signal }: WaitOptions = {}): AsyncGenerator<Delivery<T>, void, undefined> {
    for (;;) {
      const received = await this.receive({ signal }).catch(error => {
        if (signal?.aborted) return undefined
        throw error
      })
      if (received === undefined) return
      await using delivery = received
      yield delivery
    }
  }

  get #parentMode(): number {
    return this.#kazoo ? CreateMode.PERSISTENT : CreateMode.CONTAINER
  }

  /** Entries in anybody's hands. A mark that goes without its entry means that work has come back. */
  protected override async taken(watch?: () => void, signal?: AbortSignal): Promise<ReadonlySet<string>> {
    const list = () => this.client.getChildren(this.#locks, { watch: watch ?? false, signal })
    return new Set(await orAborted(withParent(this.client, this.#locks, this.#parentMode, list), signal))
  }

  /** Marks an entry as this consumer's and reads it; undefined if another one has it or it is gone. */
  async #mark({ name }: EntryName, signal?: AbortSignal): Promise<Delivery<T> | undefined> {
    const marking = this.#createMark(name)
    const place = await orAborted(marking, signal).catch(async error => {
      if (signal?.aborted) await briefly(this.client, this.clock, this.#unmark(marking))
      throw error
    })
    if (place === undefined) return undefined
    const { client, folder } = this
    const path = `${folder}/${name}`
    try {
      const { data } = await persevere(client, () => client.getData(path, { signal }), signal)
      const items = this.decode(name, data)
      const { suspendedMs } = this.#options
      const grant = new PlaceGrant(client, place, { clock: this.clock, what: 'mark', suspendedMs })
      // Who stood still before the entry was read may have an answer from before another one acknowledged it.
      if (!grant.held) {
        await briefly(
          client,
          this.clock,
          grant.release().catch(() => {}),
        )
        return undefined
      }
      return new MarkedDelivery(client, path, items, grant)
    } catch (error) {
      await abandonPlace(client, this.clock, place)
      if (isCode(error, KeeperCode.NoNode)) return undefined // acknowledged before it was marked
      throw error
    }
  }

  async #unmark(marking: Promise<Place | undefined>): Promise<void> {
    const place = await marking.catch(() => undefined)
    if (place !== undefined) await leavePlace(this.client, place).catch(() => {})
  }

  async #createMark(name: string): Promise<Place | undefined> {
    const { client } = this
    const path = `${this.#locks}/${name}`
    const options = { mode: CreateMode.EPHEMERAL }
    const sign = uuidOf(this.#options).replaceAll('-', '')
    for (let lost = false; ; ) {
      const sessionId = client.session.id
      const provenAt = this.clock.monotonic()
      try {
        const { stat } = await client.createWithStat(path, utf8(sign), options)
        return { folder: this.#locks, name, path, czxid: stat.czxid, sessionId: stat.ephemeralOwner, provenAt }
      } catch (error) {
        if (isCode(error, KeeperCode.NodeExists)) return lost ? await this.#ownMark(name, sessionId, sign) : undefined
        if (isCode(error, KeeperCode.NoNode)) await ensurePath(client, this.#locks, this.#parentMode)
        else if (isLoss(error)) lost = true
        else throw error
        if (lost) await persevere(client, () => client.sync(this.#locks))
      }
    }
  }

  /** After a lost reply: the mark that exists may be the one whose creation was not answered. */
  async #ownMark(name: string, sessionId: bigint, sign: string): Promise<Place | undefined> {
    const { client } = this
    const path = `${this.#locks}/${name}`
    const provenAt = this.clock.monotonic()
    const found = await persevere(client, () => client.getData(path)).catch(error => {
      if (isCode(error, KeeperCode.NoNode)) return undefined
      throw error
    })
    if (found === undefined || found.stat.ephemeralOwner !== sessionId || text(found.data) !== sign) return undefined
    return { folder: this.#locks, name, path, czxid: found.stat.czxid, sessionId, provenAt }
  }
}

class MarkedDelivery<T> implements Delivery<T> {
  #done = false

  constructor(
    private readonly client: Client,
    private readonly path: string,
    readonly items: readonly T[],
    private readonly mark: PlaceGrant,
  ) {}

  get item(): T {
    return this.items[0]
  }

  get name(): string {
    return nameOf(this.path)
  }

  get fencingToken(): number {
    return this.mark.fencingToken
  }

  get signal(): AbortSignal {
    return this.mark.signal
  }

  async acknowledge(): Promise<void> {
    const { client, path, mark } = this
    this.#finish()
    if (!mark.held) {
      await mark[Symbol.asyncDispose]()
      throw this.#noLongerOurs(mark.signal.reason)
    }
    let lost = false
    const remove = async () => {
      // Another session must not remove what is another consumer's by now.
      assertOwnSession(client, mark, 'acknowledge')
      try {
        await client.multi().delete(mark.path).delete(path).commit()
      } catch (error) {
        // While the session lives nobody else removes what it has marked: gone after a lost reply is done.
        if (lost && isCode(error, KeeperCode.NoNode)) return
        lost ||= isLoss(error)
        throw error
      }
    }
    try {
      await mark.endWith(() => persevere(client, remove))
    } catch (error) {
      if (lost) throw outcomeUnknown(`the session has ended since: ${path} may have been removed, or come again`, error)
      throw this.#noLongerOurs(error)
    }
  }

  #noLongerOurs(cause: unknown): RecipeError {
    const message = `${this.path} is no longer this consumer's, and was not acknowledged`
    return new RecipeError('RECIPE_LOST', message, { cause })
  }

  async giveBack(): Promise<void> {
    this.#finish()
    await this.mark[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#done) await this.giveBack()
  }

  #finish(): void {
    if (this.#done) {
      throw new RecipeError('RECIPE_NOT_HELD', `${this.path} was acknowledged or given back before`)
    }
    this.#done = true
  }
}
