import type { ServerId } from '../../seams/peer-transport.js'
import type { Zxid } from '../../zxid.js'
import type { Membership, QuorumVerifier } from '../quorum/index.js'

/** Up to which zxid a server has made every proposal durable. */
export type Durable = readonly [id: ServerId, zxid: Zxid]

/** The last zxid that a quorum has made durable. */
function quorumZxid(durable: readonly Durable[], { containsQuorum }: Pick<QuorumVerifier, 'containsQuorum'>) {
  let best = 0
  for (const [, zxid] of durable) {
    if (zxid > best && containsQuorum(votersFor(zxid, durable))) best = zxid
  }
  return best
}

function votersFor(zxid: Zxid, durable: readonly Durable[]): Set<ServerId> {
  const voters = new Set<ServerId>()
  for (const [id, until] of durable) if (until >= zxid) voters.add(id)
  return voters
}

/**
 * The last zxid that may be committed. From a reconfiguration on that is under way, a proposal needs a quorum of the
 * old and one of the new configuration.
 */
export function committable(durable: readonly Durable[], membership: Membership, reconfigZxid: Zxid | null): Zxid {
  const by = (verifier: QuorumVerifier) =>
    quorumZxid(durable, { containsQuorum: acks => membership.decide(acks, verifier) })
  const zxid = by(membership.current)
  if (reconfigZxid === null || membership.next === undefined || zxid < reconfigZxid) return zxid
  return Math.min(zxid, Math.max(reconfigZxid - 1, by(membership.next)))
}

/** The last zxid that is committed as soon as this voter has made it durable, whatever it has made durable by now. */
export function committableWith(voter: ServerId, durable: readonly Durable[], verifier: QuorumVerifier): Zxid {
  let most = 0
  for (const [, zxid] of durable) if (zxid > most) most = zxid
  return quorumZxid(
    durable.map(vote => (vote[0] === voter ? [voter, most] : vote)),
    verifier,
  )
}

/**
 * Who leads under a new configuration: this server if it votes there under the same address, otherwise the voter that
 * has the most of what is proposed (Leader.getDesignatedLeader).
 */
export function designatedLeader(
  self: ServerId,
  before: QuorumVerifier,
  after: QuorumVerifier,
  durable: readonly Durable[],
): ServerId {
  const addresses = ({ servers }: QuorumVerifier) => JSON.stringify(servers.get(self)?.addresses)
  if (after.voters.has(self) && addresses(before) === addresses(after)) return self
  const candidates = durable.filter(([id]) => id !== self && after.voters.has(id))
  const best = candidates.reduce<Durable | undefined>((a, b) => (a === undefined || b[1] > a[1] ? b : a), undefined)
  return best?.[0] ?? self
}
