import type { ServerId } from '../../seams/peer-transport.js'
import type { Random } from '../../seams/random.js'

/**
 * Which voter an observer goes to. Observers spread by chance over all of them, and whoever loses its master tries the
 * others first (QuorumPeer.updateObserverMasterList). The leader comes last, since observers are to be a burden to the
 * followers; it is there for those who find no other.
 */
export class MasterRotation {
  private order: ServerId[] = []
  /** Those that have not brought this observer into step since anybody did. */
  private readonly failed = new Set<ServerId>()

  constructor(private readonly random: Pick<Random, 'below'>) {}

  /** Voters other than the leader, in the order in which to try them; with none, it is the leader's turn. */
  candidates(voters: Iterable<ServerId>, leader: ServerId): readonly ServerId[] {
    const wanted = new Set(voters)
    const known = this.order.filter(id => wanted.has(id))
    const fresh = [...wanted].filter(id => !known.includes(id))
    for (const id of fresh) known.splice(this.random.below(known.length + 1), 0, id)
    this.order = known
    return known.filter(id => id !== leader && !this.failed.has(id))
  }

  /** This one was tried, or is lost: the others come first from now on. */
  used(id: ServerId): void {
    this.order = [...this.order.filter(other => other !== id), id]
  }

  /** What came of the last attempt: whether this observer was in step with somebody. */
  ended(served: boolean, by: ServerId | undefined): void {
    if (served) this.failed.clear()
    else if (by !== undefined) this.failed.add(by)
  }
}
