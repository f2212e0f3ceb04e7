import { OpCode } from '../../jute/codes.js'
import { SizeStatistics } from '../../monitor/server-statistics.js'
import type { Proposal } from '../../requests/proposal.js'
import { COUNTER_MAX, makeZxid, type Zxid, zxidCounter, zxidHex } from '../../zxid.js'
import type { Logged } from '../history.js'
import { encodePacket, PacketType } from '../packets/index.js'
import type { ReconfigChange, ReconfigOutcome } from '../quorum/index.js'
import { CommitNotices } from './commit-notices.js'
import { committable, type Durable } from './commit-rule.js'
import type { CommittedWindow } from './committed-window.js'
import { type LeaderTerm, protocolError } from './leader-term.js'
import type { LearnerHandle } from './learner-handle.js'
import { ProposalEncoder } from './proposal-encoder.js'
import type { Reconfiguration } from './reconfiguration.js'

/**
 * What a leader proposes, from its zxid to its commit (phase 3 of the paper).
 *
 * A proposal is committed when a quorum has made it durable, in order. Votes count only of voters that have
 * acknowledged NEWLEADER, this server's own when its log has flushed.
 */
export class Proposals {
  /** Lengths of the proposals of this term. */
  readonly bytes = new SizeStatistics()
  /** Something was committed, and delivered here. */
  onCommitted: () => void = () => {}
  private lastProposed: Zxid = 0
  private commitScheduled = false
  private readonly encoder = new ProposalEncoder()
  private readonly notices: CommitNotices

  constructor(
    private readonly term: LeaderTerm,
    private readonly window: CommittedWindow,
    private readonly reconfiguration: Reconfiguration,
  ) {
    this.notices = new CommitNotices(term)
  }

  /** A quorum has the history that this epoch goes on from. */
  begin(epoch: number): void {
    this.lastProposed = Math.max(this.term.options.host.history.logged, makeZxid(epoch, 0))
  }

  /** The zxid of the last proposal. */
  get last(): Zxid {
    return this.lastProposed
  }

  /** See {@link Broadcast.nextZxid}. */
  nextZxid(): Zxid {
    return ++this.lastProposed
  }

  propose(proposal: Proposal): void {
    const { term } = this
    if (term.isOver) return
    const { zxid } = proposal.header
    const { packet, record: bytes } = this.encoder.encode(proposal)
    proposal.bytes = bytes.length
    this.bytes.add(bytes.length)
    try {
      term.options.host.history.append({ zxid, bytes, proposal })
    } catch (error) {
      term.stop(error as Error)
      return
    }
    if (proposal.txn.type === OpCode.reconfig) this.reconfiguration.propose(zxid)
    const now = term.options.clock.monotonic()
    for (const learner of term.learners) {
      if (learner.kind !== 'follower' || !learner.isForwarded) continue
      if (learner.unackedSince === 0) learner.unackedSince = now
      learner.send(packet, zxid)
    }
    term.options.host.history.flushSoon()
    // Its counter used up, the epoch ends: a zxid must not run over into the next one (ZOOKEEPER-1277).
    if (zxidCounter(zxid) >= (term.options.tuning?.counterMax ?? COUNTER_MAX) - 1)
      term.stop(protocolError('the counter of this epoch is used up'))
  }

  /** Sends a follower what is under way beyond `committed`. */
  sendUnderWay(learner: LearnerHandle, committed: Zxid): void {
    const { host, clock } = this.term.options
    for (const { bytes, zxid } of host.history.unapplied) {
      if (zxid <= committed) continue
      if (learner.unackedSince === 0) learner.unackedSince = clock.monotonic()
      learner.send(encodePacket(PacketType.PROPOSAL, zxid, bytes), zxid)
    }
  }

  /** A learner has made everything up to here durable. @throws ZAB_PROTOCOL for what was never proposed */
  acked(learner: LearnerHandle, zxid: Zxid): void {
    // What follows UPTODATE acknowledges no proposal.
    if (zxidCounter(zxid) === 0) return
    const { host, clock } = this.term.options
    if (zxid > host.history.logged) throw protocolError(`it acknowledged 0x${zxidHex(zxid)}, which is not proposed`)
    if (zxid > learner.acked) learner.acked = zxid
    learner.unackedSince = zxid >= host.history.logged ? 0 : clock.monotonic()
    this.scheduleCommit()
  }

  /** Votes of one turn are counted together. */
  scheduleCommit(): void {
    const { term } = this
    if (this.commitScheduled || term.phase !== 'broadcast') return
    this.commitScheduled = true
    term.options.clock.defer(() => {
      this.commitScheduled = false
      this.commit()
    })
  }

  /** Commits what a quorum has made durable, delivers it here, and tells the learners. */
  commit(): void {
    if (this.term.isOver || this.term.phase !== 'broadcast') return
    const { host, membership } = this.term.options
    const { history } = host
    while (history.unapplied.length > 0) {
      const reconfigZxid = this.reconfiguration.zxid
      let zxid = committable(this.durable(), membership, reconfigZxid)
      // Nothing goes with a reconfiguration that comes after it: it is to be decided by the new servers.
      if (reconfigZxid !== null && zxid > reconfigZxid) zxid = reconfigZxid
      history.commitThrough(zxid)
      const committed = history.takeCommitted()
      // Nothing is left before a reconfiguration that waits for its quorums, perhaps not even in this epoch.
      if (committed.length === 0) break
      let succeeded: Error | null = null
      for (const entry of committed) {
        this.window.push(entry)
        if (entry.zxid === reconfigZxid) succeeded = this.commitConfig(entry)
        else this.notices.committed(entry.zxid, entry.bytes)
      }
      this.notices.settle(committed[committed.length - 1].zxid)
      // Whose client waits for the newest of them hears first: a learner's gets its reply from there, this server's own from
      // the delivery.
      if (committed[committed.length - 1].proposal?.origin === null) this.notices.leave()
      try {
        host.deliver(committed)
      } catch (error) {
        this.term.stop(error as Error)
        return
      }
      if (succeeded !== null) {
        this.term.stop(succeeded)
        return
      }
    }
    this.notices.promise(() => this.durable())
    this.notices.leave()
    this.onCommitted()
  }

  /**
   * What every server has made durable whose vote counts by now. Observers acknowledge nothing, also one that a
   * reconfiguration under way makes a voter: it has to join as a follower first (Leader.isQuorumSynced).
   */
  private durable(): Durable[] {
    const { self, host } = this.term.options
    const durable: Durable[] = [[self, host.history.durable]]
    for (const { id, kind, phase, acked } of this.term.learners) {
      if (kind === 'follower' && phase === 'active') durable.push([id, acked])
    }
    return durable
  }

  /** See {@link Broadcast.reconfigure}. */
  reconfigure(change: ReconfigChange, zxid: Zxid): ReconfigOutcome {
    return this.reconfiguration.prepare(change, zxid, this.durable())
  }

  /** Commits a reconfiguration; the reason to end the term where it makes another server the leader. */
  private commitConfig(entry: Logged): Error | null {
    const config = this.reconfiguration.commit(entry, this.durable())
    this.notices.activated(entry.zxid, config)
    const { leader } = config
    if (leader === this.term.options.self) return null
    return protocolError(`server ${leader} is to lead the new configuration`)
  }
}
