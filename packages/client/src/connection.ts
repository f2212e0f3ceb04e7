/** One connection to one server, from dialling to its end. */
import type { Cancel, Clock } from '@menagerie/core'
import { AuthFailedError } from './errors.js'
import { FrameReader } from './frame-reader.js'
import { decodeWelcome, encodeHello, type Hello, type Welcome } from './handshake.js'
import { Heartbeat, type HeartbeatActions } from './heartbeat.js'
import type { SaslLogin } from './sasl-login.js'
import type { Dialer, Link, ServerAddress } from './transport.js'

/** What a connection tells its session. Nothing is told after `lost`, or once it was destroyed. */
export interface ConnectionEvents {
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
  readonly address: ServerAddress
  readonly hello: Hello
  /** From dialling to the answer of the handshake, the login included. */
  readonly timeoutMs: number
  readonly frameBytesMax: number
  /** To be gone through right after the handshake, unless the session is refused. */
  readonly sasl: SaslLogin | undefined
}

export class Connection implements HeartbeatActions {
  readonly #options: ConnectionOptions
  readonly #events: ConnectionEvents
  readonly #frames: FrameReader
  readonly #link: Link
  readonly #cancelTimeout: Cancel
  #heartbeat: Heartbeat | undefined
  /** The session's welcome, while the login is under way. */
  #welcome: Welcome | undefined
  #over = false

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    const { clock, dialer, address, timeoutMs } = options
    this.#options = options
    this.#events = events
    this.#frames = new FrameReader(options.frameBytesMax, (bytes, start, end) => this.#frame(bytes, start, end))
    this.#cancelTimeout = clock.schedule(timeoutMs, () => this.#fail(new Error(`no answer within ${timeoutMs} ms`)))
    this.#link = dialer.dial(address, {
      open: () => {
        if (!this.#over) this.#link.write(encodeHello(options.hello))
      },
      data: (bytes, start, end) => this.#data(bytes, start, end),
      closed: error => this.#fail(error ?? new Error('the server closed the connection')),
    })
  }

  /** As {@link Link.write}. */
  write(bytes: Uint8Array): boolean {
    this.#heartbeat?.sent()
    return this.#link.write(bytes)
  }

  /** Starts to ping and to watch for silence. */
  keepAlive(sessionTimeoutMs: number): void {
    this.#heartbeat = new Heartbeat(this.#options.clock, sessionTimeoutMs, this)
  }

  /** Ends the connection without a word to the session. */
  destroy(): void {
    if (this.#over) return
    this.#over = true
    this.#cancelTimeout()
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

  #data(bytes: Uint8Array, start: number, end: number): void {
    if (this.#over) return
    this.#heartbeat?.received()
    try {
      this.#frames.chunk(bytes, start, end)
    } catch (error) {
      if (error instanceof AuthFailedError && this.#heartbeat === undefined) this.#refused(error)
      else this.#fail(error as Error)
    }
  }

  #frame(bytes: Uint8Array, start: number, end: number): void {
    if (this.#heartbeat !== undefined) {
      this.#events.frame(bytes, start, end)
      return
    }
    if (this.#welcome !== undefined) {
      this.#loginReply(bytes, start, end, this.#welcome)
      return
    }
    const welcome = decodeWelcome(bytes, start, end)
    const { sasl } = this.#options
    if (sasl === undefined || welcome.timeoutMs <= 0) {
      this.#cancelTimeout()
      this.#events.welcome(welcome)
      return
    }
    this.#welcome = welcome
    this.#link.write(sasl.begin())
  }

  #loginReply(bytes: Uint8Array, start: number, end: number, welcome: Welcome): void {
    const next = this.#options.sasl?.reply(bytes, start, end)
    if (next instanceof Uint8Array) {
      this.#link.write(next)
      return
    }
    this.#cancelTimeout()
    this.#events.welcome(welcome)
  }

  #refused(error: AuthFailedError): void {
    if (this.#over) return
    this.destroy()
    this.#events.refused(error)
  }

  #fail(error: Error): void {
    if (this.#over) return
    this.destroy()
    const { host, port } = this.#options.address
    this.#events.lost(new Error(`${host}:${port}: ${error.message}`, { cause: error }))
  }
}
