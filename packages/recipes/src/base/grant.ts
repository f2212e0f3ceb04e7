/** What a lock, a semaphore or an election hands out, and how its holder learns that it is gone. */
import type { Client, Multi, MultiCheckResult } from '@menagerie/client'
import { RecipeError } from './errors.js'
import { leavePlace, type Place } from './place.js'
import { isSessionEnd, persevere } from './retry.js'
import { type GuardOptions, SessionGuard } from './session-guard.js'

/**
 * Something held, for as long as its znode lives.
 *
 * **Suspended** (no connection): still held, since the session lives on at the server; if no connection comes back
 * before the session may have expired, `signal` is aborted. **Reconnected** in time: still held. **Expired** or the
 * client closed: no longer held, `signal` is aborted, others may hold it.
 *
 * A process that was stopped learns of its loss later than others get the grant: what must never happen twice has to
 * be guarded where it happens, by the fencing token.
 */
export interface Grant extends AsyncDisposable {
  /** The znode that stands for it. */
  readonly path: string
  /**
   * Greater than that of every grant made earlier on this path: the zxid of the transaction that created the znode, and
   * ZooKeeper gives zxids in one rising order. Hand it to whatever is protected, which refuses tokens lower than the
   * highest it has seen. A safe integer.
   */
  readonly fencingToken: number
  /** Aborted when this can no longer be relied on: lost or released. The reason is a RecipeError, RECIPE_LOST or RECIPE_NOT_HELD. */
  readonly signal: AbortSignal
  /**
   * Neither released nor lost, as far as can be known here. Looks at the clock: after this process has stood still, it is
   * right before any timer of `signal` has run.
   */
  readonly held: boolean
  /**
   * Begins a transaction that the server carries out only while this grant's znode is there: what is protected needs no
   * token if it is znodes of the same ensemble. After the grant is gone, `commit` rejects with a MultiError whose `index`
   * is 0, however long this process has stood still in between. A reply may be lost as that of any transaction.
   */
  multi(): Multi<[MultiCheckResult]>
  /**
   * Lets go. Resolves when the znode is gone; without a connection, when there is one again or the session has ended.
   * @throws RECIPE_NOT_HELD if it was released before
   */
  release(): Promise<void>
  /** As {@link release}, except that what was released or lost before is no error. */
  [Symbol.asyncDispose](): Promise<void>
}

export interface GrantOptions extends GuardOptions {
  /** For messages: `lock`. */
  readonly what: string
}

/** A grant that stands for one znode of this session. */
export class PlaceGrant implements Grant {
  readonly path: string
  readonly fencingToken: number
  readonly sessionId: bigint
  readonly #client: Client
  readonly #place: Place
  readonly #what: string
  readonly #abort = new AbortController()
  readonly #guard: SessionGuard
  #released = false

  constructor(client: Client, place: Place, options: GrantOptions) {
    this.#client = client
    this.#place = place
    this.#what = options.what
    this.path = place.path
    this.fencingToken = place.czxid
    this.sessionId = place.sessionId
    this.#guard = new SessionGuard(client, place, options, reason => this.#lose(reason))
    this.#watch()
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get held(): boolean {
    this.#guard.check()
    return !this.#abort.signal.aborted
  }

  multi(): Multi<[MultiCheckResult]> {
    return this.#client.multi().check(this.path, -1)
  }

  async release(): Promise<void> {
    if (this.#released) {
      throw new RecipeError(
        'RECIPE_NOT_HELD',
        `the ${this.#what} ${this.path} was released before; acquire it again to hold it again`,
      )
    }
    const lost = !this.held
    this.#released = true
    this.#end(new RecipeError('RECIPE_NOT_HELD', `the ${this.#what} ${this.path} was released`))
    await leavePlace(this.#client, this.#place, lost)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#released) await this.release()
  }

  /**
   * Releases by other means: `work` deletes the znode, together with something else. If it fails, the znode is deleted
   * nevertheless. @throws what `work` throws
   */
  async endWith(work: () => Promise<void>): Promise<void> {
    this.#released = true
    this.#end(new RecipeError('RECIPE_NOT_HELD', `the ${this.#what} ${this.path} was released`))
    try {
      await work()
    } catch (error) {
      await leavePlace(this.#client, this.#place, true).catch(() => {})
      throw error
    }
  }

  /** Called for each change of the znode's data. For subclasses. */
  protected onData(_data: Uint8Array | null): void {}

  /** Someone who deletes the znode takes the grant away, and no other word is heard of it. */
  #watch(): void {
    const look = () => {
      if (!this.held) return
      persevere(this.#client, () => this.#client.getData(this.path, { watch: look }), this.signal).then(
        ({ data }) => this.onData(data),
        error => {
          if (!this.held || isSessionEnd(error)) return // the guard knows
          this.#lose(`its znode is gone (${error.message})`, error)
        },
      )
    }
    look()
  }

  #lose(reason: string, cause?: unknown): void {
    if (this.held)
      this.#end(new RecipeError('RECIPE_LOST', `the ${this.#what} ${this.path} is lost: ${reason}`, { cause }))
  }

  #end(reason: RecipeError): void {
    this.#guard.stop()
    this.#abort.abort(reason)
  }
}
