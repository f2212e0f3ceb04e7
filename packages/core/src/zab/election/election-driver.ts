import type { Subscription } from 'rxjs'
import { MenagerieError } from '../../errors.js'
import { MarshallingError } from '../../jute/reader.js'
import type { Cancel, Clock } from '../../seams/clock.js'
import type { Logger } from '../../seams/logger.js'
import type { PeerTransport, ServerId } from '../../seams/peer-transport.js'
import { zxidHex } from '../../zxid.js'
import { decodeNotification, encodeNotification, type PeerState, type Vote } from '../packets/notification.js'
import type { QuorumVerifier } from '../quorum/verifier.js'
import type { ElectionEffect } from './effects.js'
import { Election } from './election.js'
import type { ElectionOptions, LastLogged } from './election-options.js'

/** What an election runs on: a transport, a clock, a log for people. */
export interface ElectionDriverOptions extends ElectionOptions {
  /** Open, or opened soon: what is sent before is lost and sent again. */
  readonly transport: Pick<PeerTransport, 'sendVote' | 'votes$'>
  readonly clock: Clock
  readonly logger: Logger
  /** A peer has told of a newer configuration, by which the election goes from now on. Called before `elect` resolves. */
  readonly onConfig?: (verifier: QuorumVerifier) => void
}

/** Connects an {@link Election} to the election plane and the clock. Answers peers from its construction to {@link stop}. */
export class ElectionDriver {
  private readonly election: Election
  private readonly subscription: Subscription
  private cancelTimer: Cancel | undefined
  private pending: { readonly resolve: (vote: Vote) => void; readonly reject: (error: Error) => void } | undefined
  private beganAt = 0
  private stopped = false

  constructor(private readonly options: ElectionDriverOptions) {
    this.election = new Election(options)
    this.subscription = options.transport.votes$.subscribe(({ from, message }) => this.receive(from, message))
  }

  get state(): PeerState {
    return this.election.state
  }

  /** Whether the last election was decided by the oracle, without a quorum. */
  get favoured(): boolean {
    return this.election.favoured
  }

  /** The configuration that the election goes by. */
  get verifier(): QuorumVerifier {
    return this.election.verifier
  }

  /**
   * Looks for a leader for as long as it takes: resolves with the vote that was elected, whose leader may be
   * this server. From then on peers are told of it; {@link settle} tells the new epoch.
   * @param departed The leader that was just lost, for whose vote nobody has to wait.
   * @throws SERVER_STATE An election is under way, or the driver was stopped (also while it waits).
   */
  elect(last: LastLogged, departed?: ServerId): Promise<Vote> {
    if (this.stopped) return Promise.reject(stateError(`the election of server ${this.options.self} has been stopped`))
    if (this.pending !== undefined)
      return Promise.reject(stateError(`server ${this.options.self} looks for a leader already`))
    return new Promise((resolve, reject) => {
      this.pending = { resolve, reject }
      this.beganAt = this.options.clock.monotonic()
      this.perform(this.election.look(last, departed))
    })
  }

  /** What looking peers are told from now on. Ends a pending `elect`, which resolves with this vote. */
  settle(state: Exclude<PeerState, 'looking'>, vote: Vote): void {
    if (this.stopped) return
    this.perform(this.election.settle(state, vote))
    this.resolve(vote)
  }

  /** The role is over: nobody is told of it any more. Until {@link elect} or {@link settle}, nobody is answered. */
  leave(): void {
    if (this.pending !== undefined) throw stateError(`server ${this.options.self} looks for a leader already`)
    if (!this.stopped) this.perform(this.election.leave())
  }

  /** @param next The configuration that is logged but not known to be committed, if there is one. */
  reconfigure(verifier: QuorumVerifier, next?: QuorumVerifier): void {
    if (!this.stopped) this.perform(this.election.reconfigure(verifier, next))
  }

  /** Answers nobody any more; the transport stays open. A pending `elect` rejects with SERVER_STATE. */
  stop(): void {
    if (this.stopped) return
    this.stopped = true
    this.subscription.unsubscribe()
    this.cancelTimer?.()
    this.pending?.reject(stateError(`the election of server ${this.options.self} has been stopped`))
    this.pending = undefined
  }

  private receive(from: ServerId, message: Uint8Array): void {
    const { self, logger } = this.options
    try {
      const notification = decodeNotification(message)
      this.perform(this.election.receive(from, notification))
    } catch (error) {
      if (!(error instanceof MarshallingError)) throw error
      logger.warn({ self, from, bytes: message.length }, `dropped a message of server ${from}: ${error.message}`)
    }
  }

  private perform(effects: readonly ElectionEffect[]): void {
    const { self, transport, logger, onConfig } = this.options
    for (const effect of effects) {
      if (effect.type === 'send') transport.sendVote(effect.to, encodeNotification(effect.notification))
      else if (effect.type === 'timer') this.arm(effect.delayMs)
      else if (effect.type === 'cancelTimer') this.cancelTimer?.()
      else if (effect.type === 'warning') logger.warn({ self }, effect.message)
      else if (effect.type === 'config') onConfig?.(effect.verifier)
      else this.resolve(effect.vote)
    }
  }

  private arm(delayMs: number): void {
    this.cancelTimer?.()
    this.cancelTimer = this.options.clock.schedule(delayMs, () => this.perform(this.election.timeout()))
  }

  private resolve(vote: Vote): void {
    const { pending, options } = this
    this.pending = undefined
    if (pending === undefined) return
    const { leader, zxid, peerEpoch, electionEpoch: round } = vote
    const tookMs = Math.round(options.clock.monotonic() - this.beganAt)
    const fields = { self: options.self, leader, zxid: `0x${zxidHex(zxid)}`, peerEpoch, round, tookMs }
    options.logger.info(fields, `server ${options.self} is ${this.election.state}: the leader is ${leader}`)
    pending.resolve(vote)
  }
}

function stateError(message: string): MenagerieError {
  return new MenagerieError('SERVER_STATE', message)
}
