import { MenagerieError } from '../../errors.js'
import { OpCode } from '../../jute/codes.js'
import type { Id } from '../../jute/records.js'
import { decodeUtf8 } from '../../jute/utf8.js'
import type { ForwardedWrite, LeaderChannel } from '../../requests/leader-channel.js'
import type { PendingWrites } from '../../requests/pending-writes.js'
import type { Clock } from '../../seams/clock.js'
import type { Logger } from '../../seams/logger.js'
import type { PeerLink, ServerId } from '../../seams/peer-transport.js'
import type { Session } from '../../sessions/session.js'
import { TxnReader } from '../../tree/txn.js'
import { makeZxid, type Zxid, zxidEpoch, zxidHex } from '../../zxid.js'
import type { Logged } from '../history.js'
import type { Upstream } from '../observer-master/upstream.js'
import {
  decodeLong,
  decodePacket,
  decodeRevalidation,
  encodeInt,
  encodeLearnerInfo,
  encodePacket,
  encodeRequest,
  encodeTimeouts,
  type ForwardedRequest,
  PacketType,
  PROTOCOL_VERSION,
  type QuorumPacket,
} from '../packets/index.js'
import { type Membership, parseConfig, type QuorumVerifier } from '../quorum/index.js'
import type { LearnerHost, SnapshotSink } from './learner-host.js'

export interface LearnerOptions {
  readonly self: ServerId
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
  readonly leader: ServerId
  readonly membership: Membership
  /** Whether configurations of the leader are taken (reconfigEnabled). */
  readonly reconfigEnabled: boolean
  /** A configuration is logged and on its way. */
  readonly onProposed?: (verifier: QuorumVerifier) => void
  /** A configuration is committed: the one to go by from now on. */
  readonly onActivated?: (verifier: QuorumVerifier) => void
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
export class Learner implements LeaderChannel, Upstream {
  /** Resolves with the reason when the term is over. */
  readonly over: Promise<Error>
  private end!: (reason: Error) => void
  private phase: Phase = 'discovery'
  private ended = false
  /** Packets that wait until an asynchronous step is done. */
  private waiting: Uint8Array[] = []
  private busy = false
  private sink: SnapshotSink | null = null
  /** Of the leader; -1 before it has said so. */
  epoch = -1
  /** The snapshot that this term brought. */
  private snapshotZxid: Zxid = -1
  private newLeaderAcked = false
  /** Proposals whose records are not durable yet, or must not be acknowledged before NEWLEADER is. */
  private unacked: Zxid[] = []
  private deliveryScheduled = false
  private lastHeardAt: number
  private cancelTimer: () => void = () => {}
  private readonly revalidations = new Map<bigint, ((valid: boolean) => void)[]>()
  private readonly syncs: (() => void)[] = []

  constructor(private readonly options: LearnerOptions) {
    this.over = new Promise(resolve => {
      this.end = resolve
    })
    this.lastHeardAt = options.clock.monotonic()
  }

  /** Introduces this server to the leader. */
  start(): void {
    const { link, host, self, kind, membership } = this.options
    host.history.onDurable = () => this.acknowledge()
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
    this.waiting = []
    this.options.link.close(reason.message)
    this.end(reason)
  }

  // --- the leader's silence

  private watchLeader(): void {
    const { clock, tickTimeMs, initLimit, syncLimit } = this.options
    this.cancelTimer = clock.schedule(tickTimeMs / 2, () => {
      const limit = (this.newLeaderAcked ? syncLimit : initLimit) * tickTimeMs
      const silentMs = clock.monotonic() - this.lastHeardAt
      if (silentMs <= limit || this.busy) this.watchLeader()
      else this.stop(new MenagerieError('ZAB_PROTOCOL', `the leader has said nothing for ${Math.round(silentMs)} ms`))
    })
  }

  // --- packets, one after another

  private receive(bytes: Uint8Array): void {
    if (this.ended) return
    this.lastHeardAt = this.options.clock.monotonic()
    if (this.busy) this.waiting.push(bytes)
    else this.process(bytes)
  }

  private process(bytes: Uint8Array): void {
    try {
      const step = this.sink === null ? this.packet(decodePacket(bytes)) : this.snapshotChunk(this.sink, bytes)
      if (step !== undefined) this.await(step)
    } catch (error) {
      this.stop(error as Error)
    }
  }

  /** Packets wait while a step writes to disk. */
  private await(step: Promise<void>): void {
    this.busy = true
    step.then(
      () => {
        this.busy = false
        this.lastHeardAt = this.options.clock.monotonic()
        while (!this.busy && !this.ended && this.waiting.length > 0) this.process(this.waiting.shift()!)
      },
      error => this.stop(error as Error),
    )
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
    return this.acceptEpoch(epoch, epoch > accepted ? current : NO_VOTE)
  }

  /**
   * @param vote the current epoch, or {@link NO_VOTE} where this epoch was accepted before: the leader may not count
   * that as a promise, and synchronises with this server all the same.
   */
  private async acceptEpoch(epoch: number, vote: number): Promise<void> {
    const { history } = this.options.host
    await history.settle()
    if (vote !== NO_VOTE) await history.setAcceptedEpoch(epoch)
    if (this.ended) return
    this.phase = 'synchronisation'
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
        if (!this.newLeaderAcked) this.unexpected(packet)
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
    const { host, link, membership } = this.options
    const { history } = host
    // A reconfiguration that the leader's history has not is none.
    if (membership.next !== undefined && membership.next.version > history.logged) membership.withdraw()
    if (packet.data !== null && packet.data.length > 1) this.proposed(packet.data)
    await history.settle()
    // Last, so that a crash before it leaves a server that does not claim a history it has not made durable.
    await history.setCurrentEpoch(this.epoch)
    if (this.ended) return
    link.send(encodePacket(PacketType.ACK, makeZxid(this.epoch, 0)))
    this.newLeaderAcked = true
    // What is committed by now needs no vote any more.
    this.unacked = this.unacked.filter(zxid => zxid > history.committed)
    this.acknowledge()
  }

  private upToDate(): void {
    const { host, link } = this.options
    link.send(encodePacket(PacketType.ACK, makeZxid(this.epoch, 0)))
    this.phase = 'broadcast'
    const { membership } = this.options
    if (membership.next !== undefined) this.activate(membership.next)
    this.deliver()
    host.follow(this)
    this.options.onUpToDate?.()
  }

  // --- broadcast

  private propose(packet: QuorumPacket): void {
    const { history } = this.options.host
    if (packet.data === null) throw new MenagerieError('ZAB_PROTOCOL', 'the leader sent a proposal without content')
    history.append({ zxid: packet.zxid, bytes: packet.data, proposal: null })
    if (this.options.kind === 'follower') this.unacked.push(packet.zxid)
    if (typeOfTxn(packet.data) === OpCode.reconfig) {
      const { txn } = new TxnReader().read(packet.data)
      if (txn.type === OpCode.reconfig && txn.data !== null) this.proposed(txn.data)
    }
  }

  // --- the ensemble's configuration

  private proposed(text: Uint8Array): void {
    const { membership, reconfigEnabled, onProposed } = this.options
    if (!reconfigEnabled) return
    const parsed = parseConfig(decodeUtf8(text, 0, text.length))
    if (parsed.problem !== undefined) {
      throw new MenagerieError('ZAB_PROTOCOL', `the leader sent a configuration that cannot be read: ${parsed.problem}`)
    }
    if (parsed.value.version <= membership.latest.version) return
    membership.propose(parsed.value)
    onProposed?.(parsed.value)
  }

  /** A reconfiguration is committed. Who changes its role by it, or is to get another leader, joins again. */
  private reconfigured(zxid: Zxid, designated: ServerId): void {
    const { membership, self, leader } = this.options
    const { current, next } = membership
    if (next === undefined || next.version !== zxid) return
    const votedBefore = current.voters.has(self)
    this.activate(next)
    const why =
      designated !== leader
        ? `server ${designated} is to lead the new configuration`
        : next.servers.has(self) && next.voters.has(self) !== votedBefore
          ? 'this server has another role in the new configuration'
          : undefined
    if (why === undefined) return
    // Behind the delivery that is scheduled: what is committed is applied before the term ends.
    this.options.clock.defer(() => this.stop(new MenagerieError('ZAB_PROTOCOL', why)))
  }

  private activate(verifier: QuorumVerifier): void {
    this.options.membership.activate(verifier)
    this.options.onActivated?.(verifier)
  }

  /** One ACK for each proposal: Apache's leader counts votes per zxid, not cumulatively. */
  private acknowledge(): void {
    if (!this.newLeaderAcked || this.ended) return
    const { durable } = this.options.host.history
    let count = 0
    while (count < this.unacked.length && this.unacked[count] <= durable) {
      this.options.link.send(encodePacket(PacketType.ACK, this.unacked[count++]))
    }
    this.unacked.splice(0, count)
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
      case PacketType.REVALIDATE: {
        const { session, valid } = decodeRevalidation(packet.data)
        const asked = this.revalidations.get(session)
        const answer = asked?.shift()
        if (asked?.length === 0) this.revalidations.delete(session)
        answer?.(valid)
        return undefined
      }
      case PacketType.SYNC:
        // Commits that came before it are applied before the one who waits goes on.
        this.deliver()
        this.syncs.shift()?.()
        return undefined
      default:
        return this.unexpected(packet)
    }
  }

  private pong(packet: QuorumPacket): void {
    const touched = this.options.host.takeTouched().map(({ id, timeoutMs }) => ({ session: id, timeoutMs }))
    this.options.link.send(encodePacket(PacketType.PING, packet.zxid, encodeTimeouts(touched)))
  }

  // --- what clients want of the leader

  forward({ opcode, cxid, body, session, identities, origin }: ForwardedWrite): void {
    this.options.pending.add({ session, cxid, origin })
    // Apache sends the end of a session without a record.
    const request = { session: session.id, cxid, opcode, body: opcode === OpCode.closeSession ? NOTHING : body }
    const authInfo = identities.map(({ scheme, id }) => ({ scheme, id }))
    this.options.link.send(encodePacket(PacketType.REQUEST, -1, encodeRequest(request), authInfo))
  }

  revalidate(session: bigint, timeoutMs: number, answer: (valid: boolean) => void): void {
    const asked = this.revalidations.get(session)
    if (asked === undefined) this.revalidations.set(session, [answer])
    else asked.push(answer)
    this.options.link.send(encodePacket(PacketType.REVALIDATE, -1, encodeTimeouts([{ session, timeoutMs }])))
  }

  sync(session: Session, cxid: number, body: Uint8Array, released: () => void): void {
    this.passSync({ session: session.id, cxid, opcode: OpCode.sync, body }, released)
  }

  // --- what observers behind this server want of the leader

  request(request: ForwardedRequest, authInfo: readonly Id[] | null): void {
    this.options.link.send(encodePacket(PacketType.REQUEST, -1, encodeRequest(request), authInfo))
  }

  passSync(request: ForwardedRequest, released: () => void): void {
    this.syncs.push(released)
    this.options.link.send(encodePacket(PacketType.REQUEST, -1, encodeRequest(request)))
  }
}

/** In an ACKEPOCH: not to be counted as a promise. */
const NO_VOTE = -1
const NOTHING = new Uint8Array(0)

/** Of a log record: behind session, cxid, zxid and time. */
function typeOfTxn(bytes: Uint8Array): number {
  const at = 28
  return bytes.length < at + 4 ? 0 : (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]
}

function hex(zxid: Zxid): string {
  return `0x${zxidHex(zxid)}`
}
