/**
 * What Zab promises, held against what servers announce, after every step (Junqueira, Reed, Serafini: "Zab:
 * High-performance broadcast for primary-backup systems", section III).
 */
import type { ServerId } from '../../seams/peer-transport.js'
import { type Zxid, zxidCounter, zxidEpoch, zxidHex } from '../../zxid.js'
import type { Violation } from '../history/index.js'

/** A transaction as it was proposed or delivered: the hash stands for its bytes. */
export interface ZabTransaction {
  readonly zxid: Zxid
  readonly hash: number
}

/** What a server, or whoever watches it, announces. Calls come in the order in which things happen. */
export interface ZabObserver {
  /** The primary of `epoch` is established: `last` is the newest transaction of its initial history. */
  established(server: ServerId, epoch: number, last: Zxid): void
  /** A primary has broadcast a transaction. */
  proposed(server: ServerId, transaction: ZabTransaction): void
  /** A server has delivered a transaction to its tree. */
  delivered(server: ServerId, transaction: ZabTransaction): void
  /** A server has begun again, from a state that holds every transaction up to `last`. */
  restarted(server: ServerId, last: Zxid): void
}

/** What the probe may rely on. */
export interface ZabInvariantOptions {
  /** Whether every proposal is announced, so that a delivery without one is a violation (integrity). */
  readonly proposalsAnnounced: boolean
}

/** Collects violations of Zab's properties. Pure bookkeeping: nothing here acts on a server. */
export class ZabInvariants implements ZabObserver {
  readonly violations: Violation[] = []
  /** The one order of all deliveries. */
  readonly order: Zxid[] = []
  private readonly hashes = new Map<Zxid, number>()
  private readonly next = new Map<Zxid, Zxid>()
  private readonly lastOf = new Map<ServerId, Zxid>()
  private readonly proposals = new Map<Zxid, number>()
  private readonly primaries = new Map<number, ServerId>()
  private readonly lastProposal = new Map<number, Zxid>()

  constructor(private readonly options: ZabInvariantOptions) {}

  /** The newest transaction that any server has delivered. */
  get last(): Zxid {
    return this.order[this.order.length - 1] ?? 0
  }

  /** The newest transaction that this server has delivered, or started with. */
  lastAt(server: ServerId): Zxid {
    return this.lastOf.get(server) ?? 0
  }

  established(server: ServerId, epoch: number, last: Zxid): void {
    const other = this.primaries.get(epoch)
    if (other !== undefined && other !== server)
      this.fail('one primary for each epoch', `servers ${other} and ${server} both lead epoch ${epoch}`)
    this.primaries.set(epoch, server)
    // A leader that was paused may begin an epoch that is over: what is of a later one it need not have.
    const delivered = this.lastBefore(epoch)
    if (last < delivered)
      this.fail(
        'primary integrity',
        `server ${server} begins epoch ${epoch} with 0x${zxidHex(last)}, and 0x${zxidHex(delivered)} was delivered before`,
      )
  }

  proposed(server: ServerId, { zxid, hash }: ZabTransaction): void {
    const epoch = zxidEpoch(zxid)
    const before = this.lastProposal.get(epoch)
    if (before !== undefined && zxid !== before + 1)
      this.fail('local primary order', `server ${server} proposed 0x${zxidHex(zxid)} behind 0x${zxidHex(before)}`)
    this.lastProposal.set(epoch, zxid)
    this.proposals.set(zxid, hash)
  }

  delivered(server: ServerId, { zxid, hash }: ZabTransaction): void {
    const before = this.lastOf.get(server)
    this.lastOf.set(server, zxid)
    if (this.options.proposalsAnnounced && this.proposals.get(zxid) !== hash)
      this.fail('integrity', `server ${server} delivered 0x${zxidHex(zxid)}, which no primary broadcast like this`)
    const known = this.hashes.get(zxid)
    if (known !== undefined && known !== hash)
      this.fail(
        'agreement',
        `servers delivered different transactions as 0x${zxidHex(zxid)}, server ${server} the last`,
      )
    if (before !== undefined && zxid <= before) {
      this.fail('total order', `server ${server} delivered 0x${zxidHex(zxid)} behind 0x${zxidHex(before)}`)
      return
    }
    this.checkStep(server, before, zxid)
    if (known === undefined) this.extend(server, zxid, hash)
  }

  restarted(server: ServerId, last: Zxid): void {
    this.lastOf.set(server, last)
  }

  /** The newest transaction of earlier epochs that any server has delivered. */
  private lastBefore(epoch: number): Zxid {
    let at = this.order.length - 1
    while (at >= 0 && zxidEpoch(this.order[at]) >= epoch) at--
    return this.order[at] ?? 0
  }

  /** Nothing lies between a delivery and the one before it at the same server. */
  private checkStep(server: ServerId, before: Zxid | undefined, zxid: Zxid): void {
    if (before === undefined || before === 0) return
    const following = this.next.get(before)
    if (following !== undefined && following !== zxid)
      this.fail(
        'agreement',
        `server ${server} delivered 0x${zxidHex(zxid)} right behind 0x${zxidHex(before)}, and another server 0x${zxidHex(following)}`,
      )
    const inOrder = zxidEpoch(zxid) === zxidEpoch(before) ? zxid === before + 1 : zxidCounter(zxid) <= 1
    if (!inOrder)
      this.fail(
        zxidEpoch(zxid) === zxidEpoch(before) ? 'local primary order' : 'global primary order',
        `server ${server} delivered 0x${zxidHex(zxid)} right behind 0x${zxidHex(before)}`,
      )
  }

  private extend(server: ServerId, zxid: Zxid, hash: number): void {
    if (zxid < this.last) {
      this.fail(
        'no committed transaction is lost',
        `server ${server} delivered 0x${zxidHex(zxid)}, and others had gone on to 0x${zxidHex(this.last)} without it`,
      )
      return
    }
    if (this.order.length > 0) this.next.set(this.last, zxid)
    this.order.push(zxid)
    this.hashes.set(zxid, hash)
  }

  private fail(property: string, message: string): void {
    this.violations.push({ property: `Zab: ${property}`, message })
  }
}

/** A hash for {@link ZabTransaction} (FNV-1a). */
export function hashBytes(bytes: Uint8Array, length = bytes.length): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193)
  return hash >>> 0
}
