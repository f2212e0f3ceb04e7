import type { Id } from '../../jute/records.js'
import type { Cancel, Clock } from '../../seams/clock.js'
import type { Logger } from '../../seams/logger.js'
import type { PeerLink, ServerId } from '../../seams/peer-transport.js'
import { makeZxid, type Zxid, zxidCounter } from '../../zxid.js'
import type { Logged } from '../history.js'
import { CommittedWindow } from '../leader/committed-window.js'
import type { LeaderHost } from '../leader/leader-host.js'
import type { LeaderTuning } from '../leader/leader-options.js'
import { protocolError } from '../leader/leader-term.js'
import { hear, type LearnerMaster } from '../leader/learner-dialogue.js'
import type { LearnerHandle } from '../leader/learner-handle.js'
import { LearnerLinks } from '../leader/learner-links.js'
import { Synchroniser } from '../leader/synchroniser.js'
import {
  encodeInt,
  encodeLong,
  encodePacket,
  type ForwardedRequest,
  PacketType,
  PROTOCOL_VERSION,
  type Revalidation,
} from '../packets/index.js'
import type { Membership } from '../quorum/index.js'
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
export class ObserverMaster implements LearnerMaster {
  private readonly links: LearnerLinks
  private readonly window: CommittedWindow
  private readonly synchroniser: Synchroniser
  /** Who a reconfiguration has named as its leader, by its zxid, until it is delivered. */
  private readonly activations = new Map<Zxid, ServerId>()
  /** Observers that have what is not applied here yet. */
  private readonly ahead = new Map<LearnerHandle, Cancel>()
  private cancelTimer: Cancel = () => {}

  constructor(readonly options: ObserverMasterOptions) {
    this.window = new CommittedWindow(options.commitLogCount, options.bytesMax)
    this.links = new LearnerLinks({
      ...options,
      heard: (learner, packet) => hear(this, learner, packet),
      left: learner => this.waitNoMore(learner),
      refusal: 'this server follows no leader',
    })
    this.synchroniser = new Synchroniser(options, this.window, (learner, why) => this.links.forget(learner, why))
    this.tick()
  }

  get epoch(): number {
    return this.options.epoch
  }

  /** Observers in step. */
  get syncedCount(): number {
    return [...this.links.learners].filter(({ phase }) => phase === 'active').length
  }

  stop(reason: string): void {
    this.cancelTimer()
    for (const cancel of this.ahead.values()) cancel()
    this.ahead.clear()
    this.links.end(reason)
  }

  /** Takes a link that an observer has opened. */
  accept(link: PeerLink): void {
    this.links.accept(link)
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
      for (const learner of this.links.learners) if (learner.isForwarded) learner.send(packet, zxid)
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

  introduced(learner: LearnerHandle): void {
    const { id, kind, acceptedEpoch } = learner
    if (kind !== 'observer') throw protocolError(`server ${id} wants to follow, and this server does not lead`)
    const { epoch } = this
    if (acceptedEpoch > epoch) {
      throw protocolError(`it has accepted epoch ${acceptedEpoch}, and this server follows ${epoch}`)
    }
    learner.phase = 'acking-epoch'
    learner.link.send(encodePacket(PacketType.LEADERINFO, makeZxid(epoch, 0), encodeInt(PROTOCOL_VERSION)))
  }

  /**
   * It may come from a server that was further than this one. To cut off what it has would take back what its clients
   * have seen; so it waits, until as much is applied here. Only what this follower is not told of for longer than a
   * follower may lag behind was never committed.
   */
  epochAcked(learner: LearnerHandle): void {
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
    this.waitNoMore(learner)
    this.synchronise(learner)
  }

  private waitNoMore(learner: LearnerHandle): void {
    this.ahead.get(learner)?.()
    this.ahead.delete(learner)
  }

  private synchronise(learner: LearnerHandle): void {
    learner.beginSynchronisation()
    this.synchroniser.bring(learner, this.options.host.applied, this.epoch)
  }

  inStep(learner: LearnerHandle): void {
    this.options.logger.info({ learner: learner.name }, 'an observer is up to date')
    learner.send(encodePacket(PacketType.UPTODATE, -1))
  }

  acked(_learner: LearnerHandle, zxid: Zxid): void {
    if (zxidCounter(zxid) !== 0) throw protocolError('it acknowledged a proposal, and was sent none')
  }

  /** Nobody counts who is there: a ping is answered in time, or the link is given up. */
  answered(): void {}

  request(_learner: LearnerHandle, request: ForwardedRequest, authInfo: readonly Id[] | null): void {
    this.options.upstream.request(request, authInfo)
  }

  sync(_learner: LearnerHandle, request: ForwardedRequest, released: () => void): void {
    this.options.upstream.passSync(request, released)
  }

  revalidate(_learner: LearnerHandle, asked: Revalidation, answer: (valid: boolean) => void): void {
    const { host, upstream } = this.options
    const { session, timeoutMs, isHeld } = asked
    upstream.revalidate(session, timeoutMs, isHeld, valid => {
      if (valid) host.touch(session, timeoutMs)
      answer(valid)
    })
  }

  /** Twice a tick: pings, and gives up silent observers. */
  private tick(): void {
    const { clock, tickTimeMs, host } = this.options
    this.cancelTimer = clock.schedule(tickTimeMs / 2, () => {
      this.links.ping(host.applied)
      this.tick()
    })
  }
}
