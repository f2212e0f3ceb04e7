import { MenagerieError } from '../../errors.js'
import { OpCode } from '../../jute/codes.js'
import { encodeUtf8 } from '../../jute/utf8.js'
import type { Cancel, Clock } from '../../seams/clock.js'
import type { Logger } from '../../seams/logger.js'
import type { PeerLink, ServerId } from '../../seams/peer-transport.js'
import { makeZxid, type Zxid, zxidCounter } from '../../zxid.js'
import type { Logged } from '../history.js'
import { CommittedWindow } from '../leader/committed-window.js'
import { introduce } from '../leader/introduction.js'
import type { LeaderHost } from '../leader/leader-host.js'
import type { LeaderTuning } from '../leader/leader-options.js'
import { LearnerHandle } from '../leader/learner-handle.js'
import { type SynchronisationLimits, sendSynchronisation } from '../leader/send-synchronisation.js'
import { Turns } from '../leader/turns.js'
import {
  decodePacket,
  decodeRequest,
  decodeTimeouts,
  encodeInt,
  encodeLong,
  encodePacket,
  encodeRevalidation,
  PacketType,
  PROTOCOL_VERSION,
  type QuorumPacket,
} from '../packets/index.js'
import { formatConfig, type Membership } from '../quorum/index.js'
import type { Upstream } from './upstream.js'

export interface ObserverMasterOptions {
  readonly self: ServerId
  readonly membership: Membership
  readonly reconfigEnabled: boolean
  readonly host: LeaderHost & { readonly applied: Zxid }
  readonly upstream: Upstream
  /** Of the leader that is followed. */
  readonly epoch: number
  readonly clock: Clock
  readonly logger: Logger
  readonly tickTimeMs: number
  /** Ticks until an observer has to be in step. */
  readonly initLimit: number
  /** Ticks without a word after which an observer is given up. */
  readonly syncLimit: number
  /** Committed transactions that are kept for observers that come back, by number and length. */
  readonly commitLogCount: number
  readonly bytesMax: number
  readonly tuning?: LeaderTuning
}

/**
 * Observers behind a follower (Apache: ObserverMaster.java, ZOOKEEPER-3140): brings each to what this follower has
 * applied, tells it of every transaction that is applied from then on, and passes on to the leader what its clients
 * want. It belongs to one term of the follower and ends with it.
 *
 * Nothing is sent before it is committed and applied here, so an observer never has what this follower does not show.
 */
export class ObserverMaster {
  private readonly learners = new Set<LearnerHandle>()
  private readonly window: CommittedWindow
  private readonly limits: SynchronisationLimits
  /** Who a reconfiguration has named as its leader, by its zxid, until it is delivered. */
  private readonly activations = new Map<Zxid, ServerId>()
  /** Observers that have what is not applied here yet. */
  private readonly ahead = new Map<LearnerHandle, Cancel>()
  private cancelTimer: () => void = () => {}
  private stopped = false

  constructor(private readonly options: ObserverMasterOptions) {
    this.window = new CommittedWindow(options.commitLogCount, options.bytesMax)
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
    this.tick()
  }

  /** Observers in step. */
  get syncedCount(): number {
    return [...this.learners].filter(({ phase }) => phase === 'active').length
  }

  stop(reason: string): void {
    if (this.stopped) return
    this.stopped = true
    this.cancelTimer()
    for (const cancel of this.ahead.values()) cancel()
    for (const learner of this.learners) {
      learner.phase = 'gone'
      learner.link.close(reason)
    }
    this.learners.clear()
  }

  /** Takes a link that an observer has opened. */
  accept(link: PeerLink): void {
    if (this.stopped) {
      link.close('this server follows no leader')
      return
    }
    const learner = new LearnerHandle(link, this.options.clock.monotonic())
    this.learners.add(learner)
    link.packets$.subscribe({
      next: bytes => this.receive(learner, bytes),
      error: error => this.forget(learner, (error as Error).message),
      complete: () => this.forget(learner, 'it has closed the link'),
    })
  }

  // --- from the term that this belongs to

  /** A reconfiguration is committed, and goes with the next delivery. */
  activating(zxid: Zxid, leader: ServerId): void {
    this.activations.set(zxid, leader)
  }

  /** Transactions have been applied. */
  delivered(committed: readonly Logged[]): void {
    for (const { zxid, bytes } of committed) {
      this.window.push({ zxid, bytes })
      const packet = this.inform(zxid, bytes)
      for (const learner of this.learners) if (learner.isForwarded) learner.send(packet, zxid)
    }
    for (const learner of this.ahead.keys()) if (learner.peerLast <= this.options.host.applied) this.caughtUp(learner)
  }

  private inform(zxid: Zxid, bytes: Uint8Array): Uint8Array {
    const leader = this.activations.get(zxid)
    if (leader === undefined) return encodePacket(PacketType.INFORM, zxid, bytes)
    this.activations.delete(zxid)
    const data = new Uint8Array(8 + bytes.length)
    data.set(encodeLong(leader))
    data.set(bytes, 8)
    return encodePacket(PacketType.INFORMANDACTIVATE, zxid, data)
  }

  // --- observers

  private forget(learner: LearnerHandle, why: string): void {
    if (learner.phase === 'gone') return
    learner.phase = 'gone'
    learner.link.close(why)
    this.ahead.get(learner)?.()
    this.ahead.delete(learner)
    if (this.learners.delete(learner)) this.options.logger.info({ learner: learner.name, why }, 'an observer has left')
  }

  private receive(learner: LearnerHandle, bytes: Uint8Array): void {
    if (learner.phase === 'gone') return
    learner.lastHeardAt = this.options.clock.monotonic()
    try {
      this.packet(learner, decodePacket(bytes))
    } catch (error) {
      this.options.logger.warn({ learner: learner.name, error: String(error) }, 'closing the link of an observer')
      this.forget(learner, (error as Error).message)
    }
  }

  private packet(learner: LearnerHandle, packet: QuorumPacket): void {
    switch (learner.phase) {
      case 'new':
        this.introduced(learner, packet)
        return
      case 'acking-epoch':
        if (packet.type !== PacketType.ACKEPOCH) throw refusal(`it answered LEADERINFO with type ${packet.type}`)
        learner.peerLast = packet.zxid
        this.epochAcked(learner)
        return
      case 'new-leader':
        if (packet.type === PacketType.PING) return
        if (packet.type !== PacketType.ACK) throw refusal(`it answered NEWLEADER with type ${packet.type}`)
        learner.phase = 'active'
        this.options.logger.info({ learner: learner.name }, 'an observer is up to date')
        learner.send(encodePacket(PacketType.UPTODATE, -1))
        return
      case 'active':
        this.broadcastPacket(learner, packet)
        return
      default:
        throw refusal(`it sent a packet of type ${packet.type} before it was asked`)
    }
  }

  private introduced(learner: LearnerHandle, packet: QuorumPacket): void {
    introduce(learner, packet, this.options)
    const { id, kind, acceptedEpoch } = learner
    if (kind !== 'observer') throw refusal(`server ${id} wants to follow, and this server does not lead`)
    const { epoch } = this.options
    if (acceptedEpoch > epoch) throw refusal(`it has accepted epoch ${acceptedEpoch}, and this server follows ${epoch}`)
    learner.phase = 'acking-epoch'
    learner.link.send(encodePacket(PacketType.LEADERINFO, makeZxid(epoch, 0), encodeInt(PROTOCOL_VERSION)))
  }

  /**
   * It may come from a server that was further than this one. To cut off what it has would take back what its clients
   * have seen; so it waits, until as much is applied here. Only what this follower is not told of for longer than a
   * follower may lag behind was never committed.
   */
  private epochAcked(learner: LearnerHandle): void {
    const { host, clock, syncLimit, tickTimeMs } = this.options
    if (learner.peerLast <= host.applied) {
      this.synchronise(learner)
      return
    }
    learner.phase = 'ready'
    this.ahead.set(
      learner,
      clock.schedule(syncLimit * tickTimeMs, () => this.caughtUp(learner)),
    )
  }

  private caughtUp(learner: LearnerHandle): void {
    this.ahead.get(learner)?.()
    this.ahead.delete(learner)
    if (!learner.isGone) this.synchronise(learner)
  }

  private synchronise(learner: LearnerHandle): void {
    const { host, logger, membership, epoch, clock } = this.options
    learner.beginSynchronisation()
    sendSynchronisation({ learner, committed: host.applied, window: this.window, host, logger, limits: this.limits })
      .then(() => {
        if (this.stopped || learner.isGone) return
        const config = encodeUtf8(formatConfig(membership.latest))
        learner.link.send(encodePacket(PacketType.NEWLEADER, makeZxid(epoch, 0), config))
        learner.endSynchronisation()
        learner.lastHeardAt = clock.monotonic()
      })
      .catch(error => this.forget(learner, (error as Error).message))
  }

  private broadcastPacket(learner: LearnerHandle, packet: QuorumPacket): void {
    const { host, upstream } = this.options
    switch (packet.type) {
      case PacketType.ACK:
        if (zxidCounter(packet.zxid) !== 0) throw refusal('it acknowledged a proposal, and was sent none')
        return
      case PacketType.PING:
        for (const { session, timeoutMs } of decodeTimeouts(packet.data)) host.touch(session, timeoutMs)
        return
      case PacketType.REVALIDATE: {
        const [asked] = decodeTimeouts(packet.data)
        if (asked === undefined) throw refusal('it asked about no session')
        const { session, timeoutMs } = asked
        upstream.revalidate(session, timeoutMs, valid => {
          if (valid) host.touch(session, timeoutMs)
          learner.send(encodePacket(PacketType.REVALIDATE, -1, encodeRevalidation(session, valid)))
        })
        return
      }
      case PacketType.REQUEST: {
        const request = decodeRequest(packet.data)
        if (request.opcode !== OpCode.sync) upstream.request(request, packet.authInfo)
        else upstream.passSync(request, () => learner.send(encodePacket(PacketType.SYNC, 0)))
        return
      }
      default:
        throw refusal(`it sent a packet of type ${packet.type}`)
    }
  }

  /** Twice a tick: pings, and gives up silent observers. */
  private tick(): void {
    const { clock, tickTimeMs, initLimit, syncLimit } = this.options
    this.cancelTimer = clock.schedule(tickTimeMs / 2, () => {
      const now = clock.monotonic()
      for (const learner of [...this.learners]) {
        if (learner.phase === 'synchronising' && learner.hasProgressed()) learner.lastHeardAt = now
        const limitMs = (learner.phase === 'active' ? syncLimit : initLimit) * tickTimeMs
        if (now - learner.lastHeardAt > limitMs) this.forget(learner, `nothing was heard of it for ${limitMs} ms`)
        else if (learner.phase === 'new-leader' || learner.phase === 'active') learner.ping(this.options.host.applied)
      }
      this.tick()
    })
  }
}

function refusal(message: string): MenagerieError {
  return new MenagerieError('ZAB_PROTOCOL', message)
}
