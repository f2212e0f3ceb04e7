import { Subject } from 'rxjs'
import type { Auditor } from '../audit/auditor.js'
import type { ServerAuth } from '../auth/server-auth.js'
import type { ServerSettings } from '../config/settings.js'
import type { CommittedTransaction } from '../events/index.js'
import { OpCode } from '../jute/codes.js'
import { OutstandingChanges } from '../requests/outstanding-changes.js'
import { Preparation } from '../requests/prepare/preparation.js'
import { prepareProposal } from '../requests/prepare/prepare-proposal.js'
import type { Proposal, ProposalOrigin } from '../requests/proposal.js'
import { QuotaWarnings } from '../requests/quota-warnings.js'
import type { WriteRequest } from '../requests/write-request.js'
import type { Identity } from '../seams/authenticator.js'
import type { Clock } from '../seams/clock.js'
import type { Logger } from '../seams/logger.js'
import type { Session } from '../sessions/session.js'
import type { SessionTracker } from '../sessions/session-tracker.js'
import type { DataTree } from '../tree/data-tree.js'
import { joinHalves } from '../tree/ephemeral-owner.js'
import type { Txn, TxnHeader } from '../tree/txn.js'
import type { Broadcast } from '../zab/broadcast.js'
import type { Zxid } from '../zxid.js'
import { DigestCheck } from './digest-check.js'

interface TransactionParts {
  readonly settings: ServerSettings
  readonly tree: DataTree
  readonly sessions: SessionTracker
  readonly auth: ServerAuth
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Both ends of a transaction's way: prepares what a write comes to, and applies what was committed to tree and sessions.
 * How it becomes durable in between is the {@link Broadcast}'s affair.
 */
export class TransactionProcessing {
  /** What this term's proposals will have made of the tree. */
  outstanding: OutstandingChanges
  /** Null where there is no audit log. */
  auditor: Auditor | null = null
  onApplied: (zxid: Zxid) => void = () => {}
  readonly commits = new Subject<CommittedTransaction>()
  readonly digestCheck: DigestCheck
  private readonly quotaWarnings: QuotaWarnings

  constructor(private readonly parts: TransactionParts) {
    this.outstanding = new OutstandingChanges(parts.tree)
    this.digestCheck = new DigestCheck(parts.tree, parts.logger)
    this.quotaWarnings = new QuotaWarnings(parts.logger)
  }

  /** A term begins: what the last one had outstanding is in the tree, or never will be. */
  beginTerm(): void {
    this.outstanding = new OutstandingChanges(this.parts.tree)
  }

  /** What a write comes to, be it a refusal; it takes the next zxid, and counts as outstanding from now on. */
  prepare(
    broadcast: Broadcast,
    request: WriteRequest,
    session: Session,
    identities: readonly Identity[],
    cxid: number,
    origin: ProposalOrigin | null,
    owner: object | null,
  ): Proposal {
    const { tree, sessions, auth, settings, clock } = this.parts
    const preparation = new Preparation(
      broadcast.nextZxid(),
      clock.wallTime(),
      session,
      identities,
      this.outstanding,
      tree,
      auth.registry,
      settings,
      this.quotaWarnings,
      broadcast.reconfigure?.bind(broadcast),
    )
    if (request.type === OpCode.createSession) sessions.creates(session)
    const proposal = prepareProposal(request, preparation, cxid, origin, owner)
    if (proposal.txn.type === OpCode.closeSession) sessions.closes(session)
    return proposal
  }

  apply(proposal: Proposal): void {
    const { header, txn, origin, session } = proposal
    this.auditor?.applying(header, txn)
    const result = this.parts.tree.apply(header, txn, proposal.changes)
    if (proposal.digest !== null) this.digestCheck.applied(proposal.digest, header.zxid)
    this.outstanding.applied(proposal.changes)
    for (const { quota, count, bytes } of proposal.usage) this.outstanding.addUsage(quota, -count, -bytes)
    const ofSession = txn.type === OpCode.createSession || txn.type === OpCode.closeSession
    const closed = ofSession ? this.applySession(header, txn, session) : undefined
    this.onApplied(header.zxid)
    if (this.commits.observed) this.commits.next({ header, txn, result })
    origin?.committed(proposal, result)
    if (closed !== undefined && closed.connection !== origin) closed.connection?.sessionGone()
  }

  /** The session that is over, or undefined. `session` is known where the transaction was prepared here. */
  private applySession(header: TxnHeader, txn: Txn, session: Session | null): Session | undefined {
    const { sessions } = this.parts
    const id = session?.id ?? joinHalves(header.clientHigh, header.clientLow)
    if (txn.type === OpCode.createSession) {
      sessions.add(id, txn.timeoutMs, session ?? undefined)
      return undefined
    }
    // A client may close twice, or while its session expires.
    const closed = sessions.remove(id)
    if (closed !== undefined) sessions.announce('closed', closed)
    return closed
  }
}
