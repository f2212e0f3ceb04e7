import { KeeperCode } from '../../jute/codes.js'
import type { ServerId } from '../../seams/peer-transport.js'
import { makeZxid, type Zxid } from '../../zxid.js'
import type { Logged } from '../history.js'
import { encodeLong, encodePacket, PacketType } from '../packets/index.js'
import { type QuorumVerifier, type ReconfigChange, type ReconfigOutcome, reconfigure } from '../quorum/index.js'
import { type Durable, designatedLeader } from './commit-rule.js'
import type { LeaderOptions } from './leader-options.js'

/** What a committed reconfiguration means for the learners, and for the leader itself. */
export interface CommittedConfig {
  /** For followers. */
  readonly activate: Uint8Array
  /** For observers. */
  readonly inform: Uint8Array
  /** Who leads from now on. */
  readonly leader: ServerId
}

/**
 * Reconfiguration as the leader sees it (Leader.java, the reconfig case of PrepRequestProcessor): one at a time, and
 * only into a configuration of which a quorum is in step. From its proposal to its commit both configurations decide.
 */
export class Reconfiguration {
  /** The configuration of the request that is just being prepared. */
  private prepared: QuorumVerifier | null = null
  /** The reconfiguration that is under way. */
  private underWay: Zxid | null = null

  constructor(private readonly options: LeaderOptions) {}

  /** The transaction of the reconfiguration that is under way, or null. */
  get zxid(): Zxid | null {
    return this.underWay
  }

  /** See `Broadcast.reconfigure`. */
  prepare(change: ReconfigChange, zxid: Zxid, durable: readonly Durable[]): ReconfigOutcome {
    const { membership, rules, logger } = this.options
    if (membership.next !== undefined) {
      return { refusal: KeeperCode.ReconfigInProgress, reason: 'another reconfiguration is under way' }
    }
    const outcome = reconfigure(membership.current, change, zxid, rules)
    if (outcome.refusal !== undefined) {
      logger.warn({ reason: outcome.reason }, 'a reconfiguration is refused')
      return outcome
    }
    if (!outcome.verifier.containsQuorum(new Set(durable.map(([id]) => id)))) {
      return { refusal: KeeperCode.NewConfigNoQuorum, reason: 'no quorum of the new configuration is in step' }
    }
    this.prepared = outcome.verifier
    return outcome
  }

  /** The transaction is proposed: from now on both configurations decide. */
  propose(zxid: Zxid): void {
    const { membership, onProposed } = this.options
    if (this.prepared?.version !== zxid) return
    this.underWay = zxid
    membership.propose(this.prepared)
    onProposed?.(this.prepared)
    this.prepared = null
  }

  /** The transaction is committed: the new configuration alone decides. */
  commit({ zxid, bytes }: Logged, durable: readonly Durable[]): CommittedConfig {
    const { membership, self, onActivated } = this.options
    const { current, next = current } = membership
    this.underWay = null
    const leader = designatedLeader(self, current, next, durable)
    const designated = encodeLong(leader)
    const inform = new Uint8Array(designated.length + bytes.length)
    inform.set(designated)
    inform.set(bytes, designated.length)
    membership.activate(next)
    onActivated?.(next)
    return {
      activate: encodePacket(PacketType.COMMITANDACTIVATE, zxid, designated),
      inform: encodePacket(PacketType.INFORMANDACTIVATE, zxid, inform),
      leader,
    }
  }

  /**
   * A configuration that servers were merely started with has the version 0. The first leader gives it one, so that it
   * goes before the lists of servers that join later (ZOOKEEPER-1783).
   */
  stamp(epoch: number): void {
    const { membership, reconfigEnabled } = this.options
    if (!reconfigEnabled || membership.latest.version !== 0) return
    membership.propose({ ...membership.current, version: makeZxid(epoch, 0) })
  }

  /** A reconfiguration that the leader has found in its log is committed with all of its history. */
  established(): void {
    const { membership, onActivated } = this.options
    const { next } = membership
    if (next === undefined) return
    membership.activate(next)
    onActivated?.(next)
  }
}
