import type { Client } from '@menagerie/client'
import type { Clock } from '@menagerie/core'
import { isOwnSession } from './own-session.js'

/** Of the session timeout. See {@link SessionGuard}. */
const TRUSTED = 1 / 4
/** How often it is noted that this process runs, of the session timeout. */
const NOTED = 1 / 16

/** A session, and when it was known to live: see `Place`. */
export interface SessionProof {
  readonly sessionId: bigint
  readonly provenAt: number
}

export interface GuardOptions {
  readonly clock: Clock
  /** How long the session is relied on without a connection. Default: a quarter of the session timeout. */
  readonly suspendedMs?: number | undefined
}

/**
 * Tells when a session can no longer be relied on, as early as the server might give what it holds to others.
 *
 * The server counts from the last it heard of the session. The client gives a connection up after two thirds of the session
 * timeout without a word from the server, so while it says `connected` and this process runs, at least one third is left.
 * A quarter of the timeout is used, from the last moment at which both were so; a twelfth is kept for how late messages and
 * timers may be. A process that has stood still (stopped, swapped out, collecting garbage) for that long is out as well,
 * without having noticed a lost connection: hence the notes of the time, and {@link SessionGuard.check}.
 */
export class SessionGuard {
  readonly #client: Client
  readonly #sessionId: bigint
  readonly #clock: Clock
  readonly #suspendedMs: number
  readonly #trustedMs: number
  readonly #lost: (reason: string) => void
  readonly #subscription: { unsubscribe(): void }
  /** When the session was good for sure, as far as can be told from here. */
  #goodAt: number
  /** When this process was last seen to run. */
  #ranAt: number
  #cancelNote: () => void = () => {}
  #cancelGrace: () => void = () => {}
  #wasSuspended = false
  #ended = false

  /** @param lost is called once, and never from within the constructor */
  constructor(client: Client, proof: SessionProof, options: GuardOptions, lost: (reason: string) => void) {
    const { timeoutMs } = client.session
    this.#client = client
    this.#sessionId = proof.sessionId
    this.#clock = options.clock
    this.#trustedMs = timeoutMs * TRUSTED
    this.#suspendedMs = options.suspendedMs ?? this.#trustedMs
    this.#lost = lost
    this.#goodAt = proof.provenAt
    this.#ranAt = this.#clock.monotonic()
    this.#subscription = client.state$.subscribe({
      next: () => queueMicrotask(() => this.#stateChanged()),
      complete: () => queueMicrotask(() => this.#stateChanged()),
    })
    this.#note(timeoutMs * NOTED)
  }

  /** Looks at the time now, without waiting for a timer that may be late. */
  check(): void {
    if (this.#ended) return
    if (!isOwnSession(this.#client, { sessionId: this.#sessionId })) {
      this.#end('the session has expired')
      return
    }
    const goneMs = this.#clock.monotonic() - this.#goodAt
    if (goneMs < this.#trustedMs) return
    // While suspended it is the grace that counts, which may be longer by the owner's wish.
    if (this.#client.state === 'suspended' && goneMs < this.#suspendedMs) return
    this.#end(`this process has not known of its session for ${Math.round(goneMs)} ms, and it may have expired`)
  }

  stop(): void {
    this.#ended = true
    this.#cancelNote()
    this.#cancelGrace()
    this.#subscription.unsubscribe()
  }

  #note(everyMs: number): void {
    this.#cancelNote = this.#clock.schedule(everyMs, () => {
      this.check()
      if (this.#ended) return
      const now = this.#clock.monotonic()
      // After a pause the client may not have judged its connection yet: the next note will know.
      const late = now - this.#ranAt > 2 * everyMs
      if (this.#client.state === 'connected' && !late) this.#goodAt = now
      this.#ranAt = now
      this.#note(everyMs)
    })
  }

  #stateChanged(): void {
    if (this.#ended) return
    this.#cancelGrace()
    const { state } = this.#client
    if (state === 'expired') this.#end('the session has expired')
    else if (state === 'closed') this.#end('the client was closed')
    else if (state === 'authFailed') this.#end("the server refused the client's credentials")
    else if (state === 'suspended') this.#suspended()
    else if (this.#client.session.id !== this.#sessionId) this.#end('the session has expired')
    else if (this.#wasSuspended)
      this.#goodAt = this.#clock.monotonic() // the server has just said so
    else this.check()
    this.#wasSuspended = state === 'suspended'
  }

  #suspended(): void {
    const leftMs = this.#goodAt + this.#suspendedMs - this.#clock.monotonic()
    const end = () => {
      const ms = Math.round(this.#clock.monotonic() - this.#goodAt)
      this.#end(`there has been no connection for ${ms} ms, and the session may have expired`)
    }
    if (leftMs <= 0) end()
    else this.#cancelGrace = this.#clock.schedule(leftMs, end)
  }

  #end(reason: string): void {
    this.stop()
    this.#lost(reason)
  }
}
