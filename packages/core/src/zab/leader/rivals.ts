import type { Cancel, Clock } from '../../seams/clock.js'
import type { LearnerHandle } from './learner-handle.js'

export interface RivalsParts {
  readonly clock: Clock
  /** How long a learner may take to answer before the link that came after it has its place. */
  readonly patienceMs: number
  /** Asks a learner whether it is there; gives the round that its answer will name. */
  readonly ask: (learner: LearnerHandle) => number
  /** The later link is the server's, and begins. */
  readonly admit: (later: LearnerHandle) => void
  /** This link is not the server's, or not any more. */
  readonly dismiss: (learner: LearnerHandle, why: string) => void
}

interface Claim {
  readonly standing: LearnerHandle
  readonly later: LearnerHandle
  readonly round: number
  readonly cancel: Cancel
  /** The learner in step has answered. */
  judged: boolean
}

/**
 * Links that claim the id of a learner which is in step on another one: a server that has come again before the end of
 * its earlier link was known here, two servers with one myid, or a stranger. The leader asks the learner in step. If its
 * link ends, or it stays silent, the later link has its place. If it answers, the claim is false; unless the claim comes
 * from where that server is reached, and the learner in step does not.
 *
 * Apache's leader keeps both, and counts the acknowledgements of either.
 */
export class Rivals {
  private claims: Claim[] = []

  constructor(private readonly parts: RivalsParts) {}

  /** `later` says that it is the server that `standing` is; it has to wait. */
  add(standing: LearnerHandle, later: LearnerHandle): void {
    const { clock, patienceMs, ask, dismiss } = this.parts
    const round = ask(standing)
    const cancel = clock.schedule(patienceMs, () =>
      dismiss(standing, `it has come again, and this link is silent for ${patienceMs} ms`),
    )
    this.claims.push({ standing, later, round, cancel, judged: false })
  }

  /** A learner has answered this round of pings. */
  answered(learner: LearnerHandle, round: number): void {
    for (const claim of this.claims) {
      if (claim.standing !== learner || round < claim.round) continue
      claim.cancel()
      if (!claim.judged) void this.judge(claim)
    }
  }

  private async judge(claim: Claim): Promise<void> {
    claim.judged = true
    const { standing, later } = claim
    const { id, name } = standing
    const [isThere, comesFromThere] = await Promise.all(
      [standing, later].map(({ link }) => link.comesFrom?.(id) ?? Promise.resolve(false)),
    )
    // One of them has left, or the term is over.
    if (!this.claims.includes(claim)) return
    if (comesFromThere && !isThere) this.parts.dismiss(standing, `another link comes from an address of server ${id}`)
    else this.parts.dismiss(later, `${name} has another link, which is alive; two servers may have the same myid`)
  }

  /** A link has ended: whoever waited for its place has it. */
  left(learner: LearnerHandle): void {
    const over = this.take(({ standing, later }) => standing === learner || later === learner)
    for (const { standing, later } of over) if (standing === learner && !later.isGone) this.parts.admit(later)
  }

  /** The term is over. */
  clear(): void {
    this.take(() => true)
  }

  private take(concerned: (claim: Claim) => boolean): Claim[] {
    const taken = this.claims.filter(concerned)
    this.claims = this.claims.filter(claim => !taken.includes(claim))
    for (const { cancel } of taken) cancel()
    return taken
  }
}
