/**
 * A session over the connections that carry it: connecting, loss, back-off, expiry, end.
 *
 *   connected --loss--> suspended --welcome--> connected
 *                           |--refused--> expired        (the server no longer knows the session)
 *                                            |--welcome of a new session, if it is to be renewed--> connected
 *   any --close, detach--> closed
 *   any --credential or login refused--> authFailed
 */
import { Xid } from '@menagerie/core/jute'
import { BehaviorSubject, filter, firstValueFrom, Subject } from 'rxjs'
import { orAborted, rejectOnAbort } from './abort.js'
import { Connector, type ConnectorEvents } from './connector.js'
import {
  AuthFailedError,
  ClientClosedError,
  ConnectionLossError,
  type KeeperError,
  RequestTimeoutError,
  SessionExpiredError,
} from './errors.js'
import type { Hello, Welcome } from './handshake.js'
import { CLOSE_SESSION, type Credential, pathOf, stripChroot } from './operations/index.js'
import { Pipeline, type PipelineActions } from './pipeline.js'
import type { Request } from './request.js'
import { RequestTimer } from './request-timer.js'
import type { ClientState, SessionOptions } from './session-options.js'
import { authRequest, plainRequest, setWatchesRequest } from './session-requests.js'
import { deliver } from './watch-delivery.js'
import type { WatchEvent } from './watch-event.js'
import { WatchRegistry } from './watch-registry.js'

interface Waiter {
  resolve(): void
  reject(error: Error): void
}

/** What a new session presents. */
export const NO_PASSWORD = new Uint8Array(16)

/** Hears of its connections and replies itself: a process may have many sessions, and closures add up. */
export class Session implements ConnectorEvents, PipelineActions {
  readonly state$ = new BehaviorSubject<ClientState>('suspended')
  readonly pipeline: Pipeline
  readonly #options: SessionOptions
  #credentials: readonly Credential[]
  #events: Subject<WatchEvent> | undefined
  #watches: WatchRegistry | undefined
  readonly #waiters: Waiter[] = []
  id: bigint
  password: Uint8Array
  timeoutMs: number
  /** The present server serves reads only. */
  readOnly = false
  readonly #connector: Connector
  #everEstablished = false
  readonly #timer: RequestTimer | undefined
  #closing: Promise<void> | undefined
  #endedBy: ((operation: string, path: string) => Error) | undefined

  constructor(options: SessionOptions) {
    this.#options = options
    this.#credentials = options.auth
    this.id = options.id
    this.password = options.password
    this.timeoutMs = options.timeoutMs
    this.pipeline = new Pipeline(this, options.lastZxidSeen)
    this.#connector = new Connector(options, this)
    const { requestTimeoutMs, clock } = options
    if (requestTimeoutMs !== undefined) {
      const oldest = () => this.pipeline.oldest
      this.#timer = new RequestTimer(clock, requestTimeoutMs, oldest, request =>
        this.#timedOut(request, requestTimeoutMs),
      )
    }
  }

  get state(): ClientState {
    return this.state$.value
  }

  /** Made when it is asked for, as what is watched is: many clients watch nothing. */
  get events$(): Subject<WatchEvent> {
    if (this.#events === undefined) {
      this.#events = new Subject()
      if (this.#endedBy !== undefined) this.#events.complete()
    }
    return this.#events
  }

  get watches(): WatchRegistry {
    this.#watches ??= new WatchRegistry()
    return this.#watches
  }

  /** Connects for the first time. When no server can be reached, the session is over. */
  async start(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    const onAbort = () => this.#end('closed', () => signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      await this.reconnect()
      await Promise.all(this.#startAuth)
    } catch (error) {
      this.#end('closed', (operation, path) => new ClientClosedError(operation, path))
      throw error
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }
  #startAuth: Promise<void>[] = []

  /**
   * Gives up the present connection, if there is one, and connects at once. Rejects when no server of
   * the list can be reached; automatic attempts go on then.
   */
  reconnect(signal?: AbortSignal): Promise<void> {
    if (this.#endedBy !== undefined) return Promise.reject(this.#endedBy('connect', ''))
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (this.#connector.established) this.lost(new Error('reconnect was asked for'))
    const connected = new Promise<void>((resolve, reject) => {
      this.#waiters.push({ resolve, reject })
    })
    if (!this.#connector.busy) this.#connector.startRound()
    return signal === undefined ? connected : orAborted(connected, signal)
  }

  /** Resolves as soon as there is a connection. Rejects when there will be none. */
  async whenConnected(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    if (this.#connector.established) return
    const { reconnect } = this.#options
    if (this.#endedBy === undefined && !this.#connector.busy && reconnect === undefined) {
      throw new ConnectionLossError('connect', '', 'nobody tries to connect again')
    }
    const state$ = this.state$.pipe(filter(state => state !== 'suspended' && this.#settledAs(state)))
    const found = firstValueFrom(state$, { defaultValue: this.state })
    await (signal === undefined ? found : orAborted(found, signal))
    if (this.#endedBy !== undefined) throw this.#endedBy('connect', '')
  }

  /** Hands in a request. Rejects at once where no answer can come. */
  submit<T>(request: Request, signal?: AbortSignal, xid?: number): Promise<T> {
    if (this.#endedBy !== undefined) return Promise.reject(this.#failureOf(request, this.#endedBy))
    if (this.#closing !== undefined) return Promise.reject(this.#failureOf(request, closedByOwner))
    if (!this.#connector.hopeful) {
      return Promise.reject(this.#failureOf(request, (operation, path) => new ConnectionLossError(operation, path)))
    }
    if (signal?.aborted) return Promise.reject(signal.reason)
    this.#timer?.start(request)
    const promise = this.pipeline.submit<T>(request, xid)
    if (signal !== undefined) {
      // What still waits for a connection does not leave any more.
      rejectOnAbort(request, promise, signal, () => this.#connector.established || this.pipeline.withdraw(request))
    }
    return promise
  }

  /** Presents a credential now, and on every connection from now on. */
  async addAuth(credential: Credential, signal?: AbortSignal): Promise<void> {
    await this.submit<void>(authRequest(credential), signal, Xid.auth)
    this.#credentials = [...this.#credentials, credential]
  }

  /** Ends the session at the server and the client. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Ends the client; the session stays with the server until it expires or someone goes on with it. */
  detach(): void {
    this.#end('closed', closedByOwner)
  }

  async #close(): Promise<void> {
    if (this.#endedBy !== undefined) return
    if (this.#connector.established) {
      const { clock, connectTimeoutMs } = this.#options
      const closed = this.pipeline.submit<void>(plainRequest(CLOSE_SESSION, null))
      const cancel = clock.schedule(connectTimeoutMs, () => this.#end('closed', closedByOwner))
      // Whatever happens to the reply, this client is done: the server expires what it did not close.
      await closed.catch(() => {})
      cancel()
    }
    this.#end('closed', closedByOwner)
  }

  /** Whether a state answers the question for a connection: an expired session that is renewed does not. */
  #settledAs(state: ClientState): boolean {
    return state !== 'expired' || this.#endedBy !== undefined
  }

  // --- what connector and pipeline ask and tell

  write(bytes: Uint8Array): boolean | undefined {
    return this.#connector.write(bytes)
  }

  frame(bytes: Uint8Array, start: number, end: number): void {
    this.pipeline.frame(bytes, start, end)
  }

  ping(): void {
    this.pipeline.ping()
  }

  refused(error: AuthFailedError): void {
    this.#end('authFailed', () => error)
  }

  hello(): Hello {
    const { readOnly, timeoutMs } = this.#options
    return { lastZxidSeen: this.pipeline.lastZxid, timeoutMs, sessionId: this.id, password: this.password, readOnly }
  }

  welcome(welcome: Welcome): void {
    if (welcome.timeoutMs <= 0) {
      if (this.#options.renew && this.#everEstablished) this.#renew()
      else this.#end('expired', expired)
      return
    }
    this.id = welcome.sessionId
    this.password = welcome.password
    this.timeoutMs = welcome.timeoutMs
    this.readOnly = welcome.readOnly
    this.pipeline.prune()
    this.#connector.establish(welcome.timeoutMs)
    this.#everEstablished = true
    this.#introduce()
    this.state$.next('connected')
    this.pipeline.flush()
    for (const waiter of this.#waiters.splice(0)) waiter.resolve()
  }

  /** Starts anew with a session of its own. The watches stay, to be set again as of the last transaction seen. */
  #renew(): void {
    this.#dropConnection()
    this.id = 0n
    this.password = NO_PASSWORD
    this.pipeline.failAll(request => this.#failureOf(request, expired))
    this.state$.next('expired')
    // Whoever heard of it may have closed the client.
    if (this.#endedBy === undefined) this.#connector.startRound()
  }

  /** Credentials first, since watches may depend on them; then the watches of earlier connections. */
  #introduce(): void {
    const auths = this.#credentials.map(authRequest)
    const watches = (this.#watches?.setWatches(this.pipeline.lastZxid) ?? []).map(setWatchesRequest)
    const results = this.pipeline.submitFirst([...auths, ...watches])
    this.#startAuth = results.slice(0, auths.length)
    for (const result of results) {
      result.catch(error => {
        if (error instanceof AuthFailedError) this.#end('authFailed', () => error)
      })
    }
  }

  roundFailed(error: Error): void {
    const { message } = error
    this.pipeline.failAll(request =>
      this.#failureOf(request, (operation, path) => new ConnectionLossError(operation, path, message)),
    )
    const failure = new ConnectionLossError('connect', '', message)
    for (const waiter of this.#waiters.splice(0)) waiter.reject(failure)
  }

  // --- loss and end

  lost(error: Error): void {
    this.#dropConnection()
    const { message } = error
    if (this.#closing !== undefined) {
      this.#end('closed', closedByOwner)
      return
    }
    this.#connector.replace()
    this.pipeline.failAll(request =>
      this.#failureOf(request, (operation, path) => new ConnectionLossError(operation, path, message)),
    )
    this.state$.next('suspended')
  }

  #dropConnection(): void {
    this.#connector.drop()
    this.readOnly = false
  }

  #end(state: 'expired' | 'authFailed' | 'closed', errorFor: (operation: string, path: string) => Error): void {
    if (this.#endedBy !== undefined) return
    this.#endedBy = errorFor
    this.#timer?.stop()
    this.#connector.stop()
    this.readOnly = false
    this.pipeline.failAll(request => this.#failureOf(request, errorFor))
    for (const waiter of this.#waiters.splice(0)) waiter.reject(errorFor('connect', ''))
    this.state$.next(state)
    this.state$.complete()
    this.#watches?.clear()
    this.#events?.complete()
  }

  #failureOf(request: Request, errorFor: (operation: string, path: string) => Error): Error {
    return errorFor(request.operation.name, pathOf(request))
  }

  // --- events and time

  event(type: number, state: number, serverPath: string, zxid: number): void {
    deliver(this.watches.take(type, serverPath), this.events$, { type, state, path: this.#pathOf(serverPath), zxid })
  }

  /** A path of the server's, without the chroot. A few watched paths, as that of getConfig, lie outside. */
  #pathOf(serverPath: string): string {
    const { chroot } = this.#options
    return serverPath.startsWith(chroot) ? stripChroot(serverPath, chroot.length) : serverPath
  }

  #timedOut(request: Request, timeoutMs: number): void {
    request.reject(this.#failureOf(request, (operation, path) => new RequestTimeoutError(operation, path, timeoutMs)))
    const error = new Error(`no reply to ${request.operation.name} within ${timeoutMs} ms`)
    if (this.#connector.established) this.lost(error)
    else
      this.pipeline.failAll(waiting =>
        this.#failureOf(waiting, (operation, path) => new ConnectionLossError(operation, path, error.message)),
      )
  }
}

function expired(operation: string, path: string): KeeperError {
  return new SessionExpiredError(operation, path)
}

function closedByOwner(operation: string, path: string): KeeperError {
  return new ClientClosedError(operation, path)
}
