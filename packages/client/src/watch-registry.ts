/**
 * What the client watches: whom an event concerns, and what has to be asked for again after a
 * reconnect. Paths are the server's, the chroot included.
 */
import { AddWatchMode, EventType, type SetWatches2, WatcherType } from '@menagerie/core/jute'
import type { Subject } from 'rxjs'
import type { WatchCallback, WatchEvent } from './watch-event.js'

export type OneShotKind = 'data' | 'exist' | 'child'

type Callbacks = Map<string, Set<WatchCallback>>
type Streams = Map<string, Set<Subject<WatchEvent>>>

/** About how many bytes of paths one setWatches request carries; Apache's client splits at the same size. */
const SET_WATCHES_BYTES = 128 * 1024

/** Stands for a watch whose events are only looked for in `events$`. */
export const noCallback: WatchCallback = () => {}

/** Whom one event concerns. */
export interface TakenWatches {
  readonly callbacks: ReadonlySet<WatchCallback>
  readonly streams: readonly Subject<WatchEvent>[]
}

export class WatchRegistry {
  readonly #oneShot: Record<OneShotKind, Callbacks> = { data: new Map(), exist: new Map(), child: new Map() }
  readonly #persistent: [exact: Streams, recursive: Streams] = [new Map(), new Map()]

  add(kind: OneShotKind, path: string, callback: WatchCallback): void {
    add(this.#oneShot[kind], path, callback)
  }

  addPersistent(path: string, mode: number, stream: Subject<WatchEvent>): void {
    add(this.#persistent[mode === AddWatchMode.PersistentRecursive ? 1 : 0], path, stream)
  }

  /** Forgets one stream; false if another one still needs the same watch of the server. */
  removeStream(path: string, mode: number, stream: Subject<WatchEvent>): boolean {
    const streams = this.#persistent[mode === AddWatchMode.PersistentRecursive ? 1 : 0]
    const atPath = streams.get(path)
    atPath?.delete(stream)
    if (atPath !== undefined && atPath.size > 0) return false
    streams.delete(path)
    return true
  }

  /** Whether anything is watched at exactly this path. */
  watches(path: string): boolean {
    return [...Object.values(this.#oneShot), ...this.#persistent].some(watched => watched.has(path))
  }

  /**
   * Takes the one-shot callbacks of an event off the lists and returns them with the streams that it
   * concerns. Nothing is called here.
   */
  take(type: number, path: string): TakenWatches {
    const callbacks = new Set<WatchCallback>()
    const { data, exist, child } = this.#oneShot
    switch (type) {
      case EventType.NodeCreated:
      case EventType.NodeDataChanged:
        moveTo(callbacks, data, path)
        moveTo(callbacks, exist, path)
        break
      case EventType.NodeChildrenChanged:
        moveTo(callbacks, child, path)
        break
      case EventType.NodeDeleted:
        moveTo(callbacks, data, path)
        moveTo(callbacks, exist, path)
        moveTo(callbacks, child, path)
        break
    }
    return { callbacks, streams: this.#streamsOf(type, path) }
  }

  #streamsOf(type: number, path: string): Subject<WatchEvent>[] {
    const [exact, recursive] = this.#persistent
    const streams = [...(exact.get(path) ?? [])]
    // A recursive watch hears of children by their own events, so that one change is one event.
    if (recursive.size === 0 || type === EventType.NodeChildrenChanged) return streams
    for (let at = path; ; at = at.slice(0, at.lastIndexOf('/')) || '/') {
      const watching = recursive.get(at)
      if (watching !== undefined) streams.push(...watching)
      if (at === '/' || !at.startsWith('/')) return streams
    }
  }

  /** Forgets what the server has just removed, and completes the streams. */
  removed(path: string, type: number): void {
    const any = type === WatcherType.Any
    if (any || type === WatcherType.Data) {
      this.#oneShot.data.delete(path)
      this.#oneShot.exist.delete(path)
    }
    if (any || type === WatcherType.Children) this.#oneShot.child.delete(path)
    if (any || type === WatcherType.Persistent) complete(this.#persistent[0], path)
    if (any || type === WatcherType.PersistentRecursive) complete(this.#persistent[1], path)
  }

  /** Everything watched, as setWatches2 requests of bounded size. None if nothing is watched. */
  setWatches(relativeZxid: number): SetWatches2[] {
    const requests: SetWatches2[] = []
    let request: Lists | undefined
    let bytes = 0
    const lists: [keyof Lists, ReadonlyMap<string, unknown>][] = [
      ['dataWatches', this.#oneShot.data],
      ['existWatches', this.#oneShot.exist],
      ['childWatches', this.#oneShot.child],
      ['persistentWatches', this.#persistent[0]],
      ['persistentRecursiveWatches', this.#persistent[1]],
    ]
    for (const [name, watched] of lists) {
      for (const path of watched.keys()) {
        if (request === undefined || bytes >= SET_WATCHES_BYTES) {
          request = emptyLists()
          bytes = 0
          requests.push({ relativeZxid, ...request })
        }
        request[name].push(path)
        bytes += path.length + 4
      }
    }
    return requests
  }

  /** Forgets everything and completes the streams: the session is over. */
  clear(): void {
    for (const callbacks of Object.values(this.#oneShot)) callbacks.clear()
    for (const streams of this.#persistent) for (const path of [...streams.keys()]) complete(streams, path)
  }
}

type Lists = Record<
  'dataWatches' | 'existWatches' | 'childWatches' | 'persistentWatches' | 'persistentRecursiveWatches',
  string[]
>

function emptyLists(): Lists {
  return {
    dataWatches: [],
    existWatches: [],
    childWatches: [],
    persistentWatches: [],
    persistentRecursiveWatches: [],
  }
}

function add<T>(to: Map<string, Set<T>>, path: string, value: T): void {
  const values = to.get(path)
  if (values === undefined) to.set(path, new Set([value]))
  else values.add(value)
}

function moveTo(target: Set<WatchCallback>, from: Callbacks, path: string): void {
  const callbacks = from.get(path)
  if (callbacks === undefined) return
  from.delete(path)
  for (const callback of callbacks) target.add(callback)
}

function complete(streams: Streams, path: string): void {
  const atPath = streams.get(path)
  streams.delete(path)
  if (atPath !== undefined) for (const stream of atPath) stream.complete()
}
