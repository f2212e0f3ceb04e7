/**
 * Fast leader election, seen from one server (Apache: FastLeaderElection). A pure state machine: calls in, effects
 * out; no clock, no network. It chooses whom to follow; that the chosen one may lead is proved afterwards, in Zab's
 * discovery phase.
 *
 * Invariants: the round never falls. While looking, the own vote is the best that was seen in this round and may lead.
 * Once in a role, the vote is what looking servers are told.
 */
import { invariant } from '../../errors.js'
import type { ServerId } from '../../seams/peer-transport.js'
import { NO_VOTE, type Notification, type PeerState, type Vote } from '../packets/notification.js'
import { formatConfig } from '../quorum/config-text.js'
import { isForOracle, type Oracle } from '../quorum/oracle.js'
import { parseConfig } from '../quorum/parse-config.js'
import { type QuorumVerifier, sameMembers } from '../quorum/verifier.js'
import { Askers } from './askers.js'
import { Ballots } from './ballots.js'
import type { ElectionEffect } from './effects.js'
import { type ElectionOptions, type ElectionPace, type LastLogged, paceOf } from './election-options.js'
import { type Ballot, type Candidate, Electorate, isAhead } from './votes.js'

/**
 * Fast leader election of one server as a state machine (Apache: FastLeaderElection.java): notifications and time go in, messages and a vote come out.
 */
export class Election {
  private readonly self: ServerId
  private readonly options: ElectionPace
  private readonly oracle: Oracle | undefined
  private wasFavoured = false
  private electorate: Electorate
  private configText: string
  private last: LastLogged | undefined
  private departed: ServerId | undefined
  private currentState: PeerState = 'looking'
  private currentRound = 0
  private currentVote: Vote | undefined
  private readonly ballots = new Ballots()
  private readonly askers = new Askers()
  private intervalMs = 0
  private finalizing = false

  constructor(options: ElectionOptions) {
    const { self, verifier, next, oracle } = options
    this.self = self
    this.oracle = oracle
    this.electorate = new Electorate(verifier, next)
    this.configText = formatConfig(verifier)
    this.options = paceOf(options)
  }

  get state(): PeerState {
    return this.currentState
  }

  /** The proposal while looking, the leader's once in a role; undefined when neither. */
  get vote(): Vote | undefined {
    return this.currentVote
  }

  /** Whether the last election was decided by the oracle, without a quorum. */
  get favoured(): boolean {
    return this.wasFavoured
  }

  get round(): number {
    return this.currentRound
  }

  get verifier(): QuorumVerifier {
    return this.electorate.current
  }

  /**
   * Begins a round: a voter votes for itself, any other server for nobody. May elect at once (a single voter).
   * @param departed The leader that was just lost: nobody waits for its vote, unless it comes.
   */
  look(last: LastLogged, departed?: ServerId): ElectionEffect[] {
    this.last = last
    this.departed = departed
    this.currentState = 'looking'
    this.wasFavoured = false
    this.currentRound++
    this.ballots.clear()
    this.askers.newInterval()
    const effects: ElectionEffect[] = []
    this.propose(this.ownCandidate(), effects)
    this.judge(effects)
    return effects
  }

  receive(from: ServerId, notification: Notification): ElectionEffect[] {
    const effects: ElectionEffect[] = []
    if (from === this.self) return effects
    if (this.currentVote === undefined) {
      if (!this.electorate.voters.has(from)) this.askers.add(from)
      return effects
    }
    this.learnConfig(from, notification, effects)
    if (!this.electorate.voters.has(from)) this.answerNonVoter(from, notification, effects)
    else if (this.currentState !== 'looking') {
      if (notification.state === 'looking') effects.push(this.message(from))
    } else if (notification.state === 'looking') this.receiveLooking(from, notification, effects)
    else if (notification.state !== 'observing') this.receiveSettled(from, notification, effects)
    return effects
  }

  /** The timer has fired: a choice becomes final, or the vote is sent again. */
  timeout(): ElectionEffect[] {
    const effects: ElectionEffect[] = []
    if (this.currentState !== 'looking' || this.currentVote === undefined) return effects
    if (this.finalizing) {
      this.finish(this.currentVote, effects)
      return effects
    }
    if (this.currentVote.leader === this.self && this.hasOracle && this.oracle!()) {
      // The other had its time to answer.
      this.wasFavoured = true
      this.finish(this.currentVote, effects)
      return effects
    }
    this.askers.newInterval()
    this.intervalMs = Math.min(this.intervalMs * 2, this.options.maxNotificationIntervalMs)
    this.broadcast(effects)
    return effects
  }

  /**
   * The server is in a role. Called again with the new epoch once the leader has established it, so that a server that
   * comes later finds the same epoch with all (ZOOKEEPER-1732).
   */
  settle(state: Exclude<PeerState, 'looking'>, vote: Vote): ElectionEffect[] {
    const effects: ElectionEffect[] = []
    this.currentRound = Math.max(this.currentRound, vote.electionEpoch)
    this.enter(state, vote, effects)
    return effects
  }

  /**
   * The role is over, and the server is not ready to look yet: it answers nobody, so that nobody is sent to a leader that
   * is none any more.
   */
  leave(): ElectionEffect[] {
    this.currentState = 'looking'
    this.currentVote = undefined
    this.last = undefined
    this.finalizing = false
    return [{ type: 'cancelTimer' }]
  }

  /** Goes by another configuration from now on; while looking, a new round begins if its members differ. */
  reconfigure(verifier: QuorumVerifier, next?: QuorumVerifier): ElectionEffect[] {
    const before = this.electorate
    this.electorate = new Electorate(verifier, next !== undefined && next.version > verifier.version ? next : undefined)
    this.configText = formatConfig(verifier)
    const { next: nextBefore } = before
    const nextNow = this.electorate.next
    const same =
      sameMembers(before.current, verifier) &&
      (nextBefore === nextNow ||
        (nextBefore !== undefined && nextNow !== undefined && sameMembers(nextBefore, nextNow)))
    if (same || this.currentState !== 'looking' || this.last === undefined) return []
    return this.look(this.last, this.departed)
  }

  private get hasOracle(): boolean {
    const { current, next } = this.electorate
    return this.oracle !== undefined && isForOracle(current) && (next === undefined || isForOracle(next))
  }

  private ownCandidate(): Candidate {
    invariant(this.last !== undefined, 'a server votes before it looks')
    if (!this.electorate.current.voters.has(this.self)) return { leader: NO_VOTE, zxid: NO_VOTE, peerEpoch: NO_VOTE }
    return { leader: this.self, zxid: this.last.zxid, peerEpoch: this.last.peerEpoch }
  }

  /** Makes a candidate the own vote of this round and tells all voters, and whoever has asked. */
  private propose({ leader, zxid, peerEpoch }: Candidate, effects: ElectionEffect[]): void {
    const vote = { leader, zxid, peerEpoch, electionEpoch: this.currentRound }
    this.currentVote = vote
    if (this.last!.zxid !== -1) this.ballots.cast(this.self, { ...vote, state: 'looking', version: 2 })
    this.intervalMs = this.options.minNotificationIntervalMs
    this.broadcast(effects)
    for (const id of this.askers.all()) effects.push(this.message(id))
  }

  private broadcast(effects: ElectionEffect[]): void {
    this.finalizing = false
    for (const id of this.electorate.voters) if (id !== this.self) effects.push(this.message(id))
    effects.push({ type: 'timer', delayMs: this.intervalMs })
  }

  private message(to: ServerId): ElectionEffect {
    const notification = { ...this.currentVote!, state: this.currentState, version: 2, config: this.configText }
    return { type: 'send', to, notification }
  }

  private receiveLooking(from: ServerId, notification: Notification, effects: ElectionEffect[]): void {
    this.ballots.leftRole(from)
    if (from === this.departed) this.departed = undefined
    const { electionEpoch } = notification
    if (electionEpoch < this.currentRound) {
      effects.push(this.message(from))
      return
    }
    // A voter of a configuration to come votes for nobody before it has heard of somebody. Its round counts all the same:
    // left out, as by Apache, one that is a round ahead waits for the others to reach it, and they for its voice.
    if (notification.leader !== NO_VOTE && !this.electorate.voters.has(notification.leader)) return
    if (this.last!.zxid === -1 || notification.zxid === -1) return
    if (electionEpoch > this.currentRound) {
      this.currentRound = electionEpoch
      this.ballots.newRound()
      const own = this.ownCandidate()
      this.propose(this.isBetter(notification, own) ? notification : own, effects)
    } else if (this.isBetter(notification, this.currentVote!)) this.propose(notification, effects)
    else if (isAhead(this.currentVote!, notification)) {
      // It began to look after our vote had passed it by. Apache leaves it to wait until the vote is sent again. Only who
      // is ahead answers, so this ends.
      effects.push(this.message(from))
    }
    this.ballots.cast(from, ballotOf(notification))
    this.judge(effects)
  }

  private isBetter(a: Candidate, b: Candidate): boolean {
    return this.electorate.mayLead(a.leader) && isAhead(a, b)
  }

  /** Looks whether the own vote has a quorum. */
  private judge(effects: ElectionEffect[]): void {
    const vote = this.currentVote!
    const agreeing = this.ballots.agreeing(vote)
    if (!this.electorate.containsQuorum(agreeing)) {
      if (this.finalizing) effects.push({ type: 'timer', delayMs: this.intervalMs })
      this.finalizing = false
    } else if (this.electorate.containsAll(agreeing, this.departed)) this.finish(vote, effects)
    else if (!this.finalizing) {
      this.finalizing = true
      effects.push({ type: 'timer', delayMs: this.options.finalizeWaitMs })
    }
  }

  /** A voter has a leader: join it, if a quorum stands behind it and it says itself that it leads. */
  private receiveSettled(from: ServerId, notification: Notification, effects: ElectionEffect[]): void {
    const { leader, zxid, peerEpoch, electionEpoch } = notification
    if (!this.electorate.voters.has(leader)) return
    // Others may still follow what this server voted before it ended, and lost the end of its log.
    if (leader === this.self && zxid !== this.last!.zxid) return
    const ballot = ballotOf(notification)
    const counting = { self: this.self, round: this.currentRound, electorate: this.electorate }
    if (electionEpoch === this.currentRound && this.ballots.tellsOfRound(from, ballot, counting)) {
      this.finish({ leader, zxid, peerEpoch, electionEpoch }, effects)
      return
    }
    const isLed = this.ballots.tells(from, ballot, counting)
    // Of two servers the other one leads alone, by its oracle: so says ours, as long as it does not favour this one.
    const favoured = leader === from && ballot.state === 'leading' && this.hasOracle && !this.oracle!()
    if (!isLed && !favoured) return
    this.currentRound = electionEpoch
    this.finish({ leader, zxid, peerEpoch, electionEpoch }, effects)
  }

  private finish(vote: Vote, effects: ElectionEffect[]): void {
    this.enter(vote.leader === this.self ? 'leading' : this.electorate.learningState(this.self), vote, effects)
    effects.push({ type: 'elected', vote })
  }

  private enter(state: Exclude<PeerState, 'looking'>, vote: Vote, effects: ElectionEffect[]): void {
    this.currentState = state
    this.currentVote = vote
    this.finalizing = false
    effects.push({ type: 'cancelTimer' })
    for (const id of this.askers.all()) effects.push(this.message(id))
    this.askers.clear()
  }

  /**
   * An observer, or a server that is to join, asks whom to follow. It is no voter, so its own vote is nothing to us.
   * Apache answers everything from such a server; two that take each other for non-voters then never fall silent.
   */
  private answerNonVoter(from: ServerId, { state }: Notification, effects: ElectionEffect[]): void {
    if (state !== 'looking') return
    if (this.askers.answers(from, this.currentState === 'looking')) effects.push(this.message(from))
  }

  private learnConfig(from: ServerId, { config }: Notification, effects: ElectionEffect[]): void {
    if (config === undefined || config === this.configText || this.currentState !== 'looking') return
    const parsed = parseConfig(config)
    if (parsed.problem !== undefined) {
      effects.push({ type: 'warning', message: `the configuration that server ${from} sent: ${parsed.problem}` })
      return
    }
    const verifier = parsed.value
    if (!this.options.adoptsConfigs || verifier.version <= this.electorate.current.version) return
    effects.push({ type: 'config', verifier }, ...this.reconfigure(verifier, this.electorate.next))
  }
}

function ballotOf({ leader, zxid, peerEpoch, electionEpoch, state, version }: Notification): Ballot {
  return { leader, zxid, peerEpoch, electionEpoch, state, version }
}
