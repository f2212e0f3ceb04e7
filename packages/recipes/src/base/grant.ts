/** What a lock, a semaphore or an election hands out, and how its holder learns that it is gone. */
import type { Client } from '@menagerie/client'
import type { Clock } from '@menagerie/core'
import { RecipeError } from './errors.js'
import { leavePlace, type Place } from './place.js'
import { isSessionEnd, persevere } from './retry.js'

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
  /** Neither released nor lost, as far as is known here. */
  readonly held: boolean
  /**
   * Lets go. Resolves when the znode is gone; without a connection, when there is one again or the session has ended.
   * @throws RECIPE_NOT_HELD if it was released before
   */
  release(): Promise<void>
  /** As {@link release}, except that what was released or lost before is no error. */
  [Symbol.asyncDispose](): Promise<void>
}

export interface GrantOptions {
  readonly clock: Clock
  /** For messages: `lock`. */
  readonly what: string
  /** How long it is still relied on without a connection. Default: a quarter of the session timeout. */
  readonly suspendedMs?: number | undefined
}

/** A grant that stands for one znode of this session. */
export class PlaceGrant implements Grant {
  readonly path: string
  readonly fencingToken: number
  readonly #client: Client
  readonly #place: Place
  readonly #what: string
  readonly #abort = new AbortController()
  readonly #stopGuard: () => void
  #released = false

  constructor(client: Client, place: Place, options: GrantOptions) {
    this.#client = client
    this.#place = place
    this.#what = options.what
    this.path = place.path
    this.fencingToken = place.czxid
    this.#stopGuard = guardSession(client, place.sessionId, options, reason => this.#lose(reason))
    this.#watch()
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get held(): boolean {
    return !this.#abort.signal.aborted
  }

  async release(): Promise<void> {
    if (this.#released) {
      throw new RecipeError(
        'RECIPE_NOT_HELD',
        `the ${this.#what} ${this.path} was released before; acquire it again to hold it again`,
      )
    }
    this.#released = true
    this.#end(new RecipeError('RECIPE_NOT_HELD', `the ${this.#what} ${this.path} was released`))
    await leavePlace(this.#client, this.#place)
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
      await leavePlace(this.#client, this.#place).catch(() => {})
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
    this.#stopGuard()
    this.#abort.abort(reason)
  }
}

/**
 * Calls back when a session can no longer be relied on. Without a connection the server may let it expire, counted
 * from the last it heard. The client gives a silent connection up after two thirds of the session timeout, which leaves one
 * third; a quarter is used, so that a twelfth is left for how long messages and timers may be late.
 */
function guardSession(
  client: Client,
  sessionId: bigint,
  { clock, suspendedMs }: GrantOptions,
  lost: (reason: string) => void,
): () => void {
  let cancelTimer: (() => void) | undefined
  let ended = false
  const end = (reason: string) => {
    if (ended) return
    ended = true
    cancelTimer?.()
    // In a turn of its own: the first state comes while the subscription is made.
    queueMicrotask(() => {
      subscription.unsubscribe()
      lost(reason)
    })
  }
  const subscription = client.state$.subscribe({
    next: state => {
      cancelTimer?.()
      cancelTimer = undefined
      if (state === 'expired') end('the session has expired')
      else if (state === 'closed') end('the client was closed')
      else if (state === 'connected' && client.session.id !== sessionId) end('the session has expired')
      else if (state === 'suspended') {
        const graceMs = suspendedMs ?? client.session.timeoutMs / 4
        cancelTimer = clock.schedule(graceMs, () =>
          end(`there has been no connection for ${Math.round(graceMs)} ms, and the session may have expired`),
        )
      }
    },
    complete: () => end('the session is over'),
  })
  return () => {
    ended = true
    cancelTimer?.()
    queueMicrotask(() => subscription.unsubscribe())
  }
}
