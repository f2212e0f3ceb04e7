import type { ReconnectOptions } from './options.js'
import type { ServerAddress } from './transport.js'

/**
 * Which server is tried next, and when. A server that refuses or breaks off costs no time as long as the round has
 * another one: an election is over in some 100 ms. Only after a whole round without success is there a pause, which
 * doubles from round to round.
 */
export class ServerList {
  readonly #servers: readonly ServerAddress[]
  readonly #delays: Required<ReconnectOptions> | undefined
  #next = 0
  #tried = 0
  #delayMs = 0

  /** @param delays undefined: there is no next round unless someone asks for it */
  constructor(servers: readonly ServerAddress[], delays: Required<ReconnectOptions> | undefined) {
    this.#servers = servers
    this.#delays = delays
  }

  /** Begins a round over all servers, with the one after the last that was tried. */
  startRound(): void {
    this.#tried = 0
  }

  /** A connection proved its worth: the next pause is a short one again. */
  settled(): void {
    this.#tried = 0
    this.#delayMs = 0
  }

  /** Whether this round has tried every server. */
  get exhausted(): boolean {
    return this.#tried >= this.#servers.length
  }

  /** Takes the next server; after the last comes the first. */
  take(): ServerAddress {
    const server = this.#servers[this.#next]
    this.#next = (this.#next + 1) % this.#servers.length
    this.#tried++
    return server
  }

  /**
   * The pause before the next round, in milliseconds; undefined if there is none.
   * @param sessionId spreads the clients of one server that went down, so that they do not come back in one instant
   */
  pauseMs(sessionId: bigint): number | undefined {
    if (this.#delays === undefined) return undefined
    const { initialDelayMs, maxDelayMs } = this.#delays
    this.#delayMs = Math.min(maxDelayMs, this.#delayMs === 0 ? initialDelayMs : this.#delayMs * 2)
    return this.#delayMs * (0.5 + Number(BigInt.asUintN(10, sessionId)) / 2048)
  }
}
