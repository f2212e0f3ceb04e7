import { BehaviorSubject, type Observable, type Subscription } from 'rxjs'
import { MenagerieError } from '../../errors.js'
import type { PeerAddress, PeerLink, ServerId } from '../../seams/peer-transport.js'
import type { Zxid } from '../../zxid.js'
import { ElectionDriver } from '../election/index.js'
import { Leader } from '../leader/leader.js'
import { Learner } from '../learner/learner.js'
import { ObserverMaster } from '../observer-master/observer-master.js'
import type { Vote } from '../packets/index.js'
import type { Membership, QuorumVerifier, ReconfigRules } from '../quorum/index.js'
import type { PeerHost, PeerRole, QuorumPeerOptions } from './quorum-peer-options.js'
import { UnclaimedLinks } from './unclaimed-links.js'

/** Between two attempts to reach an elected leader, which may still be on its way to lead. */
const CONNECT_RETRY_MS = 50
const CONNECT_ATTEMPTS_MAX = 20
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
  private stopping = false
  private running: Promise<void> | null = null
  private handedOver: Promise<void> | null = null
  private wake: (() => void) | null = null

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
      onConfig: verifier => this.activated(verifier),
    })
    const patienceMs = options.initLimit * options.tickTimeMs
    this.unclaimed = new UnclaimedLinks(clock, patienceMs)
    this.unclaimedObservers = new UnclaimedLinks(clock, patienceMs)
    this.links = transport.links$.subscribe(link => this.opened(link))
  }

  private opened(link: PeerLink): void {
    const forObserver = link.target === 'observer-master'
    if (this.leader !== null) this.leader.accept(link)
    else if (forObserver && !this.takesObservers) link.close('this server takes no observers')
    else if (forObserver && this.observers !== null) this.observers.accept(link)
    else if (forObserver) this.unclaimedObservers.add(link)
    else if (this.learner !== null) link.close('this server does not lead')
    else this.unclaimed.add(link)
  }

  private get takesObservers(): boolean {
    return this.options.observerMasters !== undefined && !this.verifier.observers.has(this.self)
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
    transport.takeObservers?.(this.takesObservers)
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
    this.stopping = true
    await this.leader?.drain(HAND_OVER_MS)
    const reason = new MenagerieError('SERVER_STATE', 'the server is stopped')
    this.election.stop()
    this.leader?.stop(reason)
    this.learner?.stop(reason)
    this.wake?.()
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
  }

  private async run(): Promise<void> {
    const { host, self } = this.options
    let departed: ServerId | undefined
    while (!this.stopping) {
      const last = { zxid: lastZxid(host), peerEpoch: host.history.epochs.current }
      if (last.zxid === NO_HISTORY)
        this.options.logger.warn({}, 'looks for a leader without a vote: the end of the log was damaged')
      let vote: Vote
      const endReadOnly = this.scheduleReadOnly()
      try {
        vote = await this.election.elect(last, departed)
      } catch {
        return // stopped meanwhile
      } finally {
        endReadOnly()
      }
      if (this.stopping) return
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
      if (!served && !this.stopping) await this.pause(PAUSE_AFTER_FAILURE_MS)
      // A leader that is back must not be met by all observers in one moment.
      const { membership, observerDelayMs } = this.options
      if (served && membership.current.observers.has(self)) await this.pause(observerDelayMs?.() ?? 0)
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
      ...this.configCallbacks,
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
    const link = (kind === 'observer' && (await this.reachMaster(vote.leader))) || (await this.reach(vote.leader))
    if (link === undefined) return false
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
      ...this.configCallbacks,
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
    if (kind === 'observer') this.options.observerMasters?.rotation.ended(served, this.master)
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

  /** A link to a follower that takes observers, or undefined where none is to be had. */
  private async reachMaster(leader: ServerId): Promise<PeerLink | undefined> {
    const { observerMasters, membership, transport, logger } = this.options
    if (observerMasters === undefined) return undefined
    const { rotation } = observerMasters
    for (const id of rotation.candidates(membership.current.voters, leader)) {
      if (this.stopping) return undefined
      rotation.used(id)
      try {
        const link = await transport.connect(id, 'observer-master')
        this.master = id
        logger.info({ master: id, leader }, 'observes by way of a follower')
        return link
      } catch (error) {
        logger.info({ server: id, error: String(error) }, 'cannot observe by way of this server')
      }
    }
    return undefined
  }

  private readonly configCallbacks = {
    onProposed: (verifier: QuorumVerifier) => {
      const { membership, transport, onProposed } = this.options
      transport.setPeers(addressesOf(membership))
      this.election.reconfigure(membership.current, membership.next)
      onProposed?.(verifier)
    },
    onActivated: (verifier: QuorumVerifier) => this.activated(verifier),
  }

  private activated(verifier: QuorumVerifier): void {
    const { membership, transport, onActivated, logger } = this.options
    logger.info({ version: verifier.version.toString(16), voters: [...verifier.voters] }, 'a new configuration')
    membership.activate(verifier)
    transport.setPeers(addressesOf(membership))
    transport.takeObservers?.(this.takesObservers)
    this.election.reconfigure(membership.current, membership.next)
    onActivated?.(verifier)
  }

  /** A link to the elected leader, or undefined when it cannot be reached. */
  private async reach(leader: ServerId): Promise<PeerLink | undefined> {
    for (let attempt = 1; attempt <= CONNECT_ATTEMPTS_MAX && !this.stopping; attempt++) {
      try {
        const link = await this.options.transport.connect(leader)
        if (!this.stopping) return link
        link.close('the server is stopped')
        return undefined
      } catch (error) {
        if (attempt === CONNECT_ATTEMPTS_MAX)
          this.options.logger.warn({ leader, error: String(error) }, 'cannot reach the leader')
        else await this.pause(this.options.connectRetryMs ?? CONNECT_RETRY_MS)
      }
    }
    return undefined
  }

  private pause(ms: number): Promise<void> {
    if (this.stopping || ms === 0) return Promise.resolve()
    return new Promise(resolve => {
      const cancel = this.options.clock.schedule(ms, resolve)
      this.wake = () => {
        cancel()
        resolve()
      }
    })
  }
}

/** The last zxid that counts in an election: of the log, or of the snapshot that it goes on from. */
function lastZxid(host: PeerHost): Zxid {
  if (!host.history.isWhole) return NO_HISTORY
  return Math.max(host.history.logged, host.applied)
}

/** Whoever is in a configuration that counts, or comes to. */
function addressesOf({ current, next }: Membership): ReadonlyMap<ServerId, readonly PeerAddress[]> {
  const servers = [...current.servers, ...(next?.servers ?? [])]
  return new Map(servers.map(([id, { addresses }]) => [id, addresses]))
}

/** Tells other servers to count this one's vote for nobody; see `LastLogged`. */
const NO_HISTORY: Zxid = -1

/** Nothing is judged by them: reconfiguration is off. */
const NO_RULES: ReconfigRules = { standaloneEnabled: true }
