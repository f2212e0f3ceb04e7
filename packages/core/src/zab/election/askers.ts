import type { ServerId } from '../../seams/peer-transport.js'

/**
 * Servers without a vote that have asked since this server last took a role: they are told of every change, and of the
 * result. Apache leaves them to ask again.
 */
export class Askers {
  private readonly known = new Set<ServerId>()
  /** Those of them that were answered since the last timeout: two that take each other for such must not chatter. */
  private readonly answered = new Set<ServerId>()

  add(id: ServerId): void {
    this.known.add(id)
  }

  all(): Iterable<ServerId> {
    return this.known
  }

  /** Whether one that asks is to be answered at once; it will have been. */
  answers(id: ServerId, isLooking: boolean): boolean {
    this.known.add(id)
    if (isLooking && this.answered.has(id)) return false
    this.answered.add(id)
    return true
  }

  /** Each may be answered again. */
  newInterval(): void {
    this.answered.clear()
  }

  /** They have been told of the result. */
  clear(): void {
    this.known.clear()
  }
}
