import { type Client, ClientClosedError, CreateMode, KeeperCode } from '@menagerie/client'
import { BehaviorSubject, filter, firstValueFrom, type Observable, takeUntil } from 'rxjs'
import { aborted$ } from '../base/abort.js'
import { Bell } from '../base/bell.js'
import { RecipeError } from '../base/errors.js'
import type { WaitOptions } from '../base/options.js'
import { deleteOwn, isOwnSession } from '../base/own-session.js'
import { withParent } from '../base/parents.js'
import { checkedPath, parentOf } from '../base/paths.js'
import { acrossSessions, isCode, persevere } from '../base/retry.js'

/** For a persistent node. */
export interface PersistentNodeOptions {
  /** Default: nothing. */
  readonly data?: Uint8Array
  /** Of missing parents. Default CONTAINER, as Curator's. */
  readonly parentMode?: number
}

/**
 * An ephemeral znode that is made again whenever it is gone while its session lives (Curator PersistentNode).
 *
 * A znode of another session in its place is left alone and waited out: it may be that of a process that was here before,
 * or somebody else's. **Suspended**: the znode stays as long as the session. **Reconnected**: it is looked after again.
 * **Expired**: it is gone, and `present$` errors; where the client renews its sessions, it is made again in the next one.
 */
export class PersistentNode implements AsyncDisposable {
  /** Of the znode. */
  readonly path: string
  readonly #client: Client
  readonly #parentMode: number
  readonly #present = new BehaviorSubject(false)
  readonly #closing = new AbortController()
  readonly #bell = new Bell()
  #data: Uint8Array
  #work: Promise<void> | undefined
  #clientClosed: ClientClosedError | undefined
  #czxid = 0
  /** Of the present znode, or the last one. */
  #sessionId = 0n

  /** @throws RECIPE_ARGUMENT for a path that cannot be */
  constructor(client: Client, path: string, options: PersistentNodeOptions = {}) {
    this.#client = client
    this.path = checkedPath(path)
    this.#data = options.data ?? new Uint8Array(0)
    this.#parentMode = options.parentMode ?? CreateMode.CONTAINER
  }

  /**
   * Begins, and resolves when the znode is there. @throws RECIPE_CLOSED after close, ClientClosedError, SessionExpiredError
   * @throws the signal's reason: it goes on in the background then, unless the signal was aborted before
   */
  async start({ signal }: WaitOptions = {}): Promise<this> {
    if (this.#closing.signal.aborted) throw new RecipeError('RECIPE_CLOSED', `the node ${this.path} is closed`)
    signal?.throwIfAborted()
    this.#work ??= this.#keep().then(
      () => this.#present.complete(),
      error => {
        if (!(error instanceof ClientClosedError)) {
          this.#present.error(error)
          return
        }
        this.#clientClosed = error
        this.#present.complete()
      },
    )
    const there$ = this.#present.pipe(filter(Boolean), takeUntil(aborted$(signal)))
    const there = await firstValueFrom(there$, { defaultValue: false })
    signal?.throwIfAborted()
    if (there) return this
    throw this.#clientClosed ?? new RecipeError('RECIPE_CLOSED', `the node ${this.path} was closed before it was there`)
  }

  /** Whether the znode is there, as far as is known. Completes when it or the client is closed, errors when the session has expired. */
  get present$(): Observable<boolean> {
    return this.#present.asObservable()
  }

  /** The zxid that made the present znode: rises each time it is made again. 0 before the first time. */
  get fencingToken(): number {
    return this.#czxid
  }

  /**
   * Changes its data, now and for all times it is made again. Resolves when the server has it, if the znode is there. A
   * znode of another session in its place keeps its own. @throws RECIPE_CLOSED after close
   */
  async setData(data: Uint8Array): Promise<void> {
    if (this.#closing.signal.aborted) throw new RecipeError('RECIPE_CLOSED', `the node ${this.path} is closed`)
    this.#data = data
    if (this.#work === undefined) return
    const client = this.#client
    const write = async () => {
      const stat = await client.exists(this.path)
      // Where it is missing, it is made with the new data.
      if (stat === null || stat.ephemeralOwner !== client.session.id) return
      await client.setData(this.path, this.#data, stat.version)
    }
    for (;;) {
      try {
        await acrossSessions(client, () => persevere(client, write))
        return
      } catch (error) {
        // Gone, or another call came in between: look again.
        if (!isCode(error, KeeperCode.NoNode, KeeperCode.BadVersion)) throw error
      }
    }
  }

  /** Deletes the znode and lets it be. Twice is fine. */
  async close(): Promise<void> {
    if (!this.#closing.signal.aborted) {
      this.#closing.abort(new RecipeError('RECIPE_CLOSED', `the node ${this.path} is closed`))
      await this.#work
    }
    if (this.#work === undefined) this.#present.complete()
  }

  /** As {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #keep(): Promise<void> {
    const { signal } = this.#closing
    const changed = () => {
      if (this.#present.value && !isOwnSession(this.#client, { sessionId: this.#sessionId })) this.#present.next(false)
      this.#bell.ring()
    }
    const session = this.#client.state$.subscribe({ next: changed, complete: changed })
    try {
      while (!signal.aborted) {
        await acrossSessions(this.#client, () => this.#ensure())
        await this.#bell.wait(signal).catch(() => {})
      }
      if (this.#present.value) await this.#remove()
    } finally {
      session.unsubscribe()
    }
  }

  /** Sees to it that the znode is there and watched; or that somebody else's is watched. */
  async #ensure(): Promise<void> {
    const client = this.#client
    const stat = await persevere(client, () => client.exists(this.path, { watch: this.#bell.ring }))
    const ours = stat !== null && stat.ephemeralOwner === client.session.id
    if (ours) {
      this.#czxid = stat.czxid
      this.#sessionId = stat.ephemeralOwner
    }
    if (ours !== this.#present.value) this.#present.next(ours)
    if (stat !== null || this.#closing.signal.aborted) return
    const mode = CreateMode.EPHEMERAL
    const create = () => persevere(client, () => client.create(this.path, this.#data, { mode }))
    try {
      await withParent(client, parentOf(this.path), this.#parentMode, create)
    } catch (error) {
      if (!isCode(error, KeeperCode.NodeExists)) throw error // the reply to our own was lost, or somebody was faster
    }
    this.#bell.ring()
  }

  async #remove(): Promise<void> {
    await deleteOwn(this.#client, { path: this.path, sessionId: this.#sessionId, czxid: this.#czxid })
    this.#present.next(false)
  }
}
