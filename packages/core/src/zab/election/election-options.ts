import type { ServerId } from '../../seams/peer-transport.js'
import type { Zxid } from '../../zxid.js'
import type { Oracle } from '../quorum/oracle.js'
import type { QuorumVerifier } from '../quorum/verifier.js'

/** Who votes, in which configuration, and how often it tells so. */
export interface ElectionOptions {
  readonly self: ServerId
  readonly verifier: QuorumVerifier
  /** The configuration of a reconfiguration that is logged here, but not known to be committed. */
  readonly next?: QuorumVerifier
  /** Whether a newer configuration of a peer is adopted while looking (reconfigEnabled). Default true. */
  readonly adoptsConfigs?: boolean
  /** How long to wait before the vote is sent again; doubles each time. Default 200, as in Apache. */
  readonly minNotificationIntervalMs?: number
  /** Where the doubling ends. Default 1000: Apache's 60000 makes a server wait that comes back after long. */
  readonly maxNotificationIntervalMs?: number
  /** How long a quorum's choice stands before it is final, unless all voters have made it. Default 25, Apache's is 200. */
  readonly finalizeWaitMs?: number
  /** Decides for one of two voters when the other is not heard. */
  readonly oracle?: Oracle
}

/** What a server knows of its own log when it begins to look. */
export interface LastLogged {
  /**
   * -1 for a server that must not take part, because it is empty (db.autocreate=false) or its history has a hole: it can
   * only join a leader.
   */
  readonly zxid: Zxid
  /** The epoch it last acknowledged (currentEpoch). */
  readonly peerEpoch: number
}

/**
 * Why 25 ms and not Apache's 200: the wait only makes it likelier that the best server is chosen at the first
 * attempt. Nothing depends on it for safety: the leader collects the last epoch and zxid of a quorum again in discovery
 * and gives way to any that is ahead, and it needs that quorum to acknowledge its history before it serves.
 * Too short a wait costs one more round; too long a one delays every fail-over. Votes cross a network in a few
 * milliseconds, and when every voter agrees there is nothing to wait for at all.
 */
const FINALIZE_WAIT_MS = 25

/** How long an election waits for what. */
export type ElectionPace = Required<Omit<ElectionOptions, 'self' | 'verifier' | 'next' | 'oracle'>>

/** With what is not said put in. */
export function paceOf(options: ElectionOptions): ElectionPace {
  return {
    adoptsConfigs: options.adoptsConfigs ?? true,
    minNotificationIntervalMs: options.minNotificationIntervalMs ?? 200,
    maxNotificationIntervalMs: options.maxNotificationIntervalMs ?? 1000,
    finalizeWaitMs: options.finalizeWaitMs ?? FINALIZE_WAIT_MS,
  }
}
