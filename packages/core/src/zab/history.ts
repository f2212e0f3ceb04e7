import { MenagerieError } from '../errors.js'
import type { Proposal } from '../requests/proposal.js'
import type { Clock } from '../seams/clock.js'
import type { Epochs, LogRecord, LogStorage } from '../seams/log-storage.js'
import { type Zxid, zxidCounter, zxidEpoch, zxidHex } from '../zxid.js'
import { Flusher } from './flusher.js'

/** A transaction that is in the log and not yet in the tree. */
export interface Logged {
  readonly zxid: Zxid
  /** Its record, as the log keeps it. */
  readonly bytes: Uint8Array
  /** What it was made from, where this server proposed it. */
  readonly proposal: Proposal | null
}

/**
 * A server's history: the log, and of what is in it that which the tree does not show yet. Watermarks, in the order
 * that always holds: applied <= committed <= logged, and durable <= logged. Committed may pass durable: the quorum
 * that made it need not include this server.
 *
 * It outlives the terms of leaders. What a term has left uncommitted stays here: the next leader either has it in
 * its history, or has it cut off.
 */
export class History {
  private queue: Logged[] = []
  /** How many at the head of the queue are committed. */
  private committedCount = 0
  private lastLogged: Zxid
  private lastDurable: Zxid
  private lastCommitted: Zxid
  private failure: Error | null = null
  private readonly flusher: Flusher
  /** The last write of an epoch. */
  private epochWrite: Promise<unknown> = Promise.resolve()
  /** Called when more has become durable, with the last zxid that is. */
  onDurable: (zxid: Zxid) => void = () => {}

  constructor(
    private readonly log: LogStorage,
    clock: Clock,
    /** The log cannot be written: nothing more may be acknowledged. */
    private readonly onFailure: (error: Error) => void,
    /** All of the log has been applied when a server starts. */
    last: Zxid,
    work: { readonly readsAnswered: number },
  ) {
    this.flusher = new Flusher(log, clock, {
      get readsAnswered() {
        return work.readsAnswered
      },
      flushed: zxid => {
        // An epoch could not be written meanwhile: this server promises nothing any more.
        if (this.failure !== null) return
        this.lastDurable = Math.max(this.lastDurable, zxid)
        this.onDurable(this.lastDurable)
      },
      failed: error => this.fail(error),
    })
    this.lastLogged = last
    this.lastDurable = last
    this.lastCommitted = last
  }

  get logged(): Zxid {
    return this.lastLogged
  }

  get durable(): Zxid {
    return this.lastDurable
  }

  get committed(): Zxid {
    return this.lastCommitted
  }

  /**
   * What was promised. A server that has never been in an ensemble, or has lost a file of the two, stands in the epoch
   * of its last transaction (QuorumPeer.loadDataBase); and a crash between the two files leaves accepted behind
   * nothing (ZOOKEEPER-2307, 2354).
   */
  get epochs(): Epochs {
    const written = this.log.epochs()
    const current = Math.max(written.current, zxidEpoch(this.lastCommitted))
    return { current, accepted: Math.max(written.accepted, current) }
  }

  /**
   * False: the end of the log was damaged, and what it held may have been acknowledged. Until a leader that was elected
   * without this server has replaced it, this server's last zxid says nothing, and its voice must not count.
   */
  get isWhole(): boolean {
    return (this.log.damage ?? null) === null
  }

  /** A leader's history is durable here: whatever was missing is in it. Durable once resolved. */
  async becomeWhole(): Promise<void> {
    const { damage } = this.log
    if (damage) await this.watched(damage.replaced())
  }

  /** What is logged and not applied, oldest first. */
  get unapplied(): readonly Logged[] {
    return this.queue
  }

  setAcceptedEpoch(epoch: number): Promise<void> {
    return this.writeEpoch(() => this.log.setAcceptedEpoch(epoch))
  }

  setCurrentEpoch(epoch: number): Promise<void> {
    return this.writeEpoch(() => this.log.setCurrentEpoch(epoch))
  }

  /** One after another: what a leader that is none any more had under way must not end up in the place of a later promise. */
  private writeEpoch(write: () => Promise<void>): Promise<void> {
    const written = this.epochWrite.then(write)
    this.epochWrite = written.catch(() => {})
    return this.watched(written)
  }

  /**
   * Appends. Whoever does so has it flushed by {@link flushSoon}.
   * @throws ZAB_GAP for a zxid that does not follow the last one: a hole would be served to others as history
   * (ZOOKEEPER-4925).
   */
  append(entry: Logged): void {
    if (!follows(this.lastLogged, entry.zxid)) {
      throw new MenagerieError(
        'ZAB_GAP',
        `the transaction 0x${zxidHex(entry.zxid)} does not follow 0x${zxidHex(this.lastLogged)}, the last one in the log`,
      )
    }
    this.flusher.append({ zxid: entry.zxid, bytes: entry.bytes })
    this.queue.push(entry)
    this.lastLogged = entry.zxid
  }

  /**
   * Has what was appended flushed at the end of the turn, together with what else comes by then. A leader sends its
   * proposals first: they leave at the end of the turn, too, and must not wait for a flush that holds the thread.
   */
  flushSoon(): void {
    this.flusher.soon()
  }

  /** Of a log that has failed the state on disk is unknown: the server stops, whatever the term does about it. */
  private fail(error: Error): void {
    if (this.failure !== null) return
    this.failure = error
    this.onFailure(error)
  }

  private watched<T>(step: Promise<T>): Promise<T> {
    return step.catch(error => {
      this.fail(error as Error)
      throw error
    })
  }

  /** Resolves once all that was appended by now is durable. @throws LOG_IO */
  async settle(): Promise<void> {
    const last = this.lastLogged
    while (this.lastDurable < last) {
      if (this.failure !== null) throw this.failure
      await this.flusher.now()
    }
    if (this.failure !== null) throw this.failure
  }

  /** Commits the next transaction. @throws ZAB_COMMIT_OUT_OF_ORDER for another one. */
  commit(zxid: Zxid): void {
    const next = this.queue[this.committedCount]
    if (next?.zxid !== zxid) {
      const expected = next === undefined ? 'nothing is outstanding' : `expected 0x${zxidHex(next.zxid)}`
      throw new MenagerieError('ZAB_COMMIT_OUT_OF_ORDER', `commit of 0x${zxidHex(zxid)}, ${expected}`)
    }
    this.committedCount++
    this.lastCommitted = zxid
  }

  /** Commits all that is logged up to a zxid; gives whether that is more than before. */
  commitThrough(zxid: Zxid): boolean {
    const { queue, committedCount: before } = this
    while (this.committedCount < queue.length && queue[this.committedCount].zxid <= zxid) this.committedCount++
    if (this.committedCount === before) return false
    this.lastCommitted = queue[this.committedCount - 1].zxid
    return true
  }

  /**
   * A term is over: of what is not applied nothing counts as committed any more, since the leader that said so may
   * never have had a quorum. What was committed in truth the next leader has, too.
   */
  endTerm(applied: Zxid): void {
    this.committedCount = 0
    this.lastCommitted = this.queue.length > 0 ? applied : this.lastLogged
  }

  /** Takes what is committed and not applied: the caller applies it now. */
  takeCommitted(): readonly Logged[] {
    const count = this.committedCount
    if (count === 0) return NOTHING
    this.committedCount = 0
    const { queue } = this
    if (count === queue.length) {
      this.queue = []
      return queue
    }
    return queue.splice(0, count)
  }

  /**
   * Cuts off what comes after a zxid; durable once resolved. Gives the last zxid that is in the log now, 0 for an
   * empty one. Whether the tree shows some of what is gone is the caller's to see.
   */
  async truncateAfter(zxid: Zxid): Promise<Zxid> {
    await this.settle()
    await this.watched(this.log.truncateAfter(zxid))
    this.queue = this.queue.filter(entry => entry.zxid <= zxid)
    this.committedCount = Math.min(this.committedCount, this.queue.length)
    return this.log.sync()
  }

  /** Goes on from a zxid that the log or a snapshot ends with. What is logged and not applied stays. */
  continueFrom(zxid: Zxid): void {
    this.lastLogged = zxid
    this.lastDurable = zxid
    if (this.queue.length === 0) this.lastCommitted = zxid
  }

  /** Forgets what is logged and not applied: the tree has been made anew out of log or snapshot, up to this zxid. */
  reloadedAt(zxid: Zxid): void {
    this.queue = []
    this.committedCount = 0
    this.continueFrom(zxid)
  }

  /** Records of the log from a zxid on, as far as they are durable. */
  read(from: Zxid): AsyncIterable<readonly LogRecord[]> {
    return this.log.read(from)
  }
}

const NOTHING: readonly Logged[] = []

/** Whether a transaction may come directly after another: the next of its epoch, or the first of a later one. */
export function follows(last: Zxid, next: Zxid): boolean {
  if (next === last + 1) return true
  return zxidEpoch(next) > zxidEpoch(last) && zxidCounter(next) === 1
}
