import { MenagerieError } from '../../errors.js'
import type { PendingWrites } from '../../requests/pending-writes.js'
import type { Clock } from '../../seams/clock.js'
import type { Logger } from '../../seams/logger.js'
import type { PeerLink, ServerId } from '../../seams/peer-transport.js'
import { makeZxid, type Zxid, zxidEpoch, zxidHex } from '../../zxid.js'
import type { Logged } from '../history.js'
import {
  decodeLong,
  decodePacket,
  encodeInt,
  encodeLearnerInfo,
  encodePacket,
  encodeTimeouts,
  PacketType,
  PROTOCOL_VERSION,
  type QuorumPacket,
} from '../packets/index.js'
import { Acknowledgements } from './acknowledgements.js'
import { Configuration, type ConfigurationOptions } from './configuration.js'
import { LeaderRequests } from './leader-requests.js'
import type { LearnerHost, SnapshotSink } from './learner-host.js'
import { PacketQueue } from './packet-queue.js'

export interface LearnerOptions extends ConfigurationOptions {
  readonly kind: 'follower' | 'observer'
  readonly link: PeerLink
  readonly host: LearnerHost
  readonly pending: PendingWrites
  readonly clock: Clock
  readonly logger: Logger
  readonly tickTimeMs: number
  /** Ticks until it has to be in step with the leader. */
  readonly initLimit: number
  /** Ticks without a word from the leader after which it is given up. */
  readonly syncLimit: number
  /** In step with the leader, and clients are served. */
  readonly onUpToDate?: () => void
  /** Transactions have been applied, each once, in their order. */
  readonly onDelivered?: (committed: readonly Logged[]) => void
  /** A reconfiguration is committed and goes with the next delivery; the leader says who is to lead by it. */
  readonly onActivating?: (zxid: Zxid, designated: ServerId) => void
}

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
  /** Resolves with the reason when the term is over. */
  readonly over: Promise<Error>
  private end!: (reason: Error) => void
  private phase: Phase = 'discovery'
  private ended = false
  private readonly queue: PacketQueue
  readonly requests: LeaderRequests
  private readonly acknowledgements: Acknowledgements
  private readonly configuration: Configuration
  private sink: SnapshotSink | null = null
  /** Of the leader; -1 before it has said so. */
  epoch = -1
  /** The snapshot that this term brought. */
  private snapshotZxid: Zxid = -1
  private deliveryScheduled = false
  private lastHeardAt: number
  private cancelTimer: () => void = () => {}

  constructor(private readonly options: LearnerOptions) {
    this.over = new Promise(resolve => {
      this.end = resolve
    })
    const { link, host, pending, clock } = options
    this.lastHeardAt = clock.monotonic()
    this.queue = new PacketQueue(
      bytes => (this.sink === null ? this.packet(decodePacket(bytes)) : this.snapshotChunk(this.sink, bytes)),
      () => {
        this.lastHeardAt = clock.monotonic()
      },
      error => this.stop(error),
    )
    this.requests = new LeaderRequests(link, pending)
    this.acknowledgements = new Acknowledgements(link, host.history)
    this.configuration = new Configuration(options)
  }

  get leaderId(): ServerId {
    return this.options.leader
  }

  /** Introduces this server to the leader. */
  start(): void {
    const { link, host, self, kind, membership } = this.options
    host.history.onDurable = () => this.acknowledgements.settle()
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
    this.cancelTimer()
    this.options.host.history.onDurable = () => {}
    this.queue.close()
    this.options.link.close(reason.message)
    this.end(reason)
  }

  // --- the leader's silence

  private watchLeader(): void {
    const { clock, tickTimeMs, initLimit, syncLimit } = this.options
    this.cancelTimer = clock.schedule(tickTimeMs / 2, () => {
      const limit = (this.acknowledgements.hasBegun ? syncLimit : initLimit) * tickTimeMs
      const silentMs = clock.monotonic() - this.lastHeardAt
      if (silentMs <= limit || this.queue.isBusy) this.watchLeader()
      else this.stop(new MenagerieError('ZAB_PROTOCOL', `the leader has said nothing for ${Math.round(silentMs)} ms`))
    })
  }

  // --- packets

  private receive(bytes: Uint8Array): void {
    if (this.ended) return
    this.lastHeardAt = this.options.clock.monotonic()
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
        if (packet.zxid <= this.snapshotZxid) return undefined
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
    const epoch = zxidEpoch(packet.zxid)
    const { accepted, current } = history.epochs
    if (epoch < accepted) {
      throw new MenagerieError(
        'ZAB_PROTOCOL',
        `the leader's epoch ${epoch} is behind ${accepted}, which this server has accepted`,
      )
    }
    this.epoch = epoch
    return this.acceptEpoch(epoch, epoch > accepted, current)
  }

  /**
   * @param isNew false: this epoch was accepted before, so that the leader may not count the answer as a promise. Nor
   * may it where the end of the log was damaged: what is missing would be missing in the history that is chosen. It
   * synchronises with this server all the same.
   */
  private async acceptEpoch(epoch: number, isNew: boolean, current: number): Promise<void> {
    const { history } = this.options.host
    await history.settle()
    if (isNew) await history.setAcceptedEpoch(epoch)
    if (this.ended) return
    this.phase = 'synchronisation'
    const vote = isNew && history.isWhole ? current : NO_VOTE
    this.options.link.send(encodePacket(PacketType.ACKEPOCH, history.logged, encodeInt(vote)))
  }

  // --- synchronisation: the leader's history

  private synchronise(packet: QuorumPacket): Promise<void> | undefined {
    const { host, logger } = this.options
    switch (packet.type) {
      case PacketType.DIFF:
        logger.info({ from: hex(host.history.logged), to: hex(packet.zxid) }, 'getting transactions from the leader')
        // The leader has found the last one here in its history, and with it all before it.
        host.history.commitThrough(host.history.logged)
        return undefined
      case PacketType.TRUNC:
        logger.warn({ after: hex(packet.zxid), last: hex(host.history.logged) }, 'cutting off what the leader has not')
        return this.truncate(packet.zxid)
      case PacketType.SNAP:
        logger.info({ zxid: hex(packet.zxid) }, 'getting a snapshot from the leader')
        this.snapshotZxid = packet.zxid
        this.sink = host.receiveSnapshot(packet.zxid)
        return undefined
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

  private async truncate(zxid: Zxid): Promise<void> {
    const { host } = this.options
    const last = await host.truncateAfter(zxid)
    if (last !== zxid) {
      // The log could not be cut where the leader thought. Joining again tells it where this server stands.
      throw new MenagerieError('ZAB_PROTOCOL', `the log ends at ${hex(last)} after it was cut at ${hex(zxid)}`)
    }
    host.history.commitThrough(zxid)
  }

  private snapshotChunk(sink: SnapshotSink, chunk: Uint8Array): Promise<void> | undefined {
    if (!sink.push(chunk)) return undefined
    this.sink = null
    return sink.install()
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
    link.send(encodePacket(PacketType.ACK, makeZxid(this.epoch, 0)))
    this.phase = 'broadcast'
    this.configuration.upToDate()
    this.deliver()
    host.follow(this.requests)
    this.options.onUpToDate?.()
  }

  // --- broadcast

  private propose(packet: QuorumPacket): void {
    const { history } = this.options.host
    if (packet.data === null) throw new MenagerieError('ZAB_PROTOCOL', 'the leader sent a proposal without content')
    history.append({ zxid: packet.zxid, bytes: packet.data, proposal: null })
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

  /** Commits of one turn are applied together. Before the server is up to date nobody sees them. */
  private scheduleDelivery(): void {
    if (this.deliveryScheduled || this.phase !== 'broadcast') return
    this.deliveryScheduled = true
    this.options.clock.defer(() => {
      this.deliveryScheduled = false
      if (!this.ended) this.deliver()
    })
  }

  private deliver(): void {
    const { host } = this.options
    const committed = host.history.takeCommitted()
    if (committed.length === 0) return
    try {
      host.deliver(committed)
    } catch (error) {
      this.stop(error as Error)
      return
    }
    this.options.onDelivered?.(committed)
  }

  private broadcast(packet: QuorumPacket): undefined {
    switch (packet.type) {
      case PacketType.REVALIDATE:
        this.requests.revalidated(packet)
        return undefined
      case PacketType.SYNC:
        // Commits that came before it are applied before the one who waits goes on.
        this.deliver()
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

/** In an ACKEPOCH: not to be counted as a promise. */
const NO_VOTE = -1
const NOTHING = new Uint8Array(0)

function hex(zxid: Zxid): string {
  return `0x${zxidHex(zxid)}`
}
