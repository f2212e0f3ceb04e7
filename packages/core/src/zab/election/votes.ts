/** How votes are ordered, compared and counted (Apache: totalOrderPredicate, Vote.equals, SyncedLearnerTracker). */
import type { ServerId } from '../../seams/peer-transport.js'
import type { Notification, PeerState, Vote } from '../packets/notification.js'
import type { QuorumVerifier } from '../quorum/verifier.js'

/** A vote as one server has sent it. */
export type Ballot = Vote & Pick<Notification, 'state' | 'version'>
export type Candidate = Pick<Vote, 'leader' | 'zxid' | 'peerEpoch'>

/** Whether `a` is ahead of `b`: by epoch, then zxid, then id. Whether `a` may lead at all is another question. */
export function isAhead(a: Candidate, b: Candidate): boolean {
  if (a.peerEpoch !== b.peerEpoch) return a.peerEpoch > b.peerEpoch
  if (a.zxid !== b.zxid) return a.zxid > b.zxid
  return a.leader > b.leader
}

/** A vote of a server in an election counts for another only if they are alike in all. */
export function sameVote(a: Vote, b: Vote): boolean {
  return (
    a.leader === b.leader && a.zxid === b.zxid && a.peerEpoch === b.peerEpoch && a.electionEpoch === b.electionEpoch
  )
}

/**
 * Whether two servers have the same leader. Servers in a role may tell of different zxids and rounds for one
 * and the same leadership (ZOOKEEPER-1805); leader and epoch identify it. A server without version does not raise the
 * epoch of its vote when it takes a role, so with one of these the leader alone has to do (ZOOKEEPER-1732).
 */
export function sameLeadership(a: Ballot, b: Ballot): boolean {
  if (a.state === 'looking' || b.state === 'looking') return sameVote(a, b)
  if (a.version > 0 !== b.version > 0) return a.leader === b.leader
  return a.leader === b.leader && a.peerEpoch === b.peerEpoch
}

/** As {@link sameLeadership} for ballots of one round, in which a leader can win only once. */
export function sameLeadershipOfRound(a: Ballot, b: Ballot): boolean {
  return a.state === 'looking' || b.state === 'looking' ? sameVote(a, b) : a.leader === b.leader
}

/** The configuration in force and, while a reconfiguration is under way, the one that is to follow. */
export class Electorate {
  readonly voters: ReadonlySet<ServerId>

  constructor(
    readonly current: QuorumVerifier,
    readonly next: QuorumVerifier | undefined,
  ) {
    this.voters = new Set([...current.voters, ...(next?.voters ?? [])])
  }

  /** Whether the server has a weight in either. */
  mayLead(id: ServerId): boolean {
    return this.current.weightOf(id) > 0 || (this.next?.weightOf(id) ?? 0) > 0
  }

  /** Whether these decide in both: only then is no other quorum possible beside them. */
  containsQuorum(acks: ReadonlySet<ServerId>): boolean {
    return this.current.containsQuorum(acks) && (this.next?.containsQuorum(acks) ?? true)
  }

  /**
   * Whether these, who have a leader already, are reason enough to join it: a quorum of either configuration. Whoever
   * joins decides nothing by that: what a leader has to prove it proves to both. With a quorum of both asked for, as
   * Apache does, servers that have logged a reconfiguration which was never committed could not come back to those who go
   * on without it.
   */
  justifyJoining(followers: ReadonlySet<ServerId>): boolean {
    return this.current.containsQuorum(followers) || (this.next?.containsQuorum(followers) ?? false)
  }

  /** Whether nobody is missing but `except`. */
  containsAll(acks: ReadonlySet<ServerId>, except: ServerId | undefined): boolean {
    for (const id of this.voters) if (id !== except && !acks.has(id)) return false
    return true
  }

  /** What a server does that is not the leader itself. One that is not listed (yet) follows without a vote. */
  learningState(self: ServerId): Exclude<PeerState, 'looking' | 'leading'> {
    return this.current.observers.has(self) ? 'observing' : 'following'
  }
}

/** The servers whose ballots pass. */
export function supporters(
  ballots: ReadonlyMap<ServerId, Ballot>,
  passes: (ballot: Ballot) => boolean,
): ReadonlySet<ServerId> {
  const ids = new Set<ServerId>()
  for (const [id, ballot] of ballots) if (passes(ballot)) ids.add(id)
  return ids
}
