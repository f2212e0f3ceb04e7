import { KeeperCode, OpCode } from '../../jute/codes.js'
import type { Session } from '../../sessions/session.js'
import { DIGEST_VERSION } from '../../tree/tree-digest.js'
import type { Proposal, ProposalOrigin } from '../proposal.js'
import { createsEphemeral, prepareWrite, type WriteRequest } from '../write-request.js'
import { isRefusal, type Preparation } from './preparation.js'

/**
 * What a write comes to as a proposal. A refusal is one too: it takes a zxid and is logged, as in Apache.
 *
 * @param owner the learner that it came from; null for a client of this server's own, or the server itself
 */
export function prepareProposal(
  request: WriteRequest,
  preparation: Preparation,
  cxid: number,
  origin: ProposalOrigin | null,
  owner: object | null,
): Proposal {
  const { session, zxid, timeMs, settings } = preparation
  const barred = barredFrom(request, session, owner)
  const prepared = barred === KeeperCode.Ok ? prepareWrite(request, preparation) : barred
  const refused = isRefusal(prepared)
  if (refused) preparation.dropUsage()
  const { digest } = preparation.outstanding
  return {
    header: { clientHigh: session.high, clientLow: session.low, cxid, zxid, timeMs },
    txn: refused ? { type: OpCode.error, code: prepared } : prepared,
    digest: refused || !settings.digestEnabled ? null : { version: DIGEST_VERSION, high: digest.high, low: digest.low },
    changes: preparation.changes,
    usage: preparation.usage,
    bytes: 0,
    session: request.type === OpCode.createSession || request.type === OpCode.closeSession ? session : null,
    origin,
  }
}

/** Why a session may not write whatever it asks: it has moved to another server, or it is over (checkSession). */
function barredFrom(request: WriteRequest, session: Session, owner: object | null): number {
  if (request.type === OpCode.createSession) return KeeperCode.Ok
  if (request.type === OpCode.closeSession) {
    // Expiry closes whoever's session it is. A former server has no say any more, not even in the name of the client.
    return owner === null || session.closing || session.owner === owner ? KeeperCode.Ok : KeeperCode.SessionMoved
  }
  if (owner !== null && session.closing) return KeeperCode.SessionExpired
  // Of a session that is global no more, or not yet: nobody would delete it.
  if (session.kind !== 'global' && createsEphemeral(request)) return KeeperCode.SessionExpired
  return session.owner === owner ? KeeperCode.Ok : KeeperCode.SessionMoved
}
