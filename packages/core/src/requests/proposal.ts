import type { Session } from '../sessions/session.js'
import type { ApplyResult } from '../tree/data-tree.js'
import type { Txn, TxnDigest, TxnHeader } from '../tree/txn.js'
import type { ChangeRecord } from './outstanding-changes.js'

/** Who is told when a transaction has been applied. */
export interface ProposalOrigin {
  committed(proposal: Proposal, result: ApplyResult): void
}

/** A transaction on its way: prepared, being made durable, to be applied in zxid order. */
export interface Proposal {
  readonly header: TxnHeader
  readonly txn: Txn
  readonly digest: TxnDigest | null
  /** What it will change, to be forgotten once it has. */
  readonly changes: readonly ChangeRecord[]
  readonly usage: readonly PendingUsage[]
  /** Length of its record in the log, once it has been proposed. */
  bytes: number
  /** The session that is created or closed. */
  readonly session: Session | null
  /** The connection that waits for it; null when the server proposed it for itself. */
  readonly origin: ProposalOrigin | null
}

export interface PendingUsage {
  readonly quota: string
  readonly count: number
  readonly bytes: number
}
