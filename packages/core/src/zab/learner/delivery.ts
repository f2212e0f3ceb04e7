import type { Clock } from '../../seams/clock.js'
import type { Logged } from '../history.js'
import type { LearnerHost } from './learner-host.js'

export interface DeliveryParts {
  readonly clock: Clock
  readonly host: LearnerHost
  /** Transactions have been applied, each once, in their order. */
  readonly onDelivered?: (committed: readonly Logged[]) => void
}

/** Applies what is committed, in its order: commits of one turn together. */
export class Delivery {
  private scheduled = false
  private ended = false

  /** @param failed a transaction could not be applied */
  constructor(
    private readonly parts: DeliveryParts,
    private readonly failed: (error: Error) => void,
  ) {}

  schedule(): void {
    if (this.scheduled) return
    this.scheduled = true
    this.parts.clock.defer(() => {
      this.scheduled = false
      if (!this.ended) this.now()
    })
  }

  now(): void {
    const { host, onDelivered } = this.parts
    const committed = host.history.takeCommitted()
    if (committed.length === 0) return
    try {
      host.deliver(committed)
    } catch (error) {
      this.failed(error as Error)
      return
    }
    onDelivered?.(committed)
  }

  /** Nothing that is scheduled happens any more. */
  end(): void {
    this.ended = true
  }
}
