import { AddWatchMode, KeeperCode, WatcherType } from '@menagerie/core/jute'
import { type Observable, Subject } from 'rxjs'
import { KeeperError } from './errors.js'
import { REMOVE_WATCHES } from './operations/index.js'
import { Request } from './request.js'
import type { Session } from './session.js'
import type { WatchEvent } from './watch-event.js'

/** What ends a watch at the server as surely as its removal does. */
const GONE_ANYWAY: readonly number[] = [
  KeeperCode.NoWatcher,
  KeeperCode.ConnectionLoss,
  KeeperCode.SessionExpired,
  // Before 3.9 a server knows no way to remove just this watch; its events find no one here.
  KeeperCode.MarshallingError,
]

/** A watch that stays until it is removed. It survives reconnects. */
export class PersistentWatch implements AsyncDisposable {
  /** Relative to the chroot. */
  readonly path: string
  /** An `AddWatchMode`. */
  readonly mode: number
  readonly #session: Session
  readonly #serverPath: string
  readonly #events = new Subject<WatchEvent>()
  #removed: Promise<void> | undefined

  /** @internal */
  constructor(session: Session, path: string, serverPath: string, mode: number) {
    this.#session = session
    this.path = path
    this.#serverPath = serverPath
    this.mode = mode
  }

  /** What happens at the path (or below it); completes when the watch is removed or the session ends. */
  get events$(): Observable<WatchEvent> {
    return this.#events
  }

  /** @internal The server has agreed. */
  register(): void {
    this.#session.pipeline.watchesSetAt = this.#session.pipeline.lastZxid
    this.#session.watches.addPersistent(this.#serverPath, this.mode, this.#events)
  }

  /** Ends the watch, at the server too unless someone else here needs it. Twice is fine. */
  remove(): Promise<void> {
    this.#removed ??= this.#remove()
    return this.#removed
  }

  /** As {@link remove}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.remove()
  }

  async #remove(): Promise<void> {
    const { watches } = this.#session
    const last = watches.removeStream(this.#serverPath, this.mode, this.#events)
    this.#events.complete()
    if (!last) return
    const type = watches.watches(this.#serverPath)
      ? this.mode === AddWatchMode.PersistentRecursive
        ? WatcherType.PersistentRecursive
        : WatcherType.Persistent
      : WatcherType.Any // known to every server since 3.5, and nothing else is watched here
    try {
      await this.#session.submit<void>(new Request(REMOVE_WATCHES, this.#serverPath, null, type, noop, null, 0))
    } catch (error) {
      if (!(error instanceof KeeperError && GONE_ANYWAY.includes(error.code))) throw error
    }
  }
}

function noop(): void {}
