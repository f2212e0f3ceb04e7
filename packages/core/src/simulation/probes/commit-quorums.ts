/**
 * Whether what counts as committed is held by a quorum, of the configuration that is in force: of the one before and of
 * the new one for the transaction that brings it, and of the new one alone behind that.
 */
import type { ServerId } from '../../seams/peer-transport.js'
import { formatConfig, type QuorumVerifier } from '../../zab/quorum/index.js'
import { type Zxid, zxidHex } from '../../zxid.js'
import type { Violation } from '../history/index.js'

/** Servers that have ever made a transaction durable and not been made to cut it off. */
export type HoldersOf = (zxid: Zxid) => ReadonlySet<ServerId>

/** Collects violations. To be told of each transaction once, in order, when it is first known to be committed. */
export class CommitQuorums {
  readonly violations: Violation[] = []

  constructor(
    private inForce: QuorumVerifier,
    private readonly holdersOf: HoldersOf,
  ) {}

  /** The configuration of the last reconfiguration that is committed, or the first one. */
  get current(): QuorumVerifier {
    return this.inForce
  }

  /** @param next the configuration that it brings, where it is a reconfiguration */
  committed(zxid: Zxid, next?: QuorumVerifier): void {
    const holders = this.holdersOf(zxid)
    for (const verifier of next === undefined ? [this.inForce] : [this.inForce, next]) {
      if (verifier.containsQuorum(holders)) continue
      const config = formatConfig(verifier).replaceAll('\n', ', ')
      this.fail(`0x${zxidHex(zxid)} is committed and held by servers ${[...holders]} only, no quorum of ${config}`)
    }
    if (next === undefined) return
    if (next.version !== zxid)
      this.fail(`the reconfiguration 0x${zxidHex(zxid)} has the version ${next.version.toString(16)}`)
    this.inForce = next
  }

  private fail(message: string): void {
    this.violations.push({ property: 'a quorum of the configuration in force has what is committed', message })
  }
}
