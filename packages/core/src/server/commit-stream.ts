/**
 * Committed transactions from a zxid on: first out of the log, then as they are applied, without a gap between the
 * two and without repetition.
 *
 * The consumer sets the pace. What is applied meanwhile waits in a short window of memory; a consumer that falls
 * behind it is served from the log again, so a slow one costs no memory and the server never waits for it.
 */
import type { Observable, Subscription } from 'rxjs'
import { MenagerieError } from '../errors.js'
import type { LogStorage } from '../seams/log-storage.js'
import { type Txn, type TxnHeader, TxnReader } from '../tree/txn.js'
import { type Zxid, zxidCounter, zxidEpoch, zxidHex } from '../zxid.js'

/** A transaction as the log holds it. */
export interface LoggedTransaction {
  readonly header: TxnHeader
  readonly txn: Txn
}

/** What a stream of commits is made from. */
export interface CommitSource {
  readonly log: Pick<LogStorage, 'read' | 'sync'>
  /** Every transaction as it is applied, in zxid order; completes when the server stops. */
  readonly live$: Observable<LoggedTransaction>
  /** The last transaction that was applied: what the log holds beyond is not committed yet. */
  lastApplied(): Zxid
  /** Zxids of the snapshots: where one is ahead of the log, the log has a hole (a learner was sent a snapshot). */
  snapshots(): Promise<readonly Zxid[]>
}

/** How much {@link commitsFrom} keeps for its consumer. */
export interface CommitStreamOptions {
  /** Applied transactions kept in memory for a consumer that is busy. */
  readonly windowMax?: number
}

/**
 * Transactions with zxid >= `from`, in order, for as long as the server runs; ends when it stops. `from` may lie in the
 * future. A consumer resumes with the last zxid that it has dealt with, plus one. Leaving the loop releases everything.
 *
 * @throws COMMITS_MISSING when the log does not reach back to `from` any more, or has a hole after it. What came
 * before the error is complete.
 * @throws LOG_CORRUPT as the log does.
 */
export async function* commitsFrom(
  source: CommitSource,
  from: Zxid,
  { windowMax = 256 }: CommitStreamOptions = {},
): AsyncGenerator<LoggedTransaction, void, undefined> {
  const window = new LiveWindow(source, windowMax)
  try {
    let last = from - 1
    for (;;) {
      if (last < window.floor) {
        // Applied, so it was appended: the log has it unless it was removed. What follows it may not be there yet.
        const reached = window.floor
        for await (const transaction of logged(source, last)) {
          last = transaction.header.zxid
          yield transaction
          if (last >= window.floor) break
        }
        if (last < reached) throw missing(last, undefined)
        continue
      }
      const transaction = window.after(last)
      if (transaction !== undefined) {
        last = transaction.header.zxid
        yield transaction
      } else {
        if (window.isOver) return
        await window.changed()
      }
    }
  } finally {
    window.close()
  }
}

/** What was applied after `last` and is in the log. */
async function* logged(source: CommitSource, last: Zxid): AsyncGenerator<LoggedTransaction> {
  const { log } = source
  // A commit may overtake the flush of this server's own log.
  await log.sync()
  const reader = new TxnReader()
  let previous = Math.max(last, 0)
  for await (const records of log.read(last + 1)) {
    for (const { zxid, bytes } of records) {
      if (zxid > source.lastApplied()) return
      if (zxid !== previous + 1) await checkJump(previous, zxid, source)
      previous = zxid
      const { header, txn } = reader.read(bytes)
      yield { header, txn }
    }
  }
}

/** Zxids have no gaps within an epoch, and a new epoch begins with 1. */
async function checkJump(previous: Zxid, next: Zxid, source: CommitSource): Promise<void> {
  const startsEpoch = zxidEpoch(next) > zxidEpoch(previous) && zxidCounter(next) === 1
  if (!startsEpoch) throw missing(previous, next)
  // A snapshot between the two tells of transactions that came after `previous`.
  if ((await source.snapshots()).some(zxid => zxid > previous && zxid < next)) throw missing(previous, next)
}

function missing(last: Zxid, next: Zxid | undefined): MenagerieError {
  const until = next === undefined ? 'it ends there' : `the next one is 0x${zxidHex(next)}`
  return new MenagerieError(
    'COMMITS_MISSING',
    `the transactions after zxid 0x${zxidHex(Math.max(last, 0))} are not in this server's log (${until}): ` +
      'read the present state from the tree, and follow the commits from its zxid on',
  )
}

/** The latest applied transactions: all that came after {@link floor}. */
class LiveWindow {
  /** Whatever was applied up to here has left the window or was never in it. */
  floor: Zxid
  isOver = false
  /** The last zxid that was applied. */
  private latest: Zxid
  private readonly kept: LoggedTransaction[] = []
  private readonly subscription: Subscription
  private wake: () => void = () => {}

  constructor(source: CommitSource, max: number) {
    this.floor = this.latest = source.lastApplied()
    this.subscription = source.live$.subscribe({
      next: transaction => {
        const { zxid } = transaction.header
        // A new epoch, or the tree of a learner was replaced by a snapshot: the log tells which.
        if (zxid !== this.latest + 1) this.forgetUntil(zxid - 1)
        this.latest = zxid
        this.kept.push(transaction)
        if (this.kept.length > max) this.floor = this.kept.shift()!.header.zxid
        this.wake()
      },
      complete: () => this.end(),
      error: () => this.end(),
    })
  }

  /** Takes the first transaction after `last`, which is not below {@link floor}; undefined when there is none yet. */
  after(last: Zxid): LoggedTransaction | undefined {
    while (this.kept.length > 0) {
      const transaction = this.kept.shift()!
      this.floor = transaction.header.zxid
      if (this.floor > last) return transaction
    }
    return undefined
  }

  /** Resolves with the next transaction, or the end. */
  changed(): Promise<void> {
    return new Promise(resolve => {
      this.wake = resolve
    })
  }

  close(): void {
    this.subscription.unsubscribe()
  }

  private forgetUntil(zxid: Zxid): void {
    this.kept.length = 0
    this.floor = zxid
  }

  private end(): void {
    this.isOver = true
    this.wake()
  }
}
