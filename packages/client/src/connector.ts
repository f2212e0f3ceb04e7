/**
 * Finds a server and keeps one connection to it: rounds over the server list, pauses between them, and what counts as a
 * failure. What the connection is for, its session knows.
 */
import type { Cancel } from '@menagerie/core'
import { Connection, type ConnectionEvents } from './connection.js'
import type { AuthFailedError } from './errors.js'
import type { Hello, Welcome } from './handshake.js'
import { SaslLogin } from './sasl-login.js'
import { ServerList } from './server-list.js'
import type { SessionOptions } from './session-options.js'

export interface ConnectorEvents extends Omit<ConnectionEvents, 'lost'> {
  /** The established connection is lost. Nothing is tried before {@link Connector.replace}. */
  lost(error: Error): void
  /** No server of the list could be reached. The next round follows after a pause, if reconnecting is on. */
  roundFailed(error: Error): void
}

/** A connection that was lost sooner than this after its handshake counts as a failed attempt. */
const SHORT_LIFE_MS = 1000

export class Connector implements ConnectionEvents {
  readonly #options: SessionOptions
  readonly #events: ConnectorEvents
  readonly #servers: ServerList
  #connection: Connection | undefined
  #established = false
  #establishedAt = 0
  #cancelPause: Cancel | undefined

  constructor(options: SessionOptions, events: ConnectorEvents) {
    this.#options = options
    this.#events = events
    this.#servers = new ServerList(options.servers, options.reconnect)
  }

  /** There is a connection whose welcome the session has accepted. */
  get established(): boolean {
    return this.#established
  }

  /** There is a connection or an attempt at one. */
  get busy(): boolean {
    return this.#connection !== undefined
  }

  /** There is a connection, or there will be a try at one. */
  get hopeful(): boolean {
    return this.busy || this.#cancelPause !== undefined
  }

  /** As Link.write does; undefined without an established connection. */
  write(bytes: Uint8Array): boolean | undefined {
    return this.#established ? this.#connection?.write(bytes) : undefined
  }

  /** Tries each server once, now. */
  startRound(): void {
    this.#cancelPause?.()
    this.#cancelPause = undefined
    this.#servers.startRound()
    this.#dial()
  }

  /** The session has accepted the server's welcome: pings begin. */
  establish(sessionTimeoutMs: number): void {
    this.#connection?.keepAlive(sessionTimeoutMs)
    this.#established = true
    this.#establishedAt = this.#options.clock.monotonic()
  }

  /** Gives up the connection, established or not. */
  drop(): void {
    this.#connection?.destroy()
    this.#connection = undefined
    this.#established = false
  }

  /** After the loss of an established connection: tries the next server, now or after a pause. */
  replace(): void {
    const { clock, reconnect } = this.#options
    if (reconnect === undefined) return
    // A server that welcomes and breaks off at once counts as tried, as one that refuses does.
    if (clock.monotonic() - this.#establishedAt >= SHORT_LIFE_MS) this.#servers.settled()
    if (this.#servers.exhausted) this.#pause()
    else this.#dial()
  }

  /** Gives up the connection and tries no more. */
  stop(): void {
    this.#cancelPause?.()
    this.drop()
  }

  #dial(): void {
    const { random, sasl } = this.#options
    const login = sasl && new SaslLogin(sasl, random)
    this.#connection = new Connection(this.#options, this.#servers.take(), login, this)
  }

  // --- what the connection tells

  hello(): Hello {
    return this.#events.hello()
  }

  welcome(welcome: Welcome): void {
    this.#events.welcome(welcome)
  }

  frame(bytes: Uint8Array, start: number, end: number): void {
    this.#events.frame(bytes, start, end)
  }

  refused(error: AuthFailedError): void {
    this.#events.refused(error)
  }

  ping(): void {
    this.#events.ping()
  }

  lost(error: Error): void {
    if (this.#established) this.#events.lost(error)
    else this.#attemptFailed(error)
  }

  #attemptFailed(error: Error): void {
    this.#connection = undefined
    if (!this.#servers.exhausted) {
      this.#dial()
      return
    }
    this.#pause()
    this.#events.roundFailed(error)
  }

  #pause(): void {
    const pauseMs = this.#servers.pauseMs(this.#events.hello().sessionId)
    if (pauseMs !== undefined) this.#cancelPause = this.#options.clock.schedule(pauseMs, () => this.startRound())
  }
}
