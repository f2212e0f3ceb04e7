import { MenagerieError } from '../../errors.js'
import type { ServerId } from '../../seams/peer-transport.js'
import { makeZxid, type Zxid } from '../../zxid.js'
import {
  decodeLong,
  decodePacket,
  encodeCommitsItself,
  encodeInt,
  encodeLearnerInfo,
  encodePacket,
  encodeTimeouts,
  PacketType,
  PROTOCOL_VERSION,
  type QuorumPacket,
} from '../packets/index.js'
import { Acknowledgements } from './acknowledgements.js'
import { CatchingUp } from './catching-up.js'
import { Configuration } from './configuration.js'
import { Delivery } from './delivery.js'
import { acceptEpoch, readEpochOffer } from './epoch-promise.js'
import { LeaderRequests } from './leader-requests.js'
import { LeaderSilence } from './leader-silence.js'
import type { LearnerOptions } from './learner-options.js'
import { OwnCommits } from './own-commits.js'
import { PacketQueue } from './packet-queue.js'

type Phase = 'discovery' | 'synchronisation' | 'broadcast'

/**
 * One term at the side of a leader, as follower or observer (Apache: Learner.java, Follower.java, Observer.java; the
 * paper's discovery, synchronisation and broadcast, seen from a follower).
 *
 * What is promised to the leader, and when: ACKEPOCH only when the accepted epoch is durable. ACK of NEWLEADER only
 * when every transaction that the synchronisation brought is durable, and after that the current epoch, in this order
 * (ZOOKEEPER-3911, 4643, 4646, 4785). ACK of a proposal only when its record is. Proposals go into the log as they
 * come, in one queue from the first packet to the last, so that a COMMIT always finds what it commits
 * (ZOOKEEPER-4394). One object is one term: nothing of it acts after its end (ZOOKEEPER-4712).
 */
export class Learner {
  /**
   * Resolves with the reason when the term is over, and with it what it had under way on the disk: a snapshot that is
   * half installed, and drops the log when it is, must not meet what the next term appends to that log.
   */
  readonly over: Promise<Error>
  private end!: (reason: Error) => void
  private phase: Phase = 'discovery'
  private ended = false
  private readonly queue: PacketQueue
  readonly requests: LeaderRequests
  private readonly acknowledgements: Acknowledgements
  private readonly ownCommits: OwnCommits
  private readonly configuration: Configuration
  private readonly catchingUp: CatchingUp
  private readonly delivery: Delivery
  private readonly silence: LeaderSilence
  /** Of the leader; -1 before it has said so. */
  epoch = -1

  constructor(private readonly options: LearnerOptions) {
    this.over = new Promise(resolve => {
      this.end = resolve
    })
    const { link, host, pending } = options
    this.silence = new LeaderSilence(options)
    this.catchingUp = new CatchingUp(options)
    this.delivery = new Delivery(options, error => this.stop(error))
    this.queue = new PacketQueue(
      bytes =>
        this.catchingUp.takesSnapshot ? this.catchingUp.snapshotChunk(bytes) : this.packet(decodePacket(bytes)),
      () => this.silence.heard(),
      error => this.stop(error),
    )
    this.requests = new LeaderRequests(link, pending)
    this.acknowledgements = new Acknowledgements(link, host.history)
    this.ownCommits = new OwnCommits(host.history, this.delivery)
    this.configuration = new Configuration(options)
  }

  get leaderId(): ServerId {
    return this.options.leader
  }

  /** Introduces this server to the leader. */
  start(): void {
    const { link, host, self, kind, membership } = this.options
    host.history.onDurable = () => {
      this.acknowledgements.settle()
      this.ownCommits.durable()
    }
    link.packets$.subscribe({
      next: bytes => this.receive(bytes),
      error: error => this.stop(error as Error),
      complete: () => this.stop(new MenagerieError('ZAB_PROTOCOL', 'the leader has closed the link')),
    })
    const info = encodeLearnerInfo({
      serverId: self,
      protocolVersion: PROTOCOL_VERSION,
      configVersion: membership.current.version,
    })
    const type = kind === 'follower' ? PacketType.FOLLOWERINFO : PacketType.OBSERVERINFO
    link.send(encodePacket(type, makeZxid(host.history.epochs.accepted, 0), info))
    this.watchLeader()
  }

  stop(reason: Error): void {
    if (this.ended) return
    this.ended = true
    this.silence.stop()
    this.delivery.end()
    this.options.host.history.onDurable = () => {}
    const idle = Promise.all([this.queue.close(), this.catchingUp.end()])
    this.options.link.close(reason.message)
    void idle.then(() => this.end(reason))
  }

  private watchLeader(): void {
    const { initLimit, syncLimit } = this.options
    this.silence.watch(
      () => (this.acknowledgements.hasBegun ? syncLimit : initLimit),
      () => this.queue.isBusy,
      ms => this.stop(new MenagerieError('ZAB_PROTOCOL', `the leader has said nothing for ${Math.round(ms)} ms`)),
    )
  }

  // --- packets

  private receive(bytes: Uint8Array): void {
    if (this.ended) return
    this.silence.heard()
    this.queue.push(bytes)
  }

  private packet(packet: QuorumPacket): Promise<void> | undefined {
    if (this.phase === 'discovery') return this.discover(packet)
    switch (packet.type) {
      case PacketType.PROPOSAL:
        this.propose(packet)
        return undefined
      case PacketType.COMMIT:
        this.options.host.history.commit(packet.zxid)
        this.scheduleDelivery()
        return undefined
      case PacketType.COMMITANDACTIVATE:
        this.options.host.history.commit(packet.zxid)
        this.options.onActivating?.(packet.zxid, decodeLong(packet.data))
        this.scheduleDelivery()
        this.reconfigured(packet.zxid, decodeLong(packet.data))
        return undefined
      case PacketType.INFORMANDACTIVATE: {
        const data = packet.data ?? NOTHING
        this.propose({ ...packet, data: data.subarray(8) })
        this.options.host.history.commit(packet.zxid)
        this.scheduleDelivery()
        this.reconfigured(packet.zxid, decodeLong(data))
        return undefined
      }
      case PacketType.INFORM:
        // Apache's servers send after a snapshot what was committed while they made it, though it may be in it.
        if (packet.zxid <= this.catchingUp.snapshotZxid) return undefined
        this.propose(packet)
        this.options.host.history.commit(packet.zxid)
        this.scheduleDelivery()
        return undefined
      case PacketType.PING:
        this.pong(packet)
        return undefined
      default:
        return this.phase === 'synchronisation' ? this.synchronise(packet) : this.broadcast(packet)
    }
  }

  private unexpected(packet: QuorumPacket): never {
    throw new MenagerieError('ZAB_PROTOCOL', `the leader sent a packet of type ${packet.type} during ${this.phase}`)
  }

  // --- discovery: which epoch

  private discover(packet: QuorumPacket): Promise<void> {
    if (packet.type !== PacketType.LEADERINFO) this.unexpected(packet)
    const { history } = this.options.host
    const offer = readEpochOffer(packet, history)
    this.epoch = offer.epoch
    return acceptEpoch(offer, history).then(vote => {
      if (this.ended) return
      this.phase = 'synchronisation'
      this.options.link.send(encodePacket(PacketType.ACKEPOCH, history.logged, encodeInt(vote)))
    })
  }

  // --- synchronisation: the leader's history

  private synchronise(packet: QuorumPacket): Promise<void> | undefined {
    switch (packet.type) {
      case PacketType.DIFF:
      case PacketType.TRUNC:
      case PacketType.SNAP:
        return this.catchingUp.begin(packet)
      case PacketType.NEWLEADER:
        return this.newLeader(packet)
      case PacketType.UPTODATE:
        if (!this.acknowledgements.hasBegun) this.unexpected(packet)
        this.upToDate()
        return undefined
      default:
        return this.broadcast(packet)
    }
  }

  private async newLeader(packet: QuorumPacket): Promise<void> {
    const { host, link } = this.options
    const { history } = host
    this.configuration.newLeader(packet.data, history.logged)
    await history.settle()
    if (this.ended) return
    await history.becomeWhole()
    // Last, so that a crash before it leaves a server that does not claim a history it has not made durable.
    await history.setCurrentEpoch(this.epoch)
    if (this.ended) return
    link.send(encodePacket(PacketType.ACK, makeZxid(this.epoch, 0)))
    this.acknowledgements.begin()
  }

  private upToDate(): void {
    const { host, link } = this.options
    const data = this.options.kind === 'follower' ? encodeCommitsItself() : null
    link.send(encodePacket(PacketType.ACK, makeZxid(this.epoch, 0), data))
    const why = this.configuration.upToDate(host.history.committed)
    if (why !== undefined) throw new MenagerieError('ZAB_PROTOCOL', why)
    this.phase = 'broadcast'
    this.delivery.now()
    host.follow(this.requests)
    this.options.onUpToDate?.()
  }

  // --- broadcast

  private propose(packet: QuorumPacket): void {
    const { history } = this.options.host
    if (packet.data === null) throw new MenagerieError('ZAB_PROTOCOL', 'the leader sent a proposal without content')
    history.append({ zxid: packet.zxid, bytes: packet.data, proposal: null })
    history.flushSoon()
    if (this.options.kind === 'follower') this.acknowledgements.owe(packet.zxid)
    this.configuration.logged(packet.data)
  }

  /** A reconfiguration is committed. Who changes its role by it, or is to get another leader, joins again. */
  private reconfigured(zxid: Zxid, designated: ServerId): void {
    const why = this.configuration.committed(zxid, designated)
    if (why === undefined) return
    // Behind the delivery that is scheduled: what is committed is applied before the term ends.
    this.options.clock.defer(() => this.stop(new MenagerieError('ZAB_PROTOCOL', why)))
  }

  /** Before the server is up to date nobody sees what is committed. */
  private scheduleDelivery(): void {
    if (this.phase === 'broadcast') this.delivery.schedule()
  }

  private broadcast(packet: QuorumPacket): undefined {
    switch (packet.type) {
      case PacketType.COMMITTHROUGH:
      case PacketType.COMMITONCEDURABLE:
        // Asked for by the ACK of UPTODATE.
        if (this.phase !== 'broadcast') this.unexpected(packet)
        if (packet.type === PacketType.COMMITTHROUGH) this.ownCommits.told(packet.zxid)
        else this.ownCommits.promised(packet.zxid)
        return undefined
      case PacketType.REVALIDATE:
        this.requests.revalidated(packet)
        return undefined
      case PacketType.SYNC:
        // Commits that came before it are applied before the one who waits goes on.
        this.delivery.now()
        this.requests.synced()
        return undefined
      default:
        return this.unexpected(packet)
    }
  }

  private pong(packet: QuorumPacket): void {
    const touched = this.options.host.takeTouched().map(({ id, timeoutMs }) => ({ session: id, timeoutMs }))
    this.options.link.send(encodePacket(PacketType.PING, packet.zxid, encodeTimeouts(touched)))
  }
}

const NOTHING = new Uint8Array(0)
