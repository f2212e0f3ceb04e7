/**
 * Changes to a znode or a subtree as an Observable without gaps. A persistent watch tells what happens while
 * there is a connection; servers do not repeat for such a watch what happened meanwhile, so after each
 * reconnect the tree is read and compared with what was announced.
 */
import { AddWatchMode, KeeperCode, type Stat } from '@menagerie/core/jute'
import { Observable, type Subscriber, Subscription } from 'rxjs'
import type { ReadOptions, RequestOptions } from './client-options.js'
import { KeeperError, SessionExpiredError } from './errors.js'
import { childPath, KnownTree, type TreeChange } from './known-tree.js'
import type { PersistentWatch } from './persistent-watch.js'
import type { ClientState } from './session.js'

/** Reads under way at a time while a tree is read. */
const READS_AT_A_TIME = 128

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
      this.#tree.gapBegins(this.#client.lastZxid)
    }
  }

  #over(): void {
    if (this.#client.state === 'expired') this.#subscriber.error(new SessionExpiredError('watch$', this.#path))
    else this.#subscriber.complete()
  }

  async #begin(generation: number): Promise<void> {
    if (this.#watch === undefined) {
      const mode = this.#recursive ? AddWatchMode.PersistentRecursive : AddWatchMode.Persistent
      const watch = await this.#client.addWatch(this.#path, mode)
      if (this.#stopped || this.#watch !== undefined) {
        watch.remove().catch(() => {})
        return
      }
      this.#watch = watch
      this.#subscriptions.add(
        watch.events$.subscribe(({ type, path, zxid }) => this.#announce(this.#tree.told(type, path, zxid))),
      )
    }
    await this.#read(generation)
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
      read = await this.#client.getChildrenWithStat(path)
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
    this.#announce(this.#tree.seen(path, read.stat, read.children, this.#client.watchesSetAt))
    return this.#recursive ? read.children.map(name => childPath(path, name)) : []
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
