import type { ServerId } from '../../seams/peer-transport.js'
import type { Favour } from './oracle.js'
import type { QuorumVerifier } from './verifier.js'

/**
 * The configuration that a server goes by, and the one that is on its way: logged, and not known to be committed.
 * While there are two, only what has a quorum of both is decided, so that no moment exists in which the old and the new
 * servers could decide apart from each other.
 */
export class Membership {
  constructor(
    private active: QuorumVerifier,
    private pending?: QuorumVerifier,
    /** Speaks for this server where it is the last of two. */
    readonly favour?: Favour,
  ) {
    if (pending !== undefined && pending.version <= active.version) this.pending = undefined
  }

  get current(): QuorumVerifier {
    return this.active
  }

  get next(): QuorumVerifier | undefined {
    return this.pending
  }

  /** The last one that was logged. */
  get latest(): QuorumVerifier {
    return this.pending ?? this.active
  }

  /** Whether a server's vote counts in either. */
  isVoter(id: ServerId): boolean {
    return this.active.voters.has(id) || (this.pending?.voters.has(id) ?? false)
  }

  containsQuorum(acks: ReadonlySet<ServerId>): boolean {
    return this.decide(acks, this.active) && (this.pending === undefined || this.decide(acks, this.pending))
  }

  /** Whether these decide by one of the two configurations. */
  decide(acks: ReadonlySet<ServerId>, verifier: QuorumVerifier): boolean {
    return verifier.containsQuorum(acks) || (this.favour?.decides(acks, verifier) ?? false)
  }

  /** A reconfiguration is logged. An older one than the present is none. */
  propose(next: QuorumVerifier): void {
    if (next.version > this.active.version) this.pending = next
  }

  /** A configuration is committed. */
  activate(verifier: QuorumVerifier): void {
    this.active = verifier
    if (this.pending !== undefined && this.pending.version <= verifier.version) this.pending = undefined
  }

  /** What was on its way has been cut off. */
  withdraw(): void {
    this.pending = undefined
  }
}
