import { type Client, KeeperCode } from '@menagerie/client'
import type { Dialect } from '../base/dialect.js'
import type { WaitOptions } from '../base/options.js'
import { outcomeUnknown } from '../base/outcome.js'
import { argument } from '../base/paths.js'
import { isCode, isLoss, persevere } from '../base/retry.js'
import { EntryQueue, type QueueOptions } from './entry-queue.js'
import { CURATOR_DELAY, CURATOR_PRIORITY, type EntryName, KAZOO_PRIORITY, KAZOO_QUEUE, plainLayout } from './layout.js'

/**
 * Queues whose items are removed as they are taken: at most once. An item whose consumer dies is lost with it; where
 * that must not be, take `WorkQueue`.
 */
export abstract class TakingQueue<T> extends EntryQueue<T> {
  /** Items of an entry that held several: Curator's producers may bundle them. */
  readonly #left: T[] = []

  /**
   * Removes the first item and returns it; waits for one.
   * @throws the signal's reason; no item is removed then
   * @throws RECIPE_OUTCOME_UNKNOWN the reply to a removal was lost: the items, in `error.items`, may have gone to another
   * consumer
   */
  async take({ signal }: WaitOptions = {}): Promise<T> {
    signal?.throwIfAborted()
    if (this.#left.length > 0) return this.#left.shift() as T
    return this.#first(await this.claimFirst(entry => this.#remove(entry, signal), signal))
  }

  /** Removes the first item; undefined if there is none. @throws as {@link take} */
  async poll(): Promise<T | undefined> {
    if (this.#left.length > 0) return this.#left.shift()
    const items = await this.claimNow(entry => this.#remove(entry))
    return items === undefined ? undefined : this.#first(items)
  }

  #first([first, ...rest]: T[]): T {
    this.#left.push(...rest)
    return first
  }

  /** @param signal heeded until the removal is sent: what may be removed has to be handed out */
  async #remove({ name }: EntryName, signal?: AbortSignal): Promise<T[] | undefined> {
    const { client, folder } = this
    const path = `${folder}/${name}`
    try {
      const { data, stat } = await persevere(client, () => client.getData(path, { signal }), signal)
      const items = this.decode(name, data)
      for (;;) {
        try {
          await client.delete(path, stat.version)
          break
        } catch (error) {
          if (!isLoss(error)) throw error
          await this.#mustBeThere(path, items, error)
        }
      }
      return items.length === 0 ? undefined : items
    } catch (error) {
      if (isCode(error, KeeperCode.NoNode)) return undefined // somebody was faster
      throw error
    }
  }

  /** After a lost reply: an entry that is still there was not removed. One that is gone may be anybody's. */
  async #mustBeThere(path: string, items: T[], lost: unknown): Promise<void> {
    const { client } = this
    const stat = await persevere(client, async () => {
      await client.sync(path)
      return await client.exists(path)
    }).catch(cause => {
      const error = outcomeUnknown(`${path} may be gone, and could not be looked for since`, cause)
      throw Object.assign(error, { items })
    })
    if (stat !== null) return
    const error = outcomeUnknown(`${path} is gone, which was taken by this consumer or by another`, lost)
    throw Object.assign(error, { items })
  }
}

/**
 * First in, first out (Curator DistributedQueue without lock path, kazoo Queue, ZooKeeper DistributedQueue).
 *
 * **Guarantee**: every item is taken by one consumer at most, in the order of putting. **Suspended**: waits on. **Expired**:
 * rejects; the items stay, since they belong to no session.
 */
export class Queue<T = Uint8Array> extends TakingQueue<T> {
  readonly #rank: number

  /** @throws RECIPE_ARGUMENT for a path or dialect that cannot be */
  constructor(client: Client, path: string, options: QueueOptions<T> & { readonly dialect?: Dialect } = {}) {
    const dialect = options.dialect ?? 'curator'
    super(client, path, plainLayout(dialect), options)
    this.#rank = dialect === 'kazoo' ? KAZOO_PRIORITY : 0
  }

  /** @returns the name of the entry @throws RECIPE_OUTCOME_UNKNOWN unless lost puts are repeated */
  put(item: T): Promise<string> {
    return this.putEntry(item, this.#rank)
  }
}

/**
 * The lowest priority number first, equals in the order of putting (Curator DistributedPriorityQueue, kazoo Queue).
 * Guarantee and failures are those of `Queue`.
 */
export class PriorityQueue<T = Uint8Array> extends TakingQueue<T> {
  /** @throws RECIPE_ARGUMENT for a path or dialect that cannot be */
  constructor(
    client: Client,
    path: string,
    options: QueueOptions<T> & { readonly dialect?: 'curator' | 'kazoo' } = {},
  ) {
    const { dialect = 'curator' } = options
    if (dialect !== 'curator' && dialect !== 'kazoo') throw argument(`dialect '${dialect}' has no priority queue`)
    super(client, path, dialect === 'kazoo' ? KAZOO_QUEUE : CURATOR_PRIORITY, options)
  }

  /** @param priority a whole number: of 32 bits for Curator, from 0 to 999 for kazoo. The least goes first */
  async put(item: T, priority: number): Promise<string> {
    return await this.putEntry(item, priority)
  }
}

/**
 * Items that may not be taken before their time (Curator DistributedDelayQueue): the clocks of producers and consumers
 * decide, and have to agree about as well as the times should be met. Guarantee and failures are those of `Queue`.
 */
export class DelayQueue<T = Uint8Array> extends TakingQueue<T> {
  /** @throws RECIPE_ARGUMENT for a path that cannot be */
  constructor(client: Client, path: string, options: QueueOptions<T> = {}) {
    super(client, path, CURATOR_DELAY, options)
  }

  /** @param dueAt when it may be taken: a Date, or milliseconds since 1970 */
  async put(item: T, dueAt: Date | number): Promise<string> {
    return await this.putEntry(item, Number(dueAt))
  }

  /** @internal */
  protected override waitFor({ rank }: EntryName): number {
    return rank - this.clock.wallTime()
  }
}
