import { formatAddress } from '../auth/ip-address.js'
import type { AuthenticatorRegistry } from '../auth/registry.js'
import { OpCode } from '../jute/codes.js'
import { hex64 } from '../monitor/four-letter-words/format.js'
import { Connection } from '../requests/connection.js'
import type { Proposal, ProposalOrigin } from '../requests/proposal.js'
import type { WriteRequest } from '../requests/write-request.js'
import type { AuditLog } from '../seams/audit-log.js'
import type { Identity } from '../seams/authenticator.js'
import type { Session } from '../sessions/session.js'
import type { ApplyResult, DataTree } from '../tree/data-tree.js'
import { joinHalves } from '../tree/ephemeral-owner.js'
import type { Txn, TxnHeader } from '../tree/txn.js'
import { isAudited, writtenEvents } from './written-events.js'

export interface AuditorParts {
  readonly log: AuditLog
  readonly registry: AuthenticatorRegistry
  readonly tree: DataTree
  /** Who runs the server's process, if that is known. */
  readonly serverUser: string | undefined
}

/**
 * Tells the audit log what this server's own clients have written, each when it is applied and before its reply is
 * made; of writes that came over other servers those tell. The kernel has one only while there is an audit log.
 */
export class Auditor {
  constructor(private readonly parts: AuditorParts) {}

  /** Stands between a write and whoever waits for it; gives `origin` itself where nothing is written about the request. */
  follow(
    request: WriteRequest,
    session: Session,
    identities: readonly Identity[],
    origin: ProposalOrigin,
  ): ProposalOrigin {
    if (!isAudited(request.type)) return origin
    return {
      committed: (proposal: Proposal, result: ApplyResult) => {
        this.wrote(request, result, { session, identities, origin })
        origin.committed(proposal, result)
      },
    }
  }

  /** A transaction is about to be applied: of one that ends a session the ephemerals are told, on every server. */
  applying({ clientHigh, clientLow }: TxnHeader, txn: Txn): void {
    if (txn.type !== OpCode.closeSession) return
    const { log, tree, serverUser: user } = this.parts
    const id = joinHalves(clientHigh, clientLow)
    for (const znode of tree.ephemeralsOf(id)) {
      const operation = 'ephemeralZNodeDeletionOnSessionCloseOrExpire'
      log.record({ session: hex64(id), user, operation, znode, result: 'success' })
    }
  }

  started(result: 'success' | 'failure'): void {
    this.parts.log.record({ user: this.parts.serverUser, operation: 'serverStart', result })
  }

  /** The last event; then the log is closed. */
  async stopped(): Promise<void> {
    this.parts.log.record({ user: this.parts.serverUser, operation: 'serverStop', result: 'invoked' })
    await this.parts.log.close()
  }

  private wrote(
    request: WriteRequest,
    result: ApplyResult,
    { session, identities, origin }: { session: Session; identities: readonly Identity[]; origin: ProposalOrigin },
  ): void {
    const user = this.usersOf(identities)
    const ip = origin instanceof Connection ? formatAddress(origin.transport.remoteAddress) : undefined
    for (const event of writtenEvents(request, result)) {
      this.parts.log.record({ session: hex64(session.id), user, ip, ...event })
    }
  }

  /** Names without schemes; schemes that nobody serves, `super` among them, have none (AuthUtil.getUsers). */
  private usersOf(identities: readonly Identity[]): string | undefined {
    const names = identities.flatMap(({ scheme, id }) => {
      const authenticator = this.parts.registry.get(scheme)
      return authenticator === undefined ? [] : [authenticator.userName?.(id) ?? id]
    })
    return names.filter(name => name.trim() !== '').join(',') || undefined
  }
}
