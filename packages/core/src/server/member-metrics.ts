import type { Observable } from 'rxjs'
import type { Clock } from '../seams/clock.js'
import type { Counter, Metrics, Summary } from '../seams/metrics.js'
import type { PeerRole } from '../zab/peer/quorum-peer-options.js'

/**
 * What a member of an ensemble counts of its terms, under the names that Apache's ServerMetrics has for them.
 * Transactions are counted when they are delivered: what was proposed and never committed is not among them.
 */
export class MemberMetrics {
  private role: PeerRole = 'looking'
  /** Monotonic ms; undefined while the server takes part. */
  private unavailableSince: number | undefined
  private readonly lookingCount: Counter
  /** From the beginning of an election until the server serves, in ms. */
  private readonly unavailableTime: Summary
  private readonly leaderUnavailableTime: Summary
  private readonly proposalCount: Counter
  private readonly commitCount: Counter
  private readonly proposalsReceived: Counter
  private readonly commitsReceived: Counter

  /** @param role$ the present role and each that follows; `looking` again where an election leads to nothing */
  constructor(
    metrics: Metrics,
    private readonly clock: Clock,
    role$: Observable<PeerRole>,
  ) {
    this.lookingCount = metrics.counter('looking_count')
    this.unavailableTime = metrics.summary('unavailable_time')
    this.leaderUnavailableTime = metrics.summary('leader_unavailable_time')
    this.proposalCount = metrics.counter('proposal_count')
    this.commitCount = metrics.counter('commit_count')
    this.proposalsReceived = metrics.counter('learner_proposal_received_count')
    this.commitsReceived = metrics.counter('learner_commit_received_count')
    role$.subscribe(role => this.change(role))
  }

  private change(role: PeerRole): void {
    this.role = role
    const now = this.clock.monotonic()
    if (role === 'looking') {
      this.lookingCount.add(1)
      this.unavailableSince ??= now
      return
    }
    if (this.unavailableSince === undefined) return
    const tookMs = Math.round(now - this.unavailableSince)
    this.unavailableSince = undefined
    this.unavailableTime.observe(tookMs)
    if (role === 'leading') this.leaderUnavailableTime.observe(tookMs)
  }

  /** So many transactions were committed, and applied here. */
  delivered(count: number): void {
    if (this.role === 'leading') {
      this.proposalCount.add(count)
      this.commitCount.add(count)
    } else {
      this.commitsReceived.add(count)
      // An observer is told of a transaction when it is committed, and only then.
      if (this.role === 'following') this.proposalsReceived.add(count)
    }
  }
}
