import { MenagerieError } from '../../errors.js'
import { OpCode } from '../../jute/codes.js'
import { decodeUtf8 } from '../../jute/utf8.js'
import type { ServerId } from '../../seams/peer-transport.js'
import { TxnReader } from '../../tree/txn.js'
import { type Zxid, zxidCounter } from '../../zxid.js'
import { type Membership, parseConfig, type QuorumVerifier } from '../quorum/index.js'

export interface ConfigurationOptions {
  readonly self: ServerId
  /** As what it has joined its leader. */
  readonly kind: 'follower' | 'observer'
  readonly leader: ServerId
  readonly membership: Membership
  /** Whether configurations of the leader are taken (reconfigEnabled). */
  readonly reconfigEnabled: boolean
  /** A configuration is logged and on its way. */
  readonly onProposed?: (verifier: QuorumVerifier) => void
  /** What was on its way has been cut off. */
  readonly onWithdrawn?: () => void
  /** A configuration is committed: the one to go by from now on. */
  readonly onActivated?: (verifier: QuorumVerifier) => void
}

/** The ensemble's configuration, as a learner hears of it from its leader: proposed first, then committed. */
export class Configuration {
  constructor(private readonly options: ConfigurationOptions) {}

  /** A record has been logged; it may be that of a reconfiguration. @throws ZAB_PROTOCOL for one that makes no sense */
  logged(record: Uint8Array): void {
    if (!this.options.reconfigEnabled || typeOfTxn(record) !== OpCode.reconfig) return
    const { txn } = new TxnReader().read(record)
    if (txn.type === OpCode.reconfig && txn.data !== null) this.propose(read(txn.data))
  }

  /**
   * NEWLEADER brings the last configuration that the leader has logged, or nothing. A later one that is on its way here
   * has been cut off: it would be in the leader's history otherwise, which ends at `logged`.
   */
  newLeader(text: Uint8Array | null, logged: Zxid): void {
    const { membership, reconfigEnabled } = this.options
    const latest = reconfigEnabled && text !== null && text.length > 1 ? read(text) : undefined
    if (membership.next !== undefined && membership.next.version > (latest?.version ?? logged)) {
      membership.withdraw()
      this.options.onWithdrawn?.()
    }
    if (latest !== undefined) this.propose(latest)
  }

  private propose(verifier: QuorumVerifier): void {
    const { membership, onProposed } = this.options
    if (verifier.version <= membership.latest.version) return
    membership.propose(verifier)
    onProposed?.(verifier)
  }

  /**
   * A reconfiguration is committed.
   *
   * @returns why this server has to join again: it changes its role, or is to get another leader; otherwise undefined
   */
  committed(zxid: Zxid, designated: ServerId): string | undefined {
    const { membership, leader } = this.options
    const { next } = membership
    if (next === undefined || next.version !== zxid) return undefined
    this.activate(next)
    if (designated !== leader) return `server ${designated} is to lead the new configuration`
    return this.otherRole
  }

  /** An observer of the configuration joins as one, and everybody else as a follower, with or without a vote. */
  private get otherRole(): string | undefined {
    const { membership, self, kind } = this.options
    const isObserver = membership.current.observers.has(self)
    return isObserver === (kind === 'observer') ? undefined : 'this server has another role in the new configuration'
  }

  /**
   * The leader's history is committed, and with it what it holds of configurations. NEWLEADER may have named one that the
   * leader has only proposed: that stays on its way. Apache's learners go by it at once, and with them a quorum of the new
   * servers could elect beside one of the old.
   *
   * @param last the last transaction that is committed
   * @returns why this server has to join again, as {@link committed}
   */
  upToDate(last: Zxid): string | undefined {
    const { next } = this.options.membership
    // The version that the first leader gives a list of servers is that of no transaction.
    if (next !== undefined && (next.version <= last || zxidCounter(next.version) === 0)) this.activate(next)
    return this.otherRole
  }

  private activate(verifier: QuorumVerifier): void {
    this.options.membership.activate(verifier)
    this.options.onActivated?.(verifier)
  }
}

/** @throws ZAB_PROTOCOL for what is none */
function read(text: Uint8Array): QuorumVerifier {
  const parsed = parseConfig(decodeUtf8(text, 0, text.length))
  if (parsed.problem === undefined) return parsed.value
  throw new MenagerieError('ZAB_PROTOCOL', `the leader sent a configuration that cannot be read: ${parsed.problem}`)
}

/** Of a log record: behind session, cxid, zxid and time. */
function typeOfTxn(bytes: Uint8Array): number {
  const at = 28
  return bytes.length < at + 4 ? 0 : (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]
}
