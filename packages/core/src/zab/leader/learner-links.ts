import type { Clock } from '../../seams/clock.js'
import type { Logger } from '../../seams/logger.js'
import type { PeerLink } from '../../seams/peer-transport.js'
import { decodePacket, type QuorumPacket } from '../packets/index.js'
import { LearnerHandle } from './learner-handle.js'

export interface LearnerLinksParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly tickTimeMs: number
  /** Ticks until a learner has to be in step. */
  readonly initLimit: number
  /** Ticks without a word, or without an ACK, after which a learner is given up. */
  readonly syncLimit: number
  /** What a learner says; an error that this throws closes the link. */
  readonly heard: (learner: LearnerHandle, packet: QuorumPacket) => void
  /** A learner is there no more. */
  readonly left: (learner: LearnerHandle) => void
  /** What those hear that come after the end. */
  readonly refusal: string
}

/**
 * The links of learners, from their coming to their end, at whoever takes learners: a leader, or a follower that has
 * observers behind it. After {@link end} nothing of it acts any more.
 */
export class LearnerLinks {
  private present = new Set<LearnerHandle>()
  private ended = false

  constructor(private readonly parts: LearnerLinksParts) {}

  get learners(): ReadonlySet<LearnerHandle> {
    return this.present
  }

  /** Takes a link that a learner has opened. */
  accept(link: PeerLink): void {
    if (this.ended) {
      link.close(this.parts.refusal)
      return
    }
    const learner = new LearnerHandle(link, this.parts.clock.monotonic())
    this.present.add(learner)
    link.packets$.subscribe({
      next: bytes => this.receive(learner, bytes),
      error: error => this.forget(learner, (error as Error).message),
      complete: () => this.forget(learner, 'it has closed the link'),
    })
  }

  /** Puts a learner before all others: what all are sent in one turn leaves in this order. */
  putFirst(learner: LearnerHandle): void {
    if (!this.present.has(learner) || this.present.values().next().value === learner) return
    this.present = new Set([learner, ...this.present])
  }

  private receive(learner: LearnerHandle, bytes: Uint8Array): void {
    if (this.ended || learner.isGone) return
    const { clock, logger, heard } = this.parts
    learner.lastHeardAt = clock.monotonic()
    try {
      heard(learner, decodePacket(bytes))
    } catch (error) {
      logger.warn({ learner: learner.name, error: String(error) }, 'closing the link of a learner')
      this.forget(learner, (error as Error).message)
    }
  }

  /** Closes the link of a learner, which may come again. */
  forget(learner: LearnerHandle, why: string): void {
    if (learner.isGone) return
    learner.phase = 'gone'
    learner.link.close(why)
    if (!this.present.delete(learner) || this.ended) return
    this.parts.logger.info({ learner: learner.name, why }, 'a learner has left')
    this.parts.left(learner)
  }

  /** Gives up those who are silent for too long, and sends the others a round of pings. */
  ping(round: number): void {
    const { clock, tickTimeMs, initLimit, syncLimit } = this.parts
    const now = clock.monotonic()
    for (const learner of [...this.present]) {
      if (learner.phase === 'synchronising' && learner.hasProgressed()) learner.lastHeardAt = now
      const limitMs = (learner.phase === 'active' ? syncLimit : initLimit) * tickTimeMs
      if (now - learner.lastHeardAt > limitMs) this.forget(learner, `nothing was heard of it for ${limitMs} ms`)
      else if (learner.unackedSince !== 0 && learner.phase === 'active' && now - learner.unackedSince > limitMs) {
        this.forget(learner, `it has acknowledged nothing for ${limitMs} ms`)
      } else if (learner.phase === 'new-leader' || learner.phase === 'active') learner.ping(round)
    }
  }

  /** Closes all links, and takes none any more. */
  end(reason: string): void {
    if (this.ended) return
    this.ended = true
    for (const learner of [...this.present]) this.forget(learner, reason)
  }
}
