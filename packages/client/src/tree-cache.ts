/** A subtree's data, kept up to date. */
import { KeeperCode, type Stat } from '@menagerie/core/jute'
import { type Observable, Subject, type Subscription } from 'rxjs'
import { orAborted } from './abort.js'
import type { ReadOptions } from './client-options.js'
import { ClientClosedError, KeeperError } from './errors.js'
import type { TreeChange } from './known-tree.js'
import { endsWithConnection, type WatchedClient, watchStream } from './watch-stream.js'

/** A znode as the cache holds it. */
export interface CachedNode {
  /** Absolute, relative to the chroot. */
  readonly path: string
  /** Null where the znode was created without data. */
  readonly data: Uint8Array | null
  /** As of the data. */
  readonly stat: Stat
}

/** What has happened to the cache. */
export type CacheChange =
  | { readonly type: 'added'; readonly path: string; readonly node: CachedNode }
  | { readonly type: 'updated'; readonly path: string; readonly node: CachedNode; readonly previous: CachedNode }
  | { readonly type: 'removed'; readonly path: string; readonly previous: CachedNode }

/** The client, as far as it is needed here. */
export interface CachedClient extends WatchedClient {
  /** As the client's own. */
  getData(path: string, options?: ReadOptions): Promise<{ data: Uint8Array | null; stat: Stat }>
}

/**
 * Holds a znode and everything below it in memory. It may lag behind the server, and is never ahead of it:
 * each znode is a state that the server has had, parents are added before their children, and after a lost
 * connection or a renewed session the cache catches up by itself, versions in between being skipped.
 */
export class TreeCache implements AsyncDisposable {
  /** The uppermost znode that it holds, whether it exists or not. */
  readonly path: string
  readonly #client: CachedClient
  readonly #recursive: boolean
  readonly #nodes = new Map<string, CachedNode>()
  readonly #changes$ = new Subject<CacheChange>()
  /** Reads that a lost connection has swallowed: made again with the next one. */
  readonly #owed = new Set<string>()
  readonly #subscriptions: Subscription[] = []
  #reading = 0
  #synced = false
  #ready: () => void = () => {}
  #failed: (error: unknown) => void = () => {}

  private constructor(client: CachedClient, path: string, recursive: boolean) {
    this.#client = client
    this.path = path
    this.#recursive = recursive
  }

  /** Resolves when the whole subtree has been read, empty if there is no such znode. */
  static async open(
    client: CachedClient,
    path: string,
    options: { readonly signal?: AbortSignal; readonly recursive?: boolean } = {},
  ): Promise<TreeCache> {
    const { signal, recursive = true } = options
    signal?.throwIfAborted()
    const cache = new TreeCache(client, path, recursive)
    const ready = cache.#start()
    try {
      await (signal === undefined ? ready : orAborted(ready, signal))
    } catch (error) {
      cache.close()
      throw error
    }
    return cache
  }

  /** The znode at a path, absolute as everywhere; undefined if the cache knows of none. */
  get(path: string): CachedNode | undefined {
    return this.#nodes.get(path)
  }

  /** Names of the children that the cache holds. Walks the whole cache. */
  children(path: string): string[] {
    const start = path === '/' ? '/' : `${path}/`
    const names: string[] = []
    for (const known of this.#nodes.keys()) {
      if (known !== '/' && known.startsWith(start) && !known.includes('/', start.length)) {
        names.push(known.slice(start.length))
      }
    }
    return names
  }

  /** All znodes, parents before their children. */
  nodes(): IterableIterator<CachedNode> {
    return this.#nodes.values()
  }

  /** How many znodes it holds. */
  get size(): number {
    return this.#nodes.size
  }

  /** What happens from the subscription on. Errors and completes as `watch$` does. */
  get changes$(): Observable<CacheChange> {
    return this.#changes$.asObservable()
  }

  /** Ends the watch; what the cache holds stays as it is. */
  close(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe()
    this.#changes$.complete()
  }

  /** As {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  #start(): Promise<void> {
    const ready = new Promise<void>((resolve, reject) => {
      this.#ready = resolve
      this.#failed = reject
    })
    const synced = () => {
      this.#synced = true
      this.#readyIfDone()
    }
    const changes$ = watchStream(this.#client, this.path, { recursive: this.#recursive, initial: true }, synced)
    this.#subscriptions.push(
      changes$.subscribe({
        next: change => this.#change(change),
        error: error => this.#fail(error),
        complete: () => {
          this.#changes$.complete()
          this.#failed(new ClientClosedError('cache', this.path))
        },
      }),
      this.#client.state$.subscribe({
        next: state => {
          if (state === 'connected') for (const path of [...this.#owed]) this.#read(path)
        },
        error: () => {},
      }),
    )
    return ready
  }

  #change({ type, path }: TreeChange): void {
    if (type === 'children') return
    if (type !== 'deleted') {
      this.#read(path)
      return
    }
    this.#owed.delete(path)
    const previous = this.#nodes.get(path)
    if (previous === undefined) return
    this.#nodes.delete(path)
    this.#changes$.next({ type: 'removed', path, previous })
  }

  async #read(path: string): Promise<void> {
    this.#owed.add(path)
    this.#reading++
    try {
      const { data, stat } = await this.#client.getData(path)
      // Deleted since, or shown by a later read already: the order of replies is that of the requests.
      if (!this.#owed.delete(path) && this.#nodes.get(path) === undefined) return
      const node = { path, data, stat }
      const previous = this.#nodes.get(path)
      this.#nodes.set(path, node)
      if (previous === undefined) this.#changes$.next({ type: 'added', path, node })
      else if (previous.stat.mzxid !== stat.mzxid || previous.stat.czxid !== stat.czxid) {
        this.#changes$.next({ type: 'updated', path, node, previous })
      }
    } catch (error) {
      // A znode that is gone or may not be read is no part of the cache; a lost read stays owed.
      const code = error instanceof KeeperError ? error.code : undefined
      if (code === KeeperCode.NoNode || code === KeeperCode.NoAuth) this.#owed.delete(path)
      else if (!endsWithConnection(error)) this.#fail(error)
    } finally {
      this.#reading--
      this.#readyIfDone()
    }
  }

  #fail(error: unknown): void {
    this.#changes$.error(error)
    this.#failed(error)
    for (const subscription of this.#subscriptions) subscription.unsubscribe()
  }

  #readyIfDone(): void {
    if (this.#synced && this.#reading === 0 && this.#owed.size === 0) this.#ready()
  }
}
