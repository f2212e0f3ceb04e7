import { type Client, CreateMode, KeeperCode, type Stat } from '@menagerie/client'
import type { Observable } from 'rxjs'
import { orAborted } from '../base/abort.js'
import { type Codec, decodeAt } from '../base/codec.js'
import type { WaitOptions } from '../base/options.js'
import { outcomeUnknown } from '../base/outcome.js'
import { withParent } from '../base/parents.js'
import { checkedPath, parentOf } from '../base/paths.js'
import { acrossSessions, isCode, isLoss, persevere } from '../base/retry.js'
import { streamOf } from '../base/streams.js'
import { watchUntil } from '../base/watching.js'

/** A value as of one moment. */
export interface Versioned<T> {
  /** As it was then. */
  readonly value: T
  /** Of the znode's data. Changes with every write; it wraps, so compare it for equality only. */
  readonly version: number
  /** The zxid of the write: rises with every change, so that whoever is handed a value can refuse older ones. */
  readonly fencingToken: number
}

/** For a shared value. */
export interface SharedValueOptions<T> {
  /** How the value becomes bytes. */
  readonly codec: Codec<T>
  /** What it is while nobody has written anything: no znode, or one without data. */
  readonly initial: T
  /** Of missing parents. Default CONTAINER, as Curator's. */
  readonly parentMode?: number
}

/**
 * A value that all see and anybody may change (Curator SharedValue).
 *
 * **Guarantee**: changes through {@link trySet} and {@link update} are atomic: each starts from the value before it. The
 * znode belongs to no session. **Suspended**: requests wait; a lost reply to a change is sorted out by reading back, and
 * reported as RECIPE_OUTCOME_UNKNOWN where that does not decide it. **Expired**: requests reject, `value$` errors.
 */
export class SharedValue<T> {
  /** Of the znode that holds it. */
  readonly path: string
  readonly #client: Client
  readonly #options: SharedValueOptions<T>

  /** @throws RECIPE_ARGUMENT for a path that cannot be */
  constructor(client: Client, path: string, options: SharedValueOptions<T>) {
    this.#client = client
    this.path = checkedPath(path)
    this.#options = options
  }

  /** The value as the connected server knows it, which may lag behind; see {@link Client.sync}. */
  async get(): Promise<Versioned<T>> {
    return await persevere(this.#client, () => this.#read())
  }

  /** Sets it, whatever it was. */
  async set(value: T): Promise<void> {
    const data = this.#options.codec.encode(value)
    await this.#create(data, () => persevere(this.#client, () => this.#client.setData(this.path, data)))
  }

  /**
   * Sets it if it has not changed since it was read. @returns the new value as stored; undefined if it has changed
   * @throws RECIPE_OUTCOME_UNKNOWN the reply was lost, and the value has changed since: by this or by another
   */
  async trySet(from: Versioned<T>, value: T): Promise<Versioned<T> | undefined> {
    const client = this.#client
    const data = this.#options.codec.encode(value)
    for (;;) {
      try {
        const stat = await this.#write(from, data)
        return stat === undefined ? undefined : { value, version: stat.version, fencingToken: stat.mzxid }
      } catch (error) {
        if (!isLoss(error)) throw error
        const now = await persevere(client, async () => {
          await client.sync(this.path)
          return await this.#read()
        }).catch(cause => {
          throw outcomeUnknown(`${this.path} may hold this change, and could not be read since`, cause)
        })
        if (now.fencingToken !== from.fencingToken) {
          throw outcomeUnknown(`${this.path} has changed since, by this change or by another`, error)
        }
      }
    }
  }

  /**
   * Changes it by a function of its present value, again and again until nobody came in between.
   * @param change may be called several times, and must have no effects. Returning the very same value changes nothing
   * @throws what `change` throws, RECIPE_OUTCOME_UNKNOWN
   */
  async update(change: (value: T) => T, { signal }: WaitOptions = {}): Promise<Versioned<T>> {
    for (;;) {
      signal?.throwIfAborted()
      const before = await orAborted(this.get(), signal)
      const value = change(before.value)
      if (value === before.value && before.version !== NOT_THERE) return before
      const after = await this.trySet(before, value)
      if (after !== undefined) return after
    }
  }

  /**
   * The value now and after each change. What changes while it is being read is told once, as the newest value. Completes
   * when the client is closed, errors when the session has expired.
   */
  get value$(): Observable<Versioned<T>> {
    return streamOf(async (tell, signal) => {
      let told: number | undefined
      const look = async (watch: () => void) => {
        const found = await acrossSessions(this.#client, () => this.#read(watch))
        if (found.fencingToken !== told) tell(found)
        told = found.fencingToken
        return undefined
      }
      await watchUntil(this.#client, look, signal)
    })
  }

  async #read(watch?: () => void): Promise<Versioned<T>> {
    const { codec, initial } = this.#options
    const client = this.#client
    for (;;) {
      try {
        const { data, stat } = await client.getData(this.path, { watch: watch ?? false })
        const value = data === null || data.length === 0 ? initial : decodeAt(codec, this.path, data)
        return { value, version: stat.version, fencingToken: stat.mzxid }
      } catch (error) {
        if (!isCode(error, KeeperCode.NoNode)) throw error
      }
      // Its creation is what has to be waited for then. If it came in between, it is read.
      if (watch === undefined || (await client.exists(this.path, { watch })) === null) {
        return { value: initial, version: NOT_THERE, fencingToken: 0 }
      }
    }
  }

  /** One conditional write; undefined if the condition does not hold. */
  async #write(from: Versioned<T>, data: Uint8Array): Promise<Stat | undefined> {
    const client = this.#client
    const refused = (error: unknown) => {
      if (isCode(error, KeeperCode.NodeExists, KeeperCode.BadVersion, KeeperCode.NoNode)) return undefined
      throw error
    }
    if (from.version !== NOT_THERE) return await client.setData(this.path, data, from.version).catch(refused)
    const create = () => client.createWithStat(this.path, data)
    const { parentMode = CreateMode.CONTAINER } = this.#options
    return (await withParent(client, parentOf(this.path), parentMode, create).catch(refused))?.stat
  }

  /** Runs a write, and makes the znode where it is missing. */
  async #create(data: Uint8Array, write: () => Promise<unknown>): Promise<void> {
    const { parentMode = CreateMode.CONTAINER } = this.#options
    for (;;) {
      try {
        await write()
        return
      } catch (error) {
        if (!isCode(error, KeeperCode.NoNode)) throw error
      }
      const create = () => persevere(this.#client, () => this.#client.create(this.path, data))
      try {
        await withParent(this.#client, parentOf(this.path), parentMode, create)
        return
      } catch (error) {
        if (!isCode(error, KeeperCode.NodeExists)) throw error
      }
    }
  }
}

/** The version of a znode that is not there. The server never reports it: it skips -1. */
const NOT_THERE = -1
