import { MenagerieError } from '../../errors.js'
import { OpCode } from '../../jute/codes.js'
import { encodeUtf8 } from '../../jute/utf8.js'
import { SizeStatistics } from '../../monitor/server-statistics.js'
import type { Proposal } from '../../requests/proposal.js'
import type { PeerLink, ServerId } from '../../seams/peer-transport.js'
import { COUNTER_MAX, makeZxid, type Zxid, zxidCounter, zxidEpoch, zxidHex } from '../../zxid.js'
import type { Broadcast } from '../broadcast.js'
import type { Logged } from '../history.js'
import {
  decodeInt,
  decodeLearnerInfo,
  decodePacket,
  decodeRequest,
  decodeTimeouts,
  encodeInt,
  encodePacket,
  encodeRevalidation,
  PacketType,
  PROTOCOL_VERSION,
  type QuorumPacket,
} from '../packets/index.js'
import { formatConfig, type ReconfigChange, type ReconfigOutcome } from '../quorum/index.js'
import { committable, type Durable } from './commit-rule.js'
import { CommittedWindow } from './committed-window.js'
import { Confirmations } from './confirmations.js'
import type { LeaderOptions } from './leader-options.js'
import { LearnerHandle } from './learner-handle.js'
import { ProposalEncoder } from './proposal-encoder.js'
import { Reconfiguration } from './reconfiguration.js'
import { type SynchronisationLimits, sendSynchronisation } from './send-synchronisation.js'
import { Turns } from './turns.js'

type Phase = 'discovery' | 'epoch-ack' | 'synchronisation' | 'broadcast'

/**
 * One term as leader (Apache: Leader.java, LearnerHandler.java; the paper's phases 1 to 3 seen from the leader).
 *
 * A proposal is committed when a quorum has made it durable, in order. Votes count only of voters that have
 * acknowledged NEWLEADER, this server's own when its log has flushed. A term ends when no quorum is heard of for
 * syncLimit, when the counter of its epoch is used up (ZOOKEEPER-1277), or when it is told to; nothing of it acts
 * after that.
 */
export class Leader implements Broadcast {
  /** Resolves with the reason when the term is over. */
  readonly over: Promise<Error>
  private end!: (reason: Error) => void
  private ended = false
  private phase: Phase = 'discovery'
  private readonly learners = new Set<LearnerHandle>()
  private epochNumber: number
  /** Voters that have said which epoch they accepted, this one included. */
  private readonly connected = new Set<ServerId>()
  private readonly epochAcked = new Set<ServerId>()
  private readonly newLeaderAcked = new Set<ServerId>()
  private readonly window: CommittedWindow
  private readonly limits: SynchronisationLimits
  private readonly confirmations = new Confirmations()
  private lastProposed: Zxid
  /** Lengths of the proposals of this term. */
  readonly proposalBytes = new SizeStatistics()
  private establishedAt = 0
  private readonly reconfiguration: Reconfiguration
  private commitScheduled = false
  /** Nothing is proposed and not committed. */
  private onDrained: () => void = () => {}
  private cancelTimer: () => void = () => {}
  private readonly startedAt: number
  private readonly encoder = new ProposalEncoder()
  /** What this leader stands on: a learner that is ahead of it must not be cut back (waitForEpochAck). */
  private readonly summary: { readonly epoch: number; readonly zxid: Zxid }

  constructor(private readonly options: LeaderOptions) {
    this.over = new Promise(resolve => {
      this.end = resolve
    })
    this.reconfiguration = new Reconfiguration(options)
    const { history } = options.host
    this.epochNumber = history.epochs.accepted + 1
    this.lastProposed = history.logged
    this.summary = { epoch: history.epochs.current, zxid: history.logged }
    this.window = new CommittedWindow(options.commitLogCount)
    const {
      concurrentSnapshots = 10,
      concurrentLogs = 100,
      alwaysSnapshot = false,
      snapshotSizeFactor = 0.33,
    } = options.tuning ?? {}
    this.limits = {
      snapshots: new Turns(concurrentSnapshots),
      logs: new Turns(concurrentLogs),
      alwaysSnapshot,
      snapshotSizeFactor,
    }
    this.startedAt = options.clock.monotonic()
  }

  get epoch(): number {
    return this.epochNumber
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
    return this.confirmations.length
  }

  /** Learners by how far they are, for monitoring. */
  get handles(): Iterable<LearnerHandle> {
    return this.learners
  }

  /**
   * Begins the term with this server's own voice. All of its log is its history; the tree shows it once a quorum has
   * it, too.
   */
  start(): void {
    const { history } = this.options.host
    for (const { zxid, bytes } of history.unapplied) this.window.push({ zxid, bytes })
    history.commitThrough(history.logged)
    history.onDurable = () => this.scheduleCommit()
    this.connected.add(this.options.self)
    this.settleEpoch()
    this.tick()
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
    this.cancelTimer()
    this.options.host.history.onDurable = () => {}
    for (const learner of this.learners) learner.link.close(reason.message)
    this.learners.clear()
    this.end(reason)
  }

  // --- learners

  /** Takes a link that a learner has opened. */
  accept(link: PeerLink): void {
    if (this.ended) {
      link.close('this server does not lead')
      return
    }
    const learner = new LearnerHandle(link, this.options.clock.monotonic())
    this.learners.add(learner)
    link.packets$.subscribe({
      next: bytes => this.receive(learner, bytes),
      error: error => this.forget(learner, String((error as Error).message)),
      complete: () => this.forget(learner, 'it has closed the link'),
    })
  }

  private forget(learner: LearnerHandle, why: string): void {
    if (learner.phase === 'gone') return
    learner.phase = 'gone'
    learner.link.close(why)
    if (!this.learners.delete(learner) || this.ended) return
    this.options.logger.info({ learner: learner.name, why }, 'a learner has left')
    if (learner.id !== this.options.self) this.connected.delete(learner.id)
    // Not before the turn is over: it may have come again already.
    if (this.phase === 'broadcast') {
      this.options.clock.defer(() => {
        if (!this.ended) this.checkQuorum()
      })
    }
  }

  private receive(learner: LearnerHandle, bytes: Uint8Array): void {
    if (this.ended || learner.phase === 'gone') return
    learner.lastHeardAt = this.options.clock.monotonic()
    try {
      this.packet(learner, decodePacket(bytes))
    } catch (error) {
      this.options.logger.warn({ learner: learner.name, error: String(error) }, 'closing the link of a learner')
      this.forget(learner, (error as Error).message)
    }
  }

  private packet(learner: LearnerHandle, packet: QuorumPacket): void {
    switch (learner.phase) {
      case 'new':
        this.introduced(learner, packet)
        return
      case 'acking-epoch':
        this.epochAck(learner, packet)
        return
      case 'new-leader':
        if (packet.type === PacketType.PING) return
        this.newLeaderAck(learner, packet)
        return
      case 'active':
        this.broadcastPacket(learner, packet)
        return
      default:
        throw protocolError(`it sent a packet of type ${packet.type} before it was asked`)
    }
  }

  // --- phase 1: the epoch

  private introduced(learner: LearnerHandle, packet: QuorumPacket): void {
    if (packet.type !== PacketType.FOLLOWERINFO && packet.type !== PacketType.OBSERVERINFO) {
      throw protocolError(`its first packet is of type ${packet.type}`)
    }
    const { serverId, protocolVersion, configVersion } = decodeLearnerInfo(packet.data)
    const { membership, self } = this.options
    if (protocolVersion < PROTOCOL_VERSION) throw protocolError('it speaks a protocol from before ZooKeeper 3.4')
    if (serverId === self) throw protocolError(`it says that it is server ${self}, which is this one`)
    // Where servers can join while it runs, whoever is not in the configuration yet may follow without a vote.
    if (!this.options.reconfigEnabled && !membership.current.servers.has(serverId)) {
      throw protocolError(`server ${serverId} is not in the configuration of this ensemble`)
    }
    if (configVersion > membership.current.version) throw protocolError('it has a later configuration of the ensemble')
    learner.id = serverId
    learner.kind = packet.type === PacketType.FOLLOWERINFO ? 'follower' : 'observer'
    if (learner.kind === 'follower' && !membership.isVoter(serverId)) {
      this.options.logger.warn({ server: serverId }, 'a follower is not among the voters; its votes do not count')
    }
    this.replaceOlder(learner)
    learner.acceptedEpoch = zxidEpoch(packet.zxid)
    learner.phase = 'epoch'
    if (this.phase !== 'discovery') {
      this.tellEpoch(learner)
      return
    }
    if (learner.acceptedEpoch >= this.epochNumber) this.epochNumber = learner.acceptedEpoch + 1
    if (membership.isVoter(serverId)) this.connected.add(serverId)
    this.settleEpoch()
  }

  /** A server that comes again has broken its earlier link, whether or not that is known here yet. */
  private replaceOlder(learner: LearnerHandle): void {
    for (const other of this.learners) {
      if (other !== learner && other.id === learner.id) this.forget(other, 'it has come again')
    }
  }

  private settleEpoch(): void {
    const { membership, host } = this.options
    if (this.phase !== 'discovery' || !membership.containsQuorum(this.connected)) return
    this.phase = 'epoch-ack'
    const epoch = this.epochNumber
    host.history
      .setAcceptedEpoch(epoch)
      .then(() => {
        if (this.ended) return
        this.reconfiguration.stamp(this.epochNumber)
        this.epochAcked.add(this.options.self)
        for (const learner of this.learners) if (learner.phase === 'epoch') this.tellEpoch(learner)
        this.settleEpochAcks()
      })
      .catch(error => this.stop(error as Error))
  }

  private tellEpoch(learner: LearnerHandle): void {
    // The accepted epoch is made durable first, so that no later term can use this one again.
    if (this.options.host.history.epochs.accepted < this.epochNumber) return
    learner.phase = 'acking-epoch'
    learner.link.send(encodePacket(PacketType.LEADERINFO, makeZxid(this.epochNumber, 0), encodeInt(PROTOCOL_VERSION)))
  }

  private epochAck(learner: LearnerHandle, packet: QuorumPacket): void {
    if (packet.type !== PacketType.ACKEPOCH) throw protocolError(`it answered LEADERINFO with type ${packet.type}`)
    const currentEpoch = decodeInt(packet.data)
    learner.peerLast = packet.zxid
    if (this.phase === 'epoch-ack' && currentEpoch !== -1) {
      const { epoch, zxid } = this.summary
      if (currentEpoch > epoch || (currentEpoch === epoch && learner.peerLast > zxid)) {
        // A quorum may have what it has: to lead without it would lose what was acknowledged.
        this.stop(protocolError(`${learner.name} is ahead of this leader, at 0x${zxidHex(learner.peerLast)}`))
        return
      }
      if (this.options.membership.isVoter(learner.id)) this.epochAcked.add(learner.id)
    }
    learner.phase = 'ready'
    if (this.phase === 'epoch-ack') this.settleEpochAcks()
    else this.synchronise(learner)
  }

  private settleEpochAcks(): void {
    const { membership, host, self } = this.options
    if (this.phase !== 'epoch-ack' || !membership.containsQuorum(this.epochAcked)) return
    this.phase = 'synchronisation'
    host.history
      .setCurrentEpoch(this.epochNumber)
      .then(() => {
        if (this.ended) return
        this.newLeaderAcked.add(self)
        for (const learner of this.learners) if (learner.phase === 'ready') this.synchronise(learner)
        this.settleNewLeader()
      })
      .catch(error => this.stop(error as Error))
  }

  // --- phase 2: one history

  private synchronise(learner: LearnerHandle): void {
    const { host, logger } = this.options
    const { history } = host
    // The current epoch is made durable before anybody is given this history as that epoch's.
    if (history.epochs.current < this.epochNumber) return
    const committed = history.committed
    learner.acked = committed
    learner.beginSynchronisation()
    // Whatever is under way goes to it from here on; the synchronisation brings what is committed by now.
    if (learner.kind === 'follower') {
      for (const { bytes, zxid } of history.unapplied) if (zxid > committed) this.sendProposal(learner, zxid, bytes)
    }
    sendSynchronisation({ learner, committed, window: this.window, host, logger, limits: this.limits })
      .then(() => {
        if (this.ended || learner.phase === 'gone') return
        const config = encodeUtf8(formatConfig(this.options.membership.latest))
        learner.link.send(encodePacket(PacketType.NEWLEADER, makeZxid(this.epochNumber, 0), config))
        learner.endSynchronisation()
        // From now on it has initLimit to make that durable.
        learner.lastHeardAt = this.options.clock.monotonic()
      })
      .catch(error => this.forget(learner, (error as Error).message))
  }

  private newLeaderAck(learner: LearnerHandle, packet: QuorumPacket): void {
    if (packet.type !== PacketType.ACK) throw protocolError(`it answered NEWLEADER with type ${packet.type}`)
    if (packet.zxid !== makeZxid(this.epochNumber, 0)) throw protocolError('it acknowledged another leader')
    learner.phase = 'active'
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
    this.lastProposed = Math.max(host.history.logged, makeZxid(this.epochNumber, 0))
    const tookMs = Math.round(this.options.clock.monotonic() - this.startedAt)
    logger.info({ epoch: this.epochNumber, with: [...this.newLeaderAcked], tookMs }, 'leading')
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
    return ++this.lastProposed
  }

  propose(proposal: Proposal): void {
    if (this.ended) return
    const { zxid } = proposal.header
    const { packet, record: bytes } = this.encoder.encode(proposal)
    proposal.bytes = bytes.length
    this.proposalBytes.add(bytes.length)
    try {
      this.options.host.history.append({ zxid, bytes, proposal })
    } catch (error) {
      this.stop(error as Error)
      return
    }
    if (proposal.txn.type === OpCode.reconfig) this.reconfiguration.propose(zxid)
    const now = this.options.clock.monotonic()
    for (const learner of this.learners) {
      if (learner.kind !== 'follower' || !learner.isForwarded) continue
      if (learner.unackedSince === 0) learner.unackedSince = now
      learner.send(packet, zxid)
    }
    // Its counter used up, the epoch ends: a zxid must not run over into the next one (ZOOKEEPER-1277).
    if (zxidCounter(zxid) >= COUNTER_MAX - 1) this.stop(protocolError('the counter of this epoch is used up'))
  }

  private sendProposal(learner: LearnerHandle, zxid: Zxid, bytes: Uint8Array): void {
    if (learner.unackedSince === 0) learner.unackedSince = this.options.clock.monotonic()
    learner.send(encodePacket(PacketType.PROPOSAL, zxid, bytes), zxid)
  }

  private broadcastPacket(learner: LearnerHandle, packet: QuorumPacket): void {
    switch (packet.type) {
      case PacketType.ACK:
        this.acked(learner, packet.zxid)
        return
      case PacketType.PING:
        for (const { session, timeoutMs } of decodeTimeouts(packet.data)) this.options.host.touch(session, timeoutMs)
        this.confirmedBy(learner, packet.zxid)
        return
      case PacketType.REQUEST:
        this.request(learner, packet)
        return
      case PacketType.REVALIDATE: {
        const [asked] = decodeTimeouts(packet.data)
        if (asked === undefined) throw protocolError('it asked about no session')
        const valid = this.options.host.revalidate(asked.session, asked.timeoutMs, learner)
        learner.send(encodePacket(PacketType.REVALIDATE, -1, encodeRevalidation(asked.session, valid)))
        return
      }
      default:
        throw protocolError(`it sent a packet of type ${packet.type}`)
    }
  }

  private request(learner: LearnerHandle, packet: QuorumPacket): void {
    if (this.phase !== 'broadcast') return
    const request = decodeRequest(packet.data)
    if (request.opcode === OpCode.sync) this.confirm(() => learner.send(encodePacket(PacketType.SYNC, 0)))
    else this.options.host.request(request, packet.authInfo ?? [], learner)
  }

  private acked(learner: LearnerHandle, zxid: Zxid): void {
    // What follows UPTODATE acknowledges no proposal.
    if (zxidCounter(zxid) === 0) return
    if (zxid > this.options.host.history.logged)
      throw protocolError(`it acknowledged 0x${zxidHex(zxid)}, which is not proposed`)
    if (zxid > learner.acked) learner.acked = zxid
    learner.unackedSince = zxid >= this.options.host.history.logged ? 0 : this.options.clock.monotonic()
    this.scheduleCommit()
  }

  /** Votes of one turn are counted together. */
  private scheduleCommit(): void {
    if (this.commitScheduled || this.phase !== 'broadcast') return
    this.commitScheduled = true
    this.options.clock.defer(() => {
      this.commitScheduled = false
      if (!this.ended) this.commit()
    })
  }

  private commit(): void {
    const { host, membership } = this.options
    const { history } = host
    for (;;) {
      const reconfigZxid = this.reconfiguration.zxid
      let zxid = committable(this.durable(), membership, reconfigZxid)
      // Nothing goes with a reconfiguration that comes after it: it is to be decided by the new servers.
      if (reconfigZxid !== null && zxid > reconfigZxid) zxid = reconfigZxid
      if (zxid <= history.committed) break
      history.commitThrough(zxid)
      const committed = history.takeCommitted()
      let succeeded: Error | null = null
      for (const entry of committed) {
        this.window.push(entry)
        if (entry.zxid === reconfigZxid) succeeded = this.commitConfig(entry)
        else this.announce(entry.zxid, entry.bytes)
      }
      try {
        host.deliver(committed)
      } catch (error) {
        this.stop(error as Error)
        return
      }
      if (succeeded !== null) {
        this.stop(succeeded)
        return
      }
    }
    this.confirmations.release(history.committed)
    if (history.committed >= history.logged) this.onDrained()
  }

  private announce(zxid: Zxid, bytes: Uint8Array): void {
    let commit: Uint8Array | null = null
    let inform: Uint8Array | null = null
    for (const learner of this.learners) {
      if (!learner.isForwarded) continue
      if (learner.kind === 'follower') learner.send((commit ??= encodePacket(PacketType.COMMIT, zxid)), zxid)
      else learner.send((inform ??= encodePacket(PacketType.INFORM, zxid, bytes)), zxid)
    }
  }

  /** What every server has made durable whose vote counts by now. */
  private durable(): Durable[] {
    const durable: Durable[] = [[this.options.self, this.options.host.history.durable]]
    for (const { id, phase, acked } of this.learners) if (phase === 'active') durable.push([id, acked])
    return durable
  }

  /** See {@link Broadcast.reconfigure}. */
  reconfigure(change: ReconfigChange, zxid: Zxid): ReconfigOutcome {
    return this.reconfiguration.prepare(change, zxid, this.durable())
  }

  /** Commits a reconfiguration; the reason to end the term where it makes another server the leader. */
  private commitConfig(entry: Logged): Error | null {
    const { activate, inform, leader } = this.reconfiguration.commit(entry, this.durable())
    for (const learner of this.learners) {
      if (learner.isForwarded) learner.send(learner.kind === 'follower' ? activate : inform, entry.zxid)
    }
    return leader === this.options.self ? null : protocolError(`server ${leader} is to lead the new configuration`)
  }

  // --- whether this server still leads

  /** See {@link Confirmations}. */
  confirm(released: () => void): void {
    const { clock, host } = this.options
    if (!this.confirmations.add(host.history.logged, released)) return
    // One round for all the syncs of a turn.
    clock.defer(() => {
      if (this.ended) return
      const round = this.confirmations.ask()
      for (const learner of this.learners) if (learner.phase === 'active') learner.ping(round)
      this.countConfirmations(round)
    })
  }

  private confirmedBy(learner: LearnerHandle, round: number): void {
    if (round <= learner.confirmedRound) return
    learner.confirmedRound = round
    if (this.confirmations.length > 0) this.countConfirmations(round)
  }

  private countConfirmations(round: number): void {
    const confirming = new Set([this.options.self])
    for (const learner of this.learners) {
      if (learner.phase === 'active' && learner.confirmedRound >= round) confirming.add(learner.id)
    }
    if (!this.options.membership.containsQuorum(confirming)) return
    this.confirmations.confirmed(round)
    this.confirmations.release(this.options.host.history.committed)
  }

  /** Twice a tick: pings, gives up silent learners, and the term itself when no quorum is left. */
  private tick(): void {
    const { clock, tickTimeMs } = this.options
    this.cancelTimer = clock.schedule(tickTimeMs / 2, () => {
      this.checkLearners()
      if (!this.ended) this.checkQuorum()
      if (!this.ended) this.tick()
    })
  }

  private checkLearners(): void {
    const { clock, tickTimeMs, initLimit, syncLimit } = this.options
    const now = clock.monotonic()
    const round = this.confirmations.ask()
    for (const learner of [...this.learners]) {
      if (learner.phase === 'synchronising' && learner.hasProgressed()) learner.lastHeardAt = now
      const limitMs = (learner.phase === 'active' ? syncLimit : initLimit) * tickTimeMs
      if (now - learner.lastHeardAt > limitMs) this.forget(learner, `nothing was heard of it for ${limitMs} ms`)
      else if (learner.unackedSince !== 0 && learner.phase === 'active' && now - learner.unackedSince > limitMs) {
        this.forget(learner, `it has acknowledged nothing for ${limitMs} ms`)
      } else if (learner.phase === 'new-leader' || learner.phase === 'active') learner.ping(round)
    }
  }

  private checkQuorum(): void {
    const { membership, self, clock, tickTimeMs, initLimit } = this.options
    if (this.phase !== 'broadcast') {
      const { epochTimeoutMs } = this.options.tuning ?? {}
      const waitedMs = clock.monotonic() - this.startedAt
      if (this.phase === 'discovery' && epochTimeoutMs !== undefined && waitedMs > epochTimeoutMs) {
        this.stop(protocolError(`no quorum said within ${epochTimeoutMs} ms which epoch it accepted`))
        return
      }
      if (waitedMs <= initLimit * tickTimeMs) return
      this.stop(protocolError(`no quorum came into step within initLimit; with it are ${[...this.newLeaderAcked]}`))
      return
    }
    const present = new Set([self])
    for (const { id, phase } of this.learners) if (phase === 'active') present.add(id)
    if (!membership.containsQuorum(present)) this.stop(protocolError(`no quorum is left; with it are ${[...present]}`))
  }
}

function protocolError(message: string): MenagerieError {
  return new MenagerieError('ZAB_PROTOCOL', message)
}
