import { BehaviorSubject, type Observable, type Subscription } from 'rxjs'
import { MenagerieError } from '../../errors.js'
import type { PeerLink, ServerId } from '../../seams/peer-transport.js'
import type { Zxid } from '../../zxid.js'
import { ElectionDriver } from '../election/index.js'
import { Leader } from '../leader/leader.js'
import { Learner } from '../learner/learner.js'
import { ObserverMaster } from '../observer-master/observer-master.js'
import type { Vote } from '../packets/index.js'
import type { QuorumVerifier, ReconfigRules } from '../quorum/index.js'
import { addressesOf, ConfigurationChanges } from './configuration-changes.js'
import { Pauses } from './pauses.js'
import type { PeerHost, PeerRole, QuorumPeerOptions } from './quorum-peer-options.js'
import { UnclaimedLinks } from './unclaimed-links.js'
import { WayToLeader } from './way-to-leader.js'

/** A term that came to nothing is not followed by the next election at once. */
const PAUSE_AFTER_FAILURE_MS = 20
/** How long a leader that stops waits for what it has proposed. */
const HAND_OVER_MS = 100

/**
 * One member of an ensemble: looks for a leader, then leads, follows or observes until that term is over, and looks
 * again (Apache: QuorumPeer.java). A term is one object; this only hands them on.
 */
export class QuorumPeer {
  private readonly roles = new BehaviorSubject<PeerRole>('looking')
  private readonly election: ElectionDriver
  private readonly links: Subscription
  private readonly unclaimed: UnclaimedLinks
  private readonly unclaimedObservers: UnclaimedLinks
  private leader: Leader | null = null
  private learner: Learner | null = null
  private observers: ObserverMaster | null = null
  /** Of an observer: the follower that it is behind, rather than the leader. */
  private master: ServerId | undefined
  private readonly configuration: ConfigurationChanges
  private readonly pauses: Pauses
  private readonly way: WayToLeader
  private running: Promise<void> | null = null
  private handedOver: Promise<void> | null = null

  constructor(private readonly options: QuorumPeerOptions) {
    const { self, membership, transport, clock, logger } = options
    this.election = new ElectionDriver({
      ...{ self, transport, clock, logger },
      verifier: membership.current,
      next: membership.next,
      oracle: options.oracle,
      adoptsConfigs: options.rules !== undefined,
      minNotificationIntervalMs: options.minNotificationIntervalMs,
      maxNotificationIntervalMs: options.maxNotificationIntervalMs,
      onConfig: verifier => this.configuration.activated(verifier),
    })
    this.configuration = new ConfigurationChanges(options, this.election)
    this.pauses = new Pauses(clock)
    this.way = new WayToLeader(options, this.pauses)
    const patienceMs = options.initLimit * options.tickTimeMs
    this.unclaimed = new UnclaimedLinks(clock, patienceMs)
    this.unclaimedObservers = new UnclaimedLinks(clock, patienceMs)
    this.links = transport.links$.subscribe(link => this.opened(link))
  }

  private opened(link: PeerLink): void {
    const forObserver = link.target === 'observer-master'
    if (this.leader !== null) this.leader.accept(link)
    else if (forObserver && !this.configuration.takesObservers) link.close('this server takes no observers')
    else if (forObserver && this.observers !== null) this.observers.accept(link)
    else if (forObserver) this.unclaimedObservers.add(link)
    else if (this.learner !== null) link.close('this server does not lead')
    else this.unclaimed.add(link)
  }

  get self(): ServerId {
    return this.options.self
  }

  /** The configuration that it goes by. */
  get verifier(): QuorumVerifier {
    return this.options.membership.current
  }

  get initLimit(): number {
    return this.options.initLimit
  }

  get syncLimit(): number {
    return this.options.syncLimit
  }

  get role$(): Observable<PeerRole> {
    return this.roles
  }

  /** The configuration that it goes by, and each that takes its place. */
  get membership$(): Observable<QuorumVerifier> {
    return this.configuration.current$
  }

  get role(): PeerRole {
    return this.roles.value
  }

  /** Whom this term follows: this server itself, another one, or none while it looks for one. */
  get leaderId(): ServerId | undefined {
    return this.leader !== null ? this.options.self : this.learner?.leaderId
  }

  /** The term as leader, while there is one. */
  get leading(): Leader | null {
    return this.leader
  }

  /** Observers that are in step behind this follower; undefined where it takes none. */
  get syncedObservers(): number | undefined {
    return this.observers?.syncedCount
  }

  /** Opens the transport and takes part from now on. @throws LISTEN_FAILED */
  async start(): Promise<void> {
    const { self, transport, membership } = this.options
    await transport.open(self, addressesOf(membership))
    transport.takeObservers?.(this.configuration.takesObservers)
    this.running = this.run()
  }

  /**
   * Ends the present term and votes no more. A leader takes no more writes, lets what is proposed be committed, and
   * only then closes its links: its followers learn of the end at once, not by its silence, and elect the next leader.
   */
  handOver(): Promise<void> {
    this.handedOver ??= this.endTerm()
    return this.handedOver
  }

  private async endTerm(): Promise<void> {
    this.pauses.end()
    await this.leader?.drain(HAND_OVER_MS)
    const reason = new MenagerieError('SERVER_STATE', 'the server is stopped')
    this.election.stop()
    this.leader?.stop(reason)
    this.learner?.stop(reason)
  }

  /** Takes part no more, as {@link handOver} does it; resolves when all is over. The transport is closed. */
  async stop(): Promise<void> {
    await this.handOver()
    await this.running
    this.links.unsubscribe()
    this.unclaimed.clear()
    this.unclaimedObservers.clear()
    await this.options.transport.close()
    this.roles.complete()
    this.configuration.close()
  }

  private async run(): Promise<void> {
    const { host, self } = this.options
    let departed: ServerId | undefined
    while (!this.pauses.areOver) {
      const last = { zxid: lastZxid(host), peerEpoch: host.history.epochs.current }
      if (last.zxid === NO_HISTORY)
        this.options.logger.warn({}, 'looks for a leader without a vote: the end of the log was damaged')
      this.configuration.forgetUnlogged()
      let vote: Vote
      const endReadOnly = this.scheduleReadOnly()
      try {
        vote = await this.election.elect(last, departed)
      } catch {
        return // stopped meanwhile
      } finally {
        endReadOnly()
      }
      if (this.pauses.areOver) return
      const served = vote.leader === self ? await this.lead(vote) : await this.follow(vote)
      // From now on peers are not told any more that this term stands.
      this.election.leave()
      // Whoever was just lost votes for nobody: the round need not wait for that.
      departed = vote.leader === self || this.master !== undefined ? undefined : vote.leader
      this.leader = null
      this.learner = null
      this.master = undefined
      this.roles.next('looking')
      try {
        await host.suspend()
      } catch (error) {
        // The log is gone, and the server with it: whoever keeps it has been told.
        this.options.logger.error({ error: String(error) }, 'takes part in no election any more')
        return
      }
      if (!served && !this.pauses.areOver) await this.pauses.wait(PAUSE_AFTER_FAILURE_MS)
      // A leader that is back must not be met by all observers in one moment.
      const { membership, observerDelayMs } = this.options
      if (served && membership.current.observers.has(self)) await this.pauses.wait(observerDelayMs?.() ?? 0)
    }
  }

  /** Gives the way back, once there is a leader. */
  private scheduleReadOnly(): () => void {
    const { clock, host, logger, readOnlyAfterMs } = this.options
    if (readOnlyAfterMs === undefined) return () => {}
    const cancel = clock.schedule(readOnlyAfterMs, () => {
      logger.warn({ afterMs: readOnlyAfterMs }, 'no leader is found; serving reads to clients that ask for no more')
      host.beginReadOnly()
    })
    return () => {
      cancel()
      host.endReadOnly()
    }
  }

  /** Whether the term ever served. */
  private async lead(vote: Vote): Promise<boolean> {
    const { host, clock, logger, membership, self, rules = NO_RULES } = this.options
    const { tickTimeMs, initLimit, syncLimit, commitLogCount } = this.options
    let served = false
    const leader = new Leader({
      self,
      membership,
      rules,
      reconfigEnabled: this.options.rules !== undefined,
      clock,
      logger,
      tickTimeMs,
      initLimit,
      syncLimit,
      commitLogCount,
      tuning: this.options.tuning,
      favoured: this.election.favoured,
      host,
      ...this.configurationCallbacks,
      onEstablished: () => {
        served = true
        this.election.settle('leading', { ...vote, peerEpoch: leader.epoch })
        this.roles.next('leading')
      },
    })
    this.leader = leader
    leader.start()
    for (const link of [...this.unclaimed.take(), ...this.unclaimedObservers.take()]) leader.accept(link)
    const reason = await leader.over
    logger.warn({ epoch: leader.epoch, reason: reason.message }, 'leads no more')
    return served
  }

  private async follow(vote: Vote): Promise<boolean> {
    const { host, clock, logger, membership, self, tickTimeMs, initLimit, syncLimit } = this.options
    for (const link of this.unclaimed.take()) link.close('this server does not lead')
    const kind = membership.current.observers.has(self) ? 'observer' : 'follower'
    const way = await this.way.find(kind, vote.leader)
    if (way === undefined) return false
    const { link, master } = way
    if (this.pauses.areOver) {
      link.close('the server is stopped')
      return false
    }
    this.master = master
    let served = false
    const role = kind === 'follower' ? 'following' : 'observing'
    const learner = new Learner({
      self,
      kind,
      link,
      clock,
      logger,
      tickTimeMs,
      initLimit,
      syncLimit,
      pending: host.pending,
      leader: vote.leader,
      membership,
      reconfigEnabled: this.options.rules !== undefined,
      ...this.configurationCallbacks,
      host,
      onUpToDate: () => {
        served = true
        // Whoever starts later has to hear one vote from all of them (ZOOKEEPER-1732).
        this.election.settle(role, { ...vote, peerEpoch: host.history.epochs.current })
        this.roles.next(role)
        if (kind === 'follower') this.takeObservers(learner)
      },
      onDelivered: committed => this.observers?.delivered(committed),
      onActivating: (zxid, designated) => this.observers?.activating(zxid, designated),
    })
    this.learner = learner
    learner.start()
    const reason = await learner.over
    this.observers?.stop('its follower has lost the leader')
    this.observers = null
    if (kind === 'observer') this.options.observerMasters?.rotation.ended(served, master)
    logger.warn({ leader: vote.leader, reason: reason.message }, `stops ${role}`)
    return served
  }

  private takeObservers(learner: Learner): void {
    const { observerMasters, self, membership, host, clock, logger, tuning } = this.options
    const { tickTimeMs, initLimit, syncLimit, commitLogCount } = this.options
    if (observerMasters === undefined) return
    const observers = new ObserverMaster({
      ...{ self, membership, host, clock, logger, tickTimeMs, initLimit, syncLimit, commitLogCount, tuning },
      upstream: learner.requests,
      epoch: learner.epoch,
      reconfigEnabled: this.options.rules !== undefined,
      bytesMax: observerMasters.bytesMax,
    })
    this.observers = observers
    for (const link of this.unclaimedObservers.take()) observers.accept(link)
  }

  private get configurationCallbacks() {
    return {
      onProposed: (verifier: QuorumVerifier) => this.configuration.proposed(verifier),
      onActivated: (verifier: QuorumVerifier) => this.configuration.activated(verifier),
      onWithdrawn: () => this.configuration.withdrawn(),
    }
  }
}

/** The last zxid that counts in an election: of the log, or of the snapshot that it goes on from. */
function lastZxid(host: PeerHost): Zxid {
  if (!host.history.isWhole) return NO_HISTORY
  return Math.max(host.history.logged, host.applied)
}

/** Tells other servers to count this one's vote for nobody; see `LastLogged`. */
const NO_HISTORY: Zxid = -1

/** Nothing is judged by them: reconfiguration is off. */
const NO_RULES: ReconfigRules = { standaloneEnabled: true }
