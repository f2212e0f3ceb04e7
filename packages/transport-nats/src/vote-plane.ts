import type { Clock, Logger, ServerId } from '@menagerie/core'
import { decodeVote, encodeVote } from './vote-message.js'

export interface VotePlaneParts {
  readonly self: ServerId
  /** Of this start of the server. */
  readonly instance: string
  /** The ensemble's; see `ensembleMark`. */
  readonly mark: string
  readonly clock: Clock
  readonly logger: Logger
  readonly isConnected: () => boolean
  readonly publish: (peer: ServerId, data: Uint8Array) => void
  readonly deliver: (from: ServerId, message: Uint8Array) => void
}

interface Sent {
  readonly data: Uint8Array
  waits: boolean
}

/**
 * The election plane: one slot for each peer.
 *
 * A vote is sent at the end of the turn, or as soon as there is a connection. The newest one stays at hand for a
 * peer that begins to listen later; whoever has it already knows it by its number.
 */
export class VotePlane {
  private readonly slots = new Map<ServerId, Sent>()
  private readonly newest = new Map<ServerId, { readonly instance: string; readonly sequence: number }>()
  private sequence = 0
  private flushing = false

  constructor(private readonly parts: VotePlaneParts) {}

  send(peer: ServerId, message: Uint8Array): void {
    const { self, instance, mark, clock } = this.parts
    const data = encodeVote({ mark, instance, from: self, sequence: ++this.sequence, message })
    this.slots.set(peer, { data, waits: true })
    if (this.flushing) return
    this.flushing = true
    clock.defer(() => {
      this.flushing = false
      this.flush()
    })
  }

  /** Sends what waits, as far as there is a connection. */
  flush(): void {
    if (!this.parts.isConnected()) return
    for (const [peer, slot] of this.slots) {
      if (!slot.waits) continue
      slot.waits = false
      this.parts.publish(peer, slot.data)
    }
  }

  /** A peer listens (again): it may have missed the newest vote. */
  arrived(peer: ServerId): void {
    const slot = this.slots.get(peer)
    if (slot !== undefined) slot.waits = true
    this.flush()
  }

  /** The connection is back: what went out just before it failed may be lost. */
  reconnected(): void {
    for (const slot of this.slots.values()) slot.waits = true
    this.flush()
  }

  receive(data: Uint8Array): void {
    const { logger, mark, self, deliver } = this.parts
    const vote = decodeVote(data)
    if (vote === undefined) {
      logger.warn({ bytes: data.length }, 'a message among the votes is none, and is dropped')
      return
    }
    if (vote.mark !== mark) {
      logger.warn({ from: vote.from }, 'a vote of another ensemble is dropped; give each ensemble a prefix of its own')
      return
    }
    const { from, instance, sequence, message } = vote
    const last = this.newest.get(from)
    if (from === self || (last?.instance === instance && sequence <= last.sequence)) return
    this.newest.set(from, { instance, sequence })
    deliver(from, message)
  }

  clear(): void {
    this.slots.clear()
  }
}
