/** What a client is besides its operations: its session, and how requests are made and handed in. */
import type { ClientInfo } from '@menagerie/core/jute'
import type { Observable } from 'rxjs'
import type { ReadOptions, RequestOptions } from './client-options.js'
import { isSequential, WHO_AM_I } from './operations/index.js'
import { type Operation, Request } from './request.js'
import type { Session } from './session.js'
import type { ClientState } from './session-options.js'
import type { WatchCallback, WatchEvent } from './watch-event.js'
import { noCallback } from './watch-registry.js'

const SLASH = 0x2f

/** A session as another client can go on with it. */
export interface SessionInfo {
  /** 64 bits, signed. */
  readonly id: bigint
  /** 16 bytes: whoever has them can go on with the session. */
  readonly password: Uint8Array
  /** As negotiated with the server. */
  readonly timeoutMs: number
}

/** The session's side of a {@link Client}. */
export abstract class ClientBase {
  /** The path that all paths are relative to; empty for none. */
  readonly chroot: string
  /** @internal */
  protected readonly inner: Session

  /** @internal */
  protected constructor(session: Session, chroot: string) {
    this.inner = session
    this.chroot = chroot
  }

  /** How the client stands now. */
  get state(): ClientState {
    return this.inner.state
  }

  /** Starts with the present state; completes with `closed`, `authFailed`, and `expired` unless the session is renewed. */
  get state$(): Observable<ClientState> {
    return this.inner.state$.asObservable()
  }

  /** Every notification of the server, each once, however many watches it concerns. */
  get events$(): Observable<WatchEvent> {
    return this.inner.events$.asObservable()
  }

  /** The session as it is now: with option `renewSession` it may be another one later. A copy. */
  get session(): SessionInfo {
    const { id, password, timeoutMs } = this.inner
    return { id, password: password.slice(), timeoutMs }
  }

  /** The newest transaction that any reply has shown. */
  get lastZxid(): number {
    return this.inner.pipeline.lastZxid
  }

  /** @internal The transaction as of which all watches stand on this connection; the newest one was set then. */
  get watchesSetAt(): number {
    return this.inner.pipeline.watchesSetAt
  }

  /** Whether the present server serves reads only. */
  get readOnly(): boolean {
    return this.inner.readOnly
  }

  /** Requests that wait for their replies. */
  get outstanding(): number {
    return this.inner.pipeline.size
  }

  /**
   * Drops the connection, if there is one, and connects again with the same session at once, to the next
   * server of the list. Requests under way fail with ConnectionLossError.
   */
  reconnect(options?: RequestOptions): Promise<void> {
    return this.inner.reconnect(options?.signal)
  }

  /**
   * Resolves when there is a connection, at once if there is one now. Rejects when there will be none: the
   * session has expired, the client is closed, or `reconnect` is off and nobody called it.
   */
  whenConnected(options?: RequestOptions): Promise<void> {
    return this.inner.whenConnected(options?.signal)
  }

  /**
   * Closes the session: its ephemeral znodes are gone when this resolves. Requests handed in before are
   * answered first. Never rejects; without a connection, the server lets the session expire later.
   */
  close(): Promise<void> {
    return this.inner.close()
  }

  /**
   * Closes the client but not the session: another client can go on with it, by option `session`, until
   * it expires. Requests under way fail with ClientClosedError.
   */
  detach(): void {
    this.inner.detach()
  }

  /** As {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /**
   * Presents a credential, and again on every later connection. When the server refuses it
   * (AuthFailedError), it also closes the connection, and the client connects again without it.
   */
  addAuth(scheme: string, credential: Uint8Array, options?: RequestOptions): Promise<void> {
    return this.inner.addAuth({ scheme, credential }, options?.signal)
  }

  /** The identities that the server sees in this connection (servers since 3.7). */
  whoAmI(options?: RequestOptions): Promise<ClientInfo[]> {
    return this.inner.submit(new Request(WHO_AM_I, '', null, 0, null, null, 0), options?.signal)
  }

  // --- requests

  /** @internal */
  protected read<T>(operation: Operation<T>, path: string, options: ReadOptions | undefined): Promise<T> {
    const watcher = options === undefined ? null : watcherOf(options)
    return this.inner.submit(this.part(operation, path, null, 0, null, watcher), options?.signal)
  }

  /** @internal */
  protected submit<T>(
    operation: Operation<T>,
    path: string,
    data: Uint8Array | null,
    number: number,
    extra: unknown,
    options: RequestOptions | undefined,
  ): Promise<T> {
    return this.inner.submit(this.part(operation, path, data, number, extra, null), options?.signal)
  }

  /** @internal */
  protected part(
    operation: Operation,
    path: string,
    data: Uint8Array | null,
    number: number,
    extra: unknown,
    watcher: WatchCallback | null,
  ): Request {
    const { chroot } = this
    // A path that is not absolute is refused when it is to be written: joined to the chroot, it would name a znode outside.
    if (chroot === '' || !isAbsolute(path)) return new Request(operation, path, data, number, extra, watcher, 0)
    // What gets its number right behind the slash is a child of the chroot.
    const isRoot = path === '/' && !(operation.creates === true && isSequential(number))
    const serverPath = isRoot ? chroot : chroot + path
    return new Request(operation, serverPath, data, number, extra, watcher, chroot.length)
  }
}

function isAbsolute(path: string): boolean {
  return typeof path === 'string' && path.charCodeAt(0) === SLASH
}

/** The watch that a read asks for, if it does. */
export function watcherOf(options: ReadOptions | undefined): WatchCallback | null {
  const watch = options?.watch
  if (watch === undefined || watch === false) return null
  return typeof watch === 'function' ? watch : noCallback
}
