import type { Cancel } from '../../seams/clock.js'
import { Confirmations } from './confirmations.js'
import { type LeaderTerm, protocolError } from './leader-term.js'
import type { LearnerHandle } from './learner-handle.js'

/**
 * Whether a quorum is still with this leader: asked by pings, twice a tick and for every sync. Silent learners are
 * given up, and the term itself when no quorum is left or none comes into step.
 */
export class LeadershipWatch {
  private readonly confirmations = new Confirmations()
  private cancelTimer: Cancel = () => {}
  private readonly startedAt: number

  /** @param ping gives up learners that are silent, and asks the others by a round of pings */
  constructor(
    private readonly term: LeaderTerm,
    private readonly ping: (round: number) => void,
  ) {
    this.startedAt = term.options.clock.monotonic()
  }

  /** Syncs that wait for a quorum to confirm this leader. */
  get pendingSyncs(): number {
    return this.confirmations.length
  }

  /** How long the term has lasted. */
  get elapsedMs(): number {
    return this.term.options.clock.monotonic() - this.startedAt
  }

  start(): void {
    const { clock, tickTimeMs } = this.term.options
    this.cancelTimer = clock.schedule(tickTimeMs / 2, () => {
      this.ping(this.confirmations.ask())
      if (!this.term.isOver) this.checkQuorum()
      if (!this.term.isOver) this.start()
    })
  }

  stop(): void {
    this.cancelTimer()
  }

  // --- syncs

  /** See {@link Confirmations}. */
  confirm(released: () => void): void {
    const { clock, host } = this.term.options
    if (!this.confirmations.add(host.history.logged, released)) return
    // One round for all the syncs of a turn.
    clock.defer(() => {
      if (this.term.isOver) return
      const round = this.confirmations.ask()
      for (const learner of this.term.learners) if (learner.phase === 'active') learner.ping(round)
      this.count(round)
    })
  }

  /** Asks one learner whether it is there; gives the round that its answer will name. */
  ask(learner: LearnerHandle): number {
    const round = this.confirmations.ask()
    learner.ping(round)
    return round
  }

  /** A learner has answered a round of pings. */
  answered(learner: LearnerHandle, round: number): void {
    if (round <= learner.confirmedRound) return
    learner.confirmedRound = round
    if (this.confirmations.length > 0) this.count(round)
  }

  /** Releases the syncs that waited for what is committed by now. */
  release(): void {
    this.confirmations.release(this.term.options.host.history.committed)
  }

  private count(round: number): void {
    const { self, membership } = this.term.options
    const confirming = new Set([self])
    for (const learner of this.term.learners) {
      if (learner.phase === 'active' && learner.confirmedRound >= round) confirming.add(learner.id)
    }
    if (!membership.containsQuorum(confirming)) return
    this.confirmations.confirmed(round)
    this.release()
  }

  // --- limits

  /** Ends the term without a quorum: at once when one was there, and after a while when none has come. */
  checkQuorum(): void {
    const { membership, self } = this.term.options
    if (this.term.phase !== 'broadcast') {
      this.checkProgress()
      return
    }
    const present = new Set([self])
    // An observer that a reconfiguration under way makes a voter acknowledges nothing: with it alone nothing is committed.
    for (const { id, kind, phase } of this.term.learners) if (kind === 'follower' && phase === 'active') present.add(id)
    if (membership.containsQuorum(present)) return
    this.term.stop(protocolError(`no quorum is left; with it are ${[...present]}`))
  }

  private checkProgress(): void {
    const { tickTimeMs, initLimit, tuning } = this.term.options
    const { epochTimeoutMs } = tuning ?? {}
    if (this.term.phase === 'discovery' && epochTimeoutMs !== undefined && this.elapsedMs > epochTimeoutMs) {
      this.term.stop(protocolError(`no quorum said within ${epochTimeoutMs} ms which epoch it accepted`))
    } else if (this.elapsedMs > initLimit * tickTimeMs) {
      const { newLeaderAcked } = this.term
      this.term.stop(protocolError(`no quorum came into step within initLimit; with it are ${[...newLeaderAcked]}`))
    }
  }
}
