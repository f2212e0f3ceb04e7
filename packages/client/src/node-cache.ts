/** One znode's data, kept up to date. */
import type { Stat } from '@menagerie/core/jute'
import { BehaviorSubject, distinctUntilChanged, type Observable, type Subscription } from 'rxjs'
import type { CachedClient } from './tree-cache.js'
import { type CachedNode, TreeCache } from './tree-cache.js'

/** Holds the data of one znode in memory. It may lag behind the server, and is never ahead of it; versions in between may be skipped. */
export class NodeCache implements AsyncDisposable {
  /** The znode, whether it exists or not. */
  readonly path: string
  readonly #tree: TreeCache
  readonly #value$: BehaviorSubject<CachedNode | null>
  readonly #subscription: Subscription

  private constructor(tree: TreeCache) {
    this.path = tree.path
    this.#tree = tree
    this.#value$ = new BehaviorSubject(tree.get(tree.path) ?? null)
    this.#subscription = tree.changes$.subscribe({
      next: () => this.#value$.next(tree.get(tree.path) ?? null),
      error: error => this.#value$.error(error),
      complete: () => this.#value$.complete(),
    })
  }

  /** Resolves when the znode has been read, whether it exists or not. */
  static async open(client: CachedClient, path: string, options: { signal?: AbortSignal } = {}): Promise<NodeCache> {
    return new NodeCache(await TreeCache.open(client, path, { ...options, recursive: false }))
  }

  /** The present value; null while there is no such znode. After the end of the watch or the session, the last one. */
  get current(): { readonly data: Uint8Array | null; readonly stat: Stat } | null {
    return this.#tree.get(this.path) ?? null
  }

  /** Starts with the present value. Errors and completes as `watch$` does. */
  get value$(): Observable<CachedNode | null> {
    return this.#value$.pipe(distinctUntilChanged())
  }

  /** Ends the watch; {@link current} stays as it is. */
  close(): void {
    this.#subscription.unsubscribe()
    this.#tree.close()
    this.#value$.complete()
  }

  /** As {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }
}
