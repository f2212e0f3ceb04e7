/**
 * Changes to a znode or a subtree as an Observable without gaps. A persistent watch tells what happens while
 * there is a connection; servers do not repeat for such a watch what happened meanwhile, so after each
 * reconnect the tree is read and compared with what was announced. Servers before 3.6 have no such watches:
 * there every znode is read with one-shot watches, and read again when one of them fires.
 */
import { AddWatchMode, KeeperCode, type Stat } from '@menagerie/core/jute'
import { Observable, type Subscriber, Subscription } from 'rxjs'
import type { ReadOptions, RequestOptions } from './client-options.js'
import { KeeperError, NoNodeError, SessionExpiredError, UnimplementedError } from './errors.js'
import { childPath, KnownTree, type TreeChange } from './known-tree.js'
import type { PersistentWatch } from './persistent-watch.js'
import type { ClientState } from './session-options.js'
import type { WatchEvent } from './watch-event.js'

/** Reads under way at a time while a tree is read. */
const READS_AT_A_TIME = 128

/** For `watch$`. */
export interface WatchOptions {
  /** Everything below the path too. Default false. */
  readonly recursive?: boolean
  /** Announce what is there already, as created. Default false: only what happens from the subscription on. */
  readonly initial?: boolean
}

/** The part of the client that is used here. */
export interface WatchedClient {
  readonly state: ClientState
  readonly state$: Observable<ClientState>
  readonly lastZxid: number
  readonly watchesSetAt: number
  exists(path: string, options?: ReadOptions): Promise<Stat | null>
  addWatch(path: string, mode: number, options?: RequestOptions): Promise<PersistentWatch>
  getChildrenWithStat(path: string, options?: ReadOptions): Promise<{ children: string[]; stat: Stat }>
}

/** @param synced called whenever everything up to now has been announced: after the first reading, and each later one. */
export function watchStream(
  client: WatchedClient,
  path: string,
  options: WatchOptions,
  synced: () => void = () => {},
): Observable<TreeChange> {
  return new Observable(subscriber => {
    const stream = new WatchStream(client, path, options, synced, subscriber)
    return () => stream.stop()
  })
}

class WatchStream {
  readonly #client: WatchedClient
  readonly #path: string
  readonly #recursive: boolean
  readonly #synced: () => void
  readonly #subscriber: Subscriber<TreeChange>
  readonly #tree: KnownTree
  readonly #subscriptions = new Subscription()
  #watch: PersistentWatch | undefined
  /** The server knows no persistent watches. */
  #oneShot = false
  /** Counts connections: a reading that began on an earlier one is void. */
  #generation = 0
  /** No event can have been missed since the last complete reading. */
  #gapless = false
  #stopped = false

  constructor(
    client: WatchedClient,
    path: string,
    options: WatchOptions,
    synced: () => void,
    subscriber: Subscriber<TreeChange>,
  ) {
    this.#client = client
    this.#path = path
    this.#recursive = options.recursive === true
    this.#synced = synced
    this.#subscriber = subscriber
    this.#tree = new KnownTree(path, this.#recursive, options.initial === true)
    this.#subscriptions.add(
      client.state$.subscribe({ next: state => this.#state(state), complete: () => this.#over() }),
    )
  }

  stop(): void {
    this.#stopped = true
    this.#generation++
    this.#subscriptions.unsubscribe()
    this.#watch?.remove().catch(() => {})
  }

  #state(state: ClientState): void {
    const generation = ++this.#generation
    if (state === 'connected') {
      this.#begin(generation).catch(error => {
        // Without the connection there will be another beginning, or the end of the client.
        if (!endsWithConnection(error)) this.#subscriber.error(error)
      })
    } else if (this.#gapless) {
      this.#gapless = false
      // Of one-shot watches, the reading that follows may be lost: what it would have shown is not announced.
      if (!this.#oneShot) this.#tree.gapBegins(this.#client.lastZxid)
    }
  }

  #over(): void {
    if (this.#client.state === 'expired') this.#subscriber.error(new SessionExpiredError('watch$', this.#path))
    // Whatever is asked now is answered with what ended the client.
    else if (this.#client.state === 'authFailed') this.#client.exists(this.#path).catch(e => this.#subscriber.error(e))
    else this.#subscriber.complete()
  }

  async #begin(generation: number): Promise<void> {
    if (this.#watch === undefined && !this.#oneShot) await this.#addWatch()
    if (!this.#stopped) await this.#read(generation)
  }

  async #addWatch(): Promise<void> {
    const mode = this.#recursive ? AddWatchMode.PersistentRecursive : AddWatchMode.Persistent
    let watch: PersistentWatch
    try {
      watch = await this.#client.addWatch(this.#path, mode)
    } catch (error) {
      if (!(error instanceof UnimplementedError)) throw error
      // Such a server closes the connection as well: the reading begins with the next one at the latest.
      this.#oneShot = true
      return
    }
    if (this.#stopped || this.#watch !== undefined) {
      watch.remove().catch(() => {})
      return
    }
    this.#watch = watch
    this.#tree.watchedSince(this.#client.watchesSetAt)
    this.#subscriptions.add(
      watch.events$.subscribe(({ type, path, zxid }) => this.#announce(this.#tree.told(type, path, zxid))),
    )
  }

  /** Reads the tree level by level. Each reply is compared at its place among the events. */
  async #read(generation: number): Promise<void> {
    this.#tree.readingBegins()
    const waiting = [this.#path]
    while (waiting.length > 0) {
      const visits = waiting.splice(0, READS_AT_A_TIME).map(path => this.#visit(path, generation))
      for (const children of await Promise.all(visits)) for (const child of children) waiting.push(child)
      if (generation !== this.#generation) return
    }
    this.#tree.readingEnds()
    this.#gapless = true
    this.#synced()
  }

  async #visit(path: string, generation: number): Promise<string[]> {
    let read: { children: string[]; stat: Stat }
    try {
      read = await (this.#oneShot ? this.#readAndWatch(path) : this.#client.getChildrenWithStat(path))
    } catch (error) {
      const code = error instanceof KeeperError ? error.code : undefined
      if (code === KeeperCode.NoNode) {
        if (generation === this.#generation) this.#announce(this.#tree.missing(path))
        return []
      }
      // What this client may not read, it is not told of either.
      if (code === KeeperCode.NoAuth) return []
      throw error
    }
    if (generation !== this.#generation) return []
    const toldSince = this.#oneShot ? Number.MAX_SAFE_INTEGER : this.#client.watchesSetAt
    this.#announce(this.#tree.seen(path, read.stat, read.children, toldSince))
    return this.#recursive ? read.children.map(name => childPath(path, name)) : []
  }

  /** Reads with watches on data and children. Only at the root a missing znode is waited for: a parent tells of others. */
  async #readAndWatch(path: string): Promise<{ children: string[]; stat: Stat }> {
    const watch = this.#fired
    const found = path === this.#path ? await this.#client.exists(path, { watch }) : undefined
    if (found === null) throw new NoNodeError(KeeperCode.NoNode, 'watch$', path)
    const read = await this.#client.getChildrenWithStat(path, { watch })
    if (found !== undefined) return read
    const stat = await this.#client.exists(path, { watch })
    if (stat === null) throw new NoNodeError(KeeperCode.NoNode, 'watch$', path)
    return { children: read.children, stat }
  }

  /** A one-shot watch: looks again, and at what has come below. The same function for all, so that each path has one. */
  readonly #fired = async ({ path }: WatchEvent): Promise<void> => {
    if (this.#stopped) return
    const generation = this.#generation
    try {
      const waiting = [path]
      for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
        for (const child of await this.#visit(at, generation)) if (!this.#tree.knows(child)) waiting.push(child)
      }
    } catch (error) {
      if (!endsWithConnection(error)) this.#subscriber.error(error)
    }
  }

  #announce(changes: readonly TreeChange[]): void {
    for (const change of changes) this.#subscriber.next(change)
  }
}

/** Whether a request failed because its connection or session was over: another connection may do better. */
export function endsWithConnection(error: unknown): boolean {
  if (!(error instanceof KeeperError)) return false
  const { code } = error
  return code === KeeperCode.ConnectionLoss || code === KeeperCode.SessionExpired || code === KeeperCode.RequestTimeout
}
