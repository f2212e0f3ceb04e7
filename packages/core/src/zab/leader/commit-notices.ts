import type { Zxid } from '../../zxid.js'
import { encodePacket, PacketType } from '../packets/index.js'
import { committableWith, type Durable } from './commit-rule.js'
import type { LeaderTerm } from './leader-term.js'
import type { CommittedConfig } from './reconfiguration.js'

/**
 * Tells learners what is committed: observers by the transaction itself (INFORM), followers of Apache's kind by a COMMIT for
 * each, and followers that understand it by how far the history is committed.
 *
 * Of the latter, one whose client waits for a write is told more: up to where only its own vote is missing
 * ({@link PacketType.COMMITONCEDURABLE}). It commits as soon as its disk has the write, and answers its client without
 * waiting for its ACK to reach the leader and a COMMIT to come back. That is safe for the reason for which the leader may
 * commit: at that moment a quorum has made the write durable, and every later leader comes out of a quorum.
 */
export class CommitNotices {
  constructor(private readonly term: LeaderTerm) {}

  /** A transaction is committed that is no reconfiguration. Whoever commits by itself is told by {@link settle}. */
  committed(zxid: Zxid, bytes: Uint8Array): void {
    let commit: Uint8Array | null = null
    let inform: Uint8Array | null = null
    for (const learner of this.term.learners) {
      if (!learner.isForwarded || learner.commitsItself) continue
      if (learner.kind === 'follower') learner.send((commit ??= encodePacket(PacketType.COMMIT, zxid)), zxid)
      else learner.send((inform ??= encodePacket(PacketType.INFORM, zxid, bytes)), zxid)
    }
  }

  /** A reconfiguration is committed, which every learner is told of by itself, behind all that came before it. */
  activated(zxid: Zxid, { activate, inform }: CommittedConfig): void {
    this.settle(zxid - 1)
    for (const learner of this.term.learners) {
      if (!learner.isForwarded) continue
      learner.send(learner.kind === 'follower' ? activate : inform, zxid)
      learner.toldCommitted = zxid
    }
  }

  /** All up to `committed` is: tells whoever commits by itself, unless it knows. */
  settle(committed: Zxid): void {
    let packet: Uint8Array | null = null
    for (const learner of this.term.learners) {
      if (!learner.commitsItself || learner.toldCommitted >= committed) continue
      learner.toldCommitted = committed
      if (learner.promised >= committed && learner.acked >= committed) continue
      learner.send((packet ??= encodePacket(PacketType.COMMITTHROUGH, committed)))
    }
  }

  /**
   * Tells followers whose clients wait up to where nothing but their own vote is missing. While a reconfiguration is under
   * way two configurations decide, and nobody is told.
   */
  promise(durable: () => readonly Durable[]): void {
    const { membership } = this.term.options
    if (membership.next !== undefined) return
    let votes: readonly Durable[] | undefined
    for (const learner of this.term.learners) {
      const { promised, toldCommitted, awaits } = learner
      const known = Math.max(promised, toldCommitted)
      if (!learner.commitsItself || awaits <= known) continue
      const zxid = committableWith(learner.id, (votes ??= durable()), membership.current)
      if (zxid <= known) continue
      learner.promised = zxid
      learner.send(encodePacket(PacketType.COMMITONCEDURABLE, zxid))
      learner.flush()
    }
  }

  /**
   * Has the notices leave at once. While there is more under way they leave with the next proposals instead: to write to a
   * socket costs more than all else.
   */
  leave(): void {
    const { learners, options } = this.term
    const { history } = options.host
    if (history.committed >= history.logged) for (const learner of learners) learner.flush()
  }
}
