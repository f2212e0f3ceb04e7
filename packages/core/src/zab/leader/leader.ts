import type { Id } from '../../jute/records.js'
import type { SizeStatistics } from '../../monitor/server-statistics.js'
import type { Proposal } from '../../requests/proposal.js'
import type { PeerLink, ServerId } from '../../seams/peer-transport.js'
import type { Zxid } from '../../zxid.js'
import type { Broadcast } from '../broadcast.js'
import {
  encodePacket,
  type ForwardedRequest,
  PacketType,
  type QuorumPacket,
  type Revalidation,
} from '../packets/index.js'
import type { ReconfigChange, ReconfigOutcome } from '../quorum/index.js'
import { CommittedWindow } from './committed-window.js'
import { EpochAgreement } from './epoch-agreement.js'
import type { LeaderOptions } from './leader-options.js'
import type { LeaderPhase, LeaderTerm } from './leader-term.js'
import { LeadershipWatch } from './leadership-watch.js'
import { hear, type LearnerMaster } from './learner-dialogue.js'
import type { LearnerHandle } from './learner-handle.js'
import { LearnerLinks } from './learner-links.js'
import { Proposals } from './proposals.js'
import { Reconfiguration } from './reconfiguration.js'
import { Rivals } from './rivals.js'
import { Synchroniser } from './synchroniser.js'

/**
 * One term as leader (Apache: Leader.java, LearnerHandler.java; the paper's phases 1 to 3 seen from the leader).
 *
 * Here learners come, are brought to one history, and go. Which epoch it is, what is proposed, and whether a quorum is
 * still there have their own objects: {@link EpochAgreement}, {@link Proposals} and {@link LeadershipWatch}.
 *
 * A term ends when no quorum is heard of for syncLimit, when the counter of its epoch is used up (ZOOKEEPER-1277), or
 * when it is told to; nothing of it acts after that.
 */
export class Leader implements Broadcast, LeaderTerm, LearnerMaster {
  /** Resolves with the reason when the term is over. */
  readonly over: Promise<Error>
  private end!: (reason: Error) => void
  private ended = false
  phase: LeaderPhase = 'discovery'
  private readonly links: LearnerLinks
  private readonly synchroniser: Synchroniser
  readonly newLeaderAcked = new Set<ServerId>()
  private readonly window: CommittedWindow
  private establishedAt = 0
  private readonly reconfiguration: Reconfiguration
  private readonly agreement: EpochAgreement
  private readonly proposals: Proposals
  private readonly watch: LeadershipWatch
  private readonly rivals: Rivals
  /** Nothing is proposed and not committed. */
  private onDrained: () => void = () => {}

  constructor(readonly options: LeaderOptions) {
    this.over = new Promise(resolve => {
      this.end = resolve
    })
    this.reconfiguration = new Reconfiguration(options)
    const { history } = options.host
    this.agreement = new EpochAgreement({
      term: this,
      reconfiguration: this.reconfiguration,
      agreed: () => this.agreed(),
      accepted: learner => this.synchronise(learner),
    })
    this.window = new CommittedWindow(options.commitLogCount)
    this.links = new LearnerLinks({
      ...options,
      heard: (learner, packet) => hear(this, learner, packet),
      left: learner => this.left(learner),
      refusal: 'this server does not lead',
    })
    this.synchroniser = new Synchroniser(
      { ...options, completeTree: () => this.completeTree() },
      this.window,
      (learner, why) => this.links.forget(learner, why),
    )
    this.proposals = new Proposals(this, this.window, this.reconfiguration)
    this.proposals.onCommitted = () => {
      this.watch.release()
      if (history.committed >= history.logged) this.onDrained()
    }
    this.watch = new LeadershipWatch(this, round => this.links.ping(round))
    this.rivals = new Rivals({
      clock: options.clock,
      patienceMs: options.tickTimeMs,
      ask: learner => this.watch.ask(learner),
      admit: later => this.agreement.join(later),
      dismiss: (learner, why) => this.links.forget(learner, why),
    })
  }

  get learners(): ReadonlySet<LearnerHandle> {
    return this.links.learners
  }

  get epoch(): number {
    return this.agreement.epoch
  }

  get isOver(): boolean {
    return this.ended
  }

  get isEstablished(): boolean {
    return this.phase === 'broadcast'
  }

  /** How long clients have been served in this term. */
  get servingMs(): number {
    return this.phase === 'broadcast' ? this.options.clock.monotonic() - this.establishedAt : 0
  }

  /** Syncs that wait for a quorum to confirm this leader. */
  get pendingSyncs(): number {
    return this.watch.pendingSyncs
  }

  /** Lengths of the proposals of this term. */
  get proposalBytes(): SizeStatistics {
    return this.proposals.bytes
  }

  /**
   * Begins the term with this server's own voice. All of its log is its history; the tree shows it once a quorum has
   * it, too, or a learner is to be sent the tree.
   */
  start(): void {
    const { history } = this.options.host
    for (const { zxid, bytes } of history.unapplied) this.window.push({ zxid, bytes })
    history.commitThrough(history.logged)
    history.onDurable = () => this.proposals.commit()
    const { favour } = this.options.membership
    if (favour !== undefined) favour.alone = () => this.isAlone
    this.agreement.start()
    this.watch.start()
  }

  /**
   * Prepares for the end of a term that is wanted: nothing more is proposed, and what is proposed by now gets its
   * commit, so that fewer clients have to ask what became of a write. Resolves when all of it is committed, when the
   * term is over, and after `limitMs` at the latest: a quorum that does not answer must not keep a server from stopping.
   */
  async drain(limitMs: number): Promise<void> {
    if (this.ended || this.phase !== 'broadcast') return
    this.options.host.retire()
    const { history } = this.options.host
    if (history.committed >= history.logged) return
    const drained = new Promise<void>(resolve => {
      this.onDrained = resolve
    })
    const cancel = this.options.clock.schedule(limitMs, () => this.onDrained())
    await Promise.race([drained, this.over])
    cancel()
  }

  stop(reason: Error): void {
    if (this.ended) return
    this.ended = true
    this.watch.stop()
    this.rivals.clear()
    const { favour } = this.options.membership
    if (favour !== undefined) favour.alone = null
    this.options.host.history.onDurable = () => {}
    this.links.end(reason.message)
    this.end(reason)
  }

  // --- learners

  /** Takes a link that a learner has opened. */
  accept(link: PeerLink): void {
    this.links.accept(link)
  }

  private left(learner: LearnerHandle): void {
    if (this.othersNamed(learner).length === 0) this.agreement.left(learner.id)
    this.rivals.left(learner)
    // Not before the turn is over: it may have come again already.
    if (this.phase === 'broadcast') {
      this.options.clock.defer(() => {
        if (!this.ended) this.watch.checkQuorum()
      })
      // What the oracle decides from now on includes what was proposed before.
      if (this.options.membership.favour !== undefined) this.proposals.scheduleCommit()
    }
  }

  /**
   * Whether no other voter is with this leader, nor about to be: one that won the votes of both waits for the other as
   * any leader does, since that may have accepted a later epoch.
   */
  private get isAlone(): boolean {
    if (this.phase !== 'broadcast' && this.options.favoured !== true) return false
    const { membership } = this.options
    return ![...this.learners].some(({ id, isForwarded }) => isForwarded && membership.isVoter(id))
  }

  // --- phase 1: the epoch

  introduced(learner: LearnerHandle): void {
    const standing = this.othersNamed(learner).find(({ phase }) => phase === 'active')
    if (standing === undefined) this.agreement.join(learner)
    else {
      learner.phase = 'contending'
      this.rivals.add(standing, learner)
    }
  }

  epochAcked(learner: LearnerHandle, packet: QuorumPacket): void {
    this.agreement.answered(learner, packet)
  }

  /** Other links that claim the same id. */
  private othersNamed({ id, link }: LearnerHandle): LearnerHandle[] {
    return id === -1 ? [] : [...this.learners].filter(other => other.id === id && other.link !== link)
  }

  // --- phase 2: one history

  /** A quorum has accepted the epoch: this server and whoever waited have it, and get this history as its own. */
  private agreed(): void {
    this.newLeaderAcked.add(this.options.self)
    for (const learner of this.learners) if (learner.phase === 'ready') this.synchronise(learner)
    this.settleNewLeader()
  }

  private synchronise(learner: LearnerHandle): void {
    const { history } = this.options.host
    // The current epoch is made durable before anybody is given this history as that epoch's.
    if (history.epochs.current < this.epoch) return
    const committed = history.committed
    learner.acked = committed
    learner.beginSynchronisation()
    // Whatever is under way goes to it from here on; the synchronisation brings what is committed by now.
    if (learner.kind === 'follower') this.proposals.sendUnderWay(learner, committed)
    this.synchroniser.bring(learner, committed, this.epoch)
  }

  /**
   * A learner cuts its log off behind the snapshot that it gets. Did that lag behind this leader's history, the learner
   * would be without what it has acknowledged to an earlier leader until it has been sent it again.
   */
  private completeTree(): void {
    const { host } = this.options
    if (this.phase !== 'broadcast') host.applyUnannounced(host.history.takeCommitted())
  }

  inStep(learner: LearnerHandle): void {
    for (const other of this.othersNamed(learner))
      this.links.forget(other, `${learner.name} is in step on another link`)
    if (learner.unackedSince !== 0) learner.unackedSince = this.options.clock.monotonic()
    if (this.options.membership.isVoter(learner.id)) this.newLeaderAcked.add(learner.id)
    if (this.phase === 'broadcast') this.welcome(learner)
    else this.settleNewLeader()
  }

  private settleNewLeader(): void {
    const { membership, host, logger } = this.options
    if (this.phase !== 'synchronisation' || !membership.containsQuorum(this.newLeaderAcked)) return
    this.phase = 'broadcast'
    this.establishedAt = this.options.clock.monotonic()
    this.proposals.begin(this.epoch)
    const tookMs = Math.round(this.watch.elapsedMs)
    logger.info({ epoch: this.epoch, with: [...this.newLeaderAcked], tookMs }, 'leading')
    host.deliver(host.history.takeCommitted())
    this.reconfiguration.established()
    host.lead(this)
    this.options.onEstablished?.()
    for (const learner of this.learners) if (learner.phase === 'active') this.welcome(learner)
  }

  private welcome(learner: LearnerHandle): void {
    this.options.logger.info({ learner: learner.name }, 'a learner is up to date')
    learner.send(encodePacket(PacketType.UPTODATE, -1))
  }

  // --- phase 3: broadcast

  nextZxid(): Zxid {
    return this.proposals.nextZxid()
  }

  propose(proposal: Proposal): void {
    this.proposals.propose(proposal)
  }

  confirm(released: () => void): void {
    this.watch.confirm(released)
  }

  reconfigure(change: ReconfigChange, zxid: Zxid): ReconfigOutcome {
    return this.proposals.reconfigure(change, zxid)
  }

  acked(learner: LearnerHandle, zxid: Zxid): void {
    this.proposals.acked(learner, zxid)
  }

  answered(learner: LearnerHandle, round: number): void {
    this.watch.answered(learner, round)
    this.rivals.answered(learner, round)
  }

  request(learner: LearnerHandle, request: ForwardedRequest, authInfo: readonly Id[] | null): void {
    if (this.phase !== 'broadcast') return
    const { host } = this.options
    // Nothing else is under way: its client waits for this alone.
    if (host.history.committed >= host.history.logged) this.links.putFirst(learner)
    host.request(request, authInfo ?? [], learner)
    learner.awaits = this.proposals.last
  }

  sync(_learner: LearnerHandle, _request: ForwardedRequest, released: () => void): void {
    if (this.phase === 'broadcast') this.confirm(released)
  }

  revalidate(learner: LearnerHandle, asked: Revalidation, answer: (valid: boolean) => void): void {
    answer(this.options.host.revalidate(asked, learner))
  }
}
