/** One connection to one server, from dialling to its end. */
import type { Cancel, Clock } from '@menagerie/core'
import { AuthFailedError } from './errors.js'
import { FrameReader, type FrameSink } from './frame-reader.js'
import { decodeWelcome, encodeHello, type Hello, type Welcome } from './handshake.js'
import { Heartbeat, type HeartbeatActions } from './heartbeat.js'
import type { SaslLogin } from './sasl-login.js'
import type { Dialer, Link, LinkHandler, ServerAddress } from './transport.js'

/** What a connection tells its session. Nothing is told after `lost`, or once it was destroyed. */
export interface ConnectionEvents {
  /** What to present to the server. */
  hello(): Hello
  /** The server has answered the handshake, and accepted the login, if there is one. */
  welcome(welcome: Welcome): void
  /** A frame after the handshake; the bytes are valid during the call. May throw: the connection is lost then. */
  frame(bytes: Uint8Array, start: number, end: number): void
  /** The login was refused, and it will be so on other connections. The connection is of no more use. */
  refused(error: AuthFailedError): void
  /** A ping is due. */
  ping(): void
  /** The connection is of no more use. Told once. */
  lost(error: Error): void
}

export interface ConnectionOptions {
  readonly dialer: Dialer
  readonly clock: Clock
  /** From dialling to the answer of the handshake, the login included. */
  readonly connectTimeoutMs: number
  readonly frameBytesMax: number
}

/** Hears of its link, its frames and its heartbeat itself: a process may have many connections, and closures add up. */
export class Connection implements HeartbeatActions, LinkHandler, FrameSink {
  readonly #clock: Clock
  readonly #address: ServerAddress
  readonly #sasl: SaslLogin | undefined
  readonly #events: ConnectionEvents
  readonly #frames: FrameReader
  readonly #link: Link
  #cancelTimeout: Cancel | undefined
  #heartbeat: Heartbeat | undefined
  /** The session's welcome, while the login is under way. */
  #welcome: Welcome | undefined
  #over = false

  /** @param sasl to be gone through right after the handshake, unless the session is refused */
  constructor(
    options: ConnectionOptions,
    address: ServerAddress,
    sasl: SaslLogin | undefined,
    events: ConnectionEvents,
  ) {
    const { clock, dialer, connectTimeoutMs: timeoutMs } = options
    this.#clock = clock
    this.#address = address
    this.#sasl = sasl
    this.#events = events
    this.#frames = new FrameReader(options.frameBytesMax, this)
    this.#cancelTimeout = clock.schedule(timeoutMs, () => this.#fail(new Error(`no answer within ${timeoutMs} ms`)))
    this.#link = dialer.dial(address, this)
  }

  /** As {@link Link.write}. */
  write(bytes: Uint8Array): boolean {
    this.#heartbeat?.sent()
    return this.#link.write(bytes)
  }

  /** Starts to ping and to watch for silence. */
  keepAlive(sessionTimeoutMs: number): void {
    this.#heartbeat = new Heartbeat(this.#clock, sessionTimeoutMs, this)
  }

  /** Ends the connection without a word to the session. */
  destroy(): void {
    if (this.#over) return
    this.#over = true
    this.#answered()
    this.#heartbeat?.stop()
    this.#frames.stop()
    this.#link.destroy()
  }

  ping(): void {
    this.#events.ping()
  }

  dead(silentMs: number): void {
    this.#fail(new Error(`nothing received for ${Math.round(silentMs)} ms`))
  }

  // --- what the link tells

  open(): void {
    if (!this.#over) this.#link.write(encodeHello(this.#events.hello()))
  }

  closed(error?: Error): void {
    this.#fail(error ?? new Error('the server closed the connection'))
  }

  data(bytes: Uint8Array, start: number, end: number): void {
    if (this.#over) return
    this.#heartbeat?.received()
    try {
      this.#frames.chunk(bytes, start, end)
    } catch (error) {
      if (error instanceof AuthFailedError && this.#heartbeat === undefined) this.#refused(error)
      else this.#fail(error as Error)
    }
  }

  frame(bytes: Uint8Array, start: number, end: number): void {
    if (this.#heartbeat !== undefined) {
      this.#events.frame(bytes, start, end)
      return
    }
    if (this.#welcome !== undefined) {
      this.#loginReply(bytes, start, end, this.#welcome)
      return
    }
    const welcome = decodeWelcome(bytes, start, end)
    if (this.#sasl === undefined || welcome.timeoutMs <= 0) {
      this.#answered()
      this.#events.welcome(welcome)
      return
    }
    this.#welcome = welcome
    this.#link.write(this.#sasl.begin())
  }

  #loginReply(bytes: Uint8Array, start: number, end: number, welcome: Welcome): void {
    const next = this.#sasl?.reply(bytes, start, end)
    if (next instanceof Uint8Array) {
      this.#link.write(next)
      return
    }
    this.#answered()
    this.#events.welcome(welcome)
  }

  /** The timer is of no more use, nor what it holds. */
  #answered(): void {
    this.#cancelTimeout?.()
    this.#cancelTimeout = undefined
  }

  #refused(error: AuthFailedError): void {
    if (this.#over) return
    this.destroy()
    this.#events.refused(error)
  }

  #fail(error: Error): void {
    if (this.#over) return
    this.destroy()
    const { host, port } = this.#address
    this.#events.lost(new Error(`${host}:${port}: ${error.message}`, { cause: error }))
  }
}
