/** The client inside: connecting for as long as it takes, and the states that the outside hears of. */
import { Subscription } from 'rxjs'
import type { Client as InnerClient } from '../client.js'
import { connect } from '../connect.js'
import { AuthFailedError, ConnectionLossError } from '../errors.js'
import type { Credential } from '../operations/index.js'
import { withRetries } from '../retry.js'
import { State } from './values.js'

export interface ConnectionOptions {
  readonly sessionTimeoutMs: number
  readonly spinDelayMs: number
}

export class Connection {
  readonly #servers: string
  readonly #options: ConnectionOptions
  readonly #stateChanged: (state: State) => void
  readonly #credentials: Credential[] = []
  readonly #closing = new AbortController()
  readonly #subscriptions = new Subscription()
  readonly #ready: Promise<InnerClient>
  #resolve: (client: InnerClient) => void = () => {}
  #reject: (error: unknown) => void = () => {}
  #connecting = false
  /** Undefined until there was a first connection. */
  client: InnerClient | undefined

  constructor(servers: string, options: ConnectionOptions, stateChanged: (state: State) => void) {
    this.#servers = servers
    this.#options = options
    this.#stateChanged = stateChanged
    this.#ready = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#ready.catch(() => {}) // whoever asks for something is told
  }

  /** The client, once there was a connection. Requests made before wait for it. */
  readonly ready = (): Promise<InnerClient> => this.#ready

  start(): void {
    if (this.#connecting) return
    this.#connecting = true
    const { sessionTimeoutMs, spinDelayMs } = this.#options
    const auth = [...this.#credentials]
    const { signal } = this.#closing
    const attempt = () => connect(this.#servers, { sessionTimeoutMs, auth, readOnly: true, signal })
    const delays = { minDelayMs: spinDelayMs, maxDelayMs: spinDelayMs }
    withRetries(attempt, { retries: Number.POSITIVE_INFINITY, ...delays, signal }).then(
      client => this.#connected(client, auth.length),
      error => {
        this.#reject(error)
        this.#stateChanged(error instanceof AuthFailedError ? State.AUTH_FAILED : State.DISCONNECTED)
      },
    )
  }

  addAuth(credential: Credential): void {
    this.#credentials.push(credential)
    this.client?.addAuth(credential.scheme, credential.credential).catch(this.#authFailed)
  }

  async close(): Promise<void> {
    this.#closing.abort(new ConnectionLossError('connect', '', 'the client is closed'))
    if (this.client === undefined) this.#reject(this.#closing.signal.reason)
    await this.client?.close()
  }

  #connected(client: InnerClient, presented: number): void {
    this.client = client
    for (const { scheme, credential } of this.#credentials.slice(presented)) {
      client.addAuth(scheme, credential).catch(this.#authFailed)
    }
    this.#resolve(client)
    this.#subscriptions.add(
      client.state$.subscribe(state => {
        if (state === 'expired') this.#stateChanged(State.EXPIRED)
        else if (state === 'authFailed') this.#stateChanged(State.AUTH_FAILED)
        else if (state !== 'connected') this.#stateChanged(State.DISCONNECTED)
        else this.#stateChanged(client.readOnly ? State.CONNECTED_READ_ONLY : State.SYNC_CONNECTED)
      }),
    )
  }

  readonly #authFailed = (error: unknown): void => {
    if (error instanceof AuthFailedError) this.#stateChanged(State.AUTH_FAILED)
  }
}
