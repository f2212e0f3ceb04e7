import type { ServerId } from '../../seams/peer-transport.js'
import type { Vote } from '../packets/notification.js'
import { type Ballot, type Electorate, sameLeadership, sameLeadershipOfRound, sameVote, supporters } from './votes.js'

/** Who looks for a leader, and by which configuration it counts. */
export interface Counting {
  readonly self: ServerId
  readonly round: number
  readonly electorate: Electorate
}

/** What servers have said while this one looks for a leader. */
export class Ballots {
  /** Votes of this round, the own one included (Apache: recvset). */
  private readonly ofRound = new Map<ServerId, Ballot>()
  /** What servers in a role have told, of whatever round (Apache: outofelection). */
  private readonly settled = new Map<ServerId, Ballot>()

  clear(): void {
    this.ofRound.clear()
    this.settled.clear()
  }

  /** A later round has begun: votes of the earlier one count no more. */
  newRound(): void {
    this.ofRound.clear()
  }

  cast(from: ServerId, ballot: Ballot): void {
    this.ofRound.set(from, ballot)
  }

  /** A server has left the role that it told of: its old word must not help a dead leader to a quorum. */
  leftRole(from: ServerId): void {
    this.settled.delete(from)
  }

  /** Who has voted as `vote` in this round. */
  agreeing(vote: Vote): ReadonlySet<ServerId> {
    return supporters(this.ofRound, ballot => sameVote(ballot, vote))
  }

  /** A server in a role tells of its leader, which was elected in this round. Whether it is the leader by this round. */
  tellsOfRound(from: ServerId, ballot: Ballot, counting: Counting): boolean {
    this.ofRound.set(from, ballot)
    return isLed(this.ofRound, ballot, other => sameLeadershipOfRound(other, ballot), counting)
  }

  /** A server in a role tells of its leader, of whatever round. Whether it is the leader by what such servers say. */
  tells(from: ServerId, ballot: Ballot, counting: Counting): boolean {
    this.settled.set(from, ballot)
    return isLed(this.settled, ballot, other => sameLeadership(other, ballot), counting)
  }
}

/** Without the leader's own word, servers would go on electing one that has crashed. */
function isLed(
  ballots: ReadonlyMap<ServerId, Ballot>,
  { leader, electionEpoch }: Ballot,
  same: (ballot: Ballot) => boolean,
  { self, round, electorate }: Counting,
): boolean {
  const followers = supporters(ballots, same)
  if (leader === self) return electionEpoch === round && electorate.containsQuorum(followers)
  if (!electorate.justifyJoining(followers)) return false
  return ballots.get(leader)?.state === 'leading'
}
