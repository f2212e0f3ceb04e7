import { type Client, CreateMode, KeeperCode } from '@menagerie/client'
import type { Clock } from '@menagerie/core'
import { bytesCodec, type Codec, decodeAt } from '../base/codec.js'
import { clockOf, type RecipeOptions } from '../base/options.js'
import { outcomeUnknown } from '../base/outcome.js'
import { withParent } from '../base/parents.js'
import { checkedPath } from '../base/paths.js'
import { acrossSessions, isCode, isLoss, persevere } from '../base/retry.js'
import { watchUntil } from '../base/watching.js'
import { type EntryName, entriesOf, type QueueLayout } from './layout.js'

/** For queues. */
export interface QueueOptions<T> extends RecipeOptions {
  /** How items become bytes. Default: items are bytes. */
  readonly codec?: Codec<T>
  /**
   * When the reply to a put is lost: `fail` rejects with RECIPE_OUTCOME_UNKNOWN, since the item may be in the queue or not;
   * `repeat` puts it again, so that it may be there twice. Default `fail`.
   */
  readonly lostPut?: 'fail' | 'repeat'
}

const NONE: ReadonlySet<string> = new Set()

/** What all queues do: put entries, list them in order, wait for one. */
export class EntryQueue<T> {
  readonly path: string
  protected readonly client: Client
  protected readonly clock: Clock
  protected readonly layout: QueueLayout
  readonly #codec: Codec<T>
  readonly #lostPut: 'fail' | 'repeat'

  /** @internal @throws RECIPE_ARGUMENT for a path that cannot be */
  constructor(client: Client, path: string, layout: QueueLayout, options: QueueOptions<T>) {
    this.client = client
    this.path = checkedPath(path)
    this.clock = clockOf(options)
    this.layout = layout
    this.#codec = options.codec ?? (bytesCodec as unknown as Codec<T>)
    this.#lostPut = options.lostPut ?? 'fail'
  }

  /** How many entries there are, those not yet due or being worked on included. */
  async size(): Promise<number> {
    const { folder, layout } = this
    return entriesOf(folder, await this.#children(), layout).length
  }

  protected get folder(): string {
    return this.path + this.layout.folder
  }

  /** Puts one entry. @returns its name */
  protected async putEntry(item: T, rank: number): Promise<string> {
    const { client, folder, layout } = this
    const data = layout.encode([this.#codec.encode(item)])
    const path = `${folder}/${layout.prefix(rank)}`
    const mode = CreateMode.PERSISTENT_SEQUENTIAL
    const create = async () => {
      try {
        return await client.create(path, data, { mode })
      } catch (error) {
        if (isLoss(error)) throw outcomeUnknown(`the item may be in the queue ${this.path} or not`, error)
        throw error
      }
    }
    const repeated = () => persevere(client, () => client.create(path, data, { mode }))
    const created = await this.#inFolder(this.#lostPut === 'repeat' ? repeated : create)
    return created.slice(folder.length + 1)
  }

  protected decode(name: string, data: Uint8Array | null): T[] {
    const path = `${this.folder}/${name}`
    const bytes = data ?? new Uint8Array(0)
    const items = decodeAt({ encode: this.layout.encode, decode: this.layout.decode }, path, bytes)
    return items.map(item => decodeAt(this.#codec, path, item))
  }

  /**
   * The first thing that `claim` gets out of the entries in their order, waiting for more until it gets one. All consumers
   * that wait are woken by a new entry: it belongs to the first who claims it.
   */
  protected async claimFirst<R>(
    claim: (entry: EntryName) => Promise<R | undefined>,
    signal: AbortSignal | undefined,
  ): Promise<R> {
    return await acrossSessions(this.client, () => this.#claimFirst(claim, signal), signal)
  }

  async #claimFirst<R>(
    claim: (entry: EntryName) => Promise<R | undefined>,
    signal: AbortSignal | undefined,
  ): Promise<R> {
    let cancelTimer: () => void = () => {}
    const scan = async (watch: (() => void) | undefined) => {
      cancelTimer()
      const entries = await this.#available(watch, signal)
      for (const entry of entries) {
        signal?.throwIfAborted()
        const waitMs = this.waitFor(entry)
        if (waitMs > 0) {
          // In order of due times: none behind it is due.
          if (watch !== undefined) cancelTimer = this.clock.schedule(waitMs, watch)
          return undefined
        }
        const claimed = await claim(entry)
        if (claimed !== undefined) return claimed
      }
      return undefined
    }
    // First without a watch: while the queue is full none is needed.
    const found = await persevere(this.client, () => scan(undefined), signal)
    if (found !== undefined) return found
    try {
      return await watchUntil(this.client, scan, signal)
    } finally {
      cancelTimer()
    }
  }

  /** As {@link claimFirst}, without waiting. */
  protected async claimNow<R>(claim: (entry: EntryName) => Promise<R | undefined>): Promise<R | undefined> {
    for (const entry of await this.#available()) {
      if (this.waitFor(entry) > 0) return undefined
      const claimed = await claim(entry)
      if (claimed !== undefined) return claimed
    }
    return undefined
  }

  /** Milliseconds until an entry may be taken. For queues with due times. */
  protected waitFor(_entry: EntryName): number {
    return 0
  }

  /** Entries that others have in hand. For queues that mark them. */
  protected async taken(_watch?: () => void, _signal?: AbortSignal): Promise<ReadonlySet<string>> {
    return NONE
  }

  /**
   * Runs what needs the folder, and makes it if it is missing. It stays when it is empty, as in Curator, kazoo and ZooKeeper's
   * own queue: the numbers of one that was made anew would begin again, and a consumer that has read an entry could remove
   * another one of the same name.
   */
  #inFolder<R>(work: () => Promise<R>): Promise<R> {
    const { client, folder, layout } = this
    const modeAbove = layout.owner === 'Curator' ? CreateMode.CONTAINER : CreateMode.PERSISTENT
    return withParent(client, folder, CreateMode.PERSISTENT, work, modeAbove)
  }

  async #available(watch?: () => void, signal?: AbortSignal): Promise<EntryName[]> {
    const taken = await this.taken(watch, signal)
    const entries = entriesOf(this.folder, await this.#children(watch, signal), this.layout)
    return entries.filter(({ name }) => !taken.has(name))
  }

  /**
   * The children of the folder. A missing folder has none; with a watch it is made, since only what exists can be watched
   * for children.
   */
  async #children(watch?: () => void, signal?: AbortSignal): Promise<string[]> {
    const { client, folder } = this
    const list = () => persevere(client, () => client.getChildren(folder, { watch: watch ?? false, signal }), signal)
    if (watch !== undefined) return await this.#inFolder(list)
    return await list().catch(error => {
      if (isCode(error, KeeperCode.NoNode)) return []
      throw error
    })
  }
}
