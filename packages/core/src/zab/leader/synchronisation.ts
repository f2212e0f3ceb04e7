/**
 * How a leader brings a learner to its own history: what it sends, decided from where the learner stands
 * (LearnerHandler.syncFollower).
 */
import type { LogRecord } from '../../seams/log-storage.js'
import { type Zxid, zxidCounter, zxidEpoch } from '../../zxid.js'
import type { CommittedRecord, CommittedWindow } from './committed-window.js'

export type Synchronisation =
  /** The learner's last transaction is in this history: it gets what came after. */
  | { readonly kind: 'diff'; readonly records: readonly CommittedRecord[] }
  /** The same, with the records still to be read from the log. */
  | { readonly kind: 'log'; readonly from: Zxid }
  /** The learner has more than this history, whose end it is to cut back to. */
  | { readonly kind: 'truncate'; readonly to: Zxid }
  | { readonly kind: 'snapshot' }

/**
 * @param peerLast the learner's last logged transaction
 * @param committed this leader's last committed one
 */
export function planSynchronisation(peerLast: Zxid, committed: Zxid, window: CommittedWindow): Synchronisation {
  if (peerLast === committed) return { kind: 'diff', records: [] }
  // That the first transaction of a log is the first one of all cannot be seen from it: every epoch begins with 1, and
  // where a snapshot was received the log goes on behind that (ZOOKEEPER-2418).
  if (peerLast === 0) return { kind: 'snapshot' }
  // The first zxid of an epoch belongs to no transaction: Apache's servers report it when they have led, or have got
  // a snapshot, and nothing was written since. It cannot be found in a log.
  if (zxidCounter(peerLast) === 0) return { kind: 'snapshot' }
  if (peerLast > committed) {
    // Beyond an epoch's end the learner's log may not have this zxid at all.
    return zxidEpoch(peerLast) === zxidEpoch(committed) ? { kind: 'truncate', to: committed } : { kind: 'snapshot' }
  }
  const records = window.after(peerLast)
  return records === undefined ? { kind: 'log', from: peerLast } : { kind: 'diff', records }
}

/** Fewer missing transactions than this are always sent as such. */
const FEW = 10_000

/**
 * Whether a snapshot brings a learner up to date sooner than the log does: a transaction costs a learner several times
 * what a znode of a snapshot costs. (Apache compares lengths in bytes, in ZKDatabase.calculateTxnLogSizeLimit.)
 *
 * @param znodes how many the tree has
 * @param factor transactions, as part of the znodes, up to which the log is sent; 0 or less: it is never sent
 */
export function snapshotIsShorter(peerLast: Zxid, committed: Zxid, znodes: number, factor: number): boolean {
  if (factor <= 0) return true
  // Of what earlier epochs hold beyond the learner's zxid nothing is known here.
  const missing = zxidEpoch(peerLast) === zxidEpoch(committed) ? committed - peerLast : zxidCounter(committed)
  return missing > Math.max(FEW, znodes * factor)
}

/** What a learner gets out of the log, or why it needs a snapshot instead. */
export interface LogDifference {
  /** The learner has a transaction that this history has not: it cuts back to this one first. */
  readonly truncateTo: Zxid | null
  readonly records: AsyncIterable<readonly LogRecord[]>
}

/**
 * Finds where a learner stands in the log. Undefined: the log does not reach back as far, or the learner's history
 * left this one in an earlier epoch; it needs a snapshot.
 *
 * @param read the log from a zxid on
 */
export async function differenceFromLog(
  peerLast: Zxid,
  committed: Zxid,
  read: (from: Zxid) => AsyncIterable<readonly LogRecord[]>,
): Promise<LogDifference | undefined> {
  const found = await firstRecord(read(peerLast))
  if (found === undefined) return undefined
  if (found.zxid === peerLast) return { truncateTo: null, records: upTo(committed, read(peerLast + 1)) }
  // The log begins after it (purged), or the learner has a transaction that was never committed. Only where the log
  // also holds what is directly before can it be told which, and where to cut.
  const before = await lastRecordBefore(peerLast, read)
  if (before === undefined || zxidEpoch(before.zxid) !== zxidEpoch(peerLast)) return undefined
  return { truncateTo: before.zxid, records: upTo(committed, read(before.zxid + 1)) }
}

async function firstRecord(batches: AsyncIterable<readonly LogRecord[]>): Promise<LogRecord | undefined> {
  for await (const batch of batches) if (batch.length > 0) return batch[0]
  return undefined
}

/** Looks back from a zxid over the transactions of its epoch, in growing strides. */
async function lastRecordBefore(
  zxid: Zxid,
  read: (from: Zxid) => AsyncIterable<readonly LogRecord[]>,
): Promise<LogRecord | undefined> {
  for (let stride = 64; ; stride *= 16) {
    const from = zxid - Math.min(stride, zxidCounter(zxid))
    let last: LogRecord | undefined
    for await (const batch of read(from)) {
      for (const record of batch) if (record.zxid < zxid) last = record
      if (batch.length > 0 && batch[batch.length - 1].zxid >= zxid) break
    }
    if (last !== undefined || stride >= zxidCounter(zxid)) return last
  }
}

async function* upTo(last: Zxid, batches: AsyncIterable<readonly LogRecord[]>): AsyncGenerator<readonly LogRecord[]> {
  for await (const batch of batches) {
    if (batch.length > 0 && batch[batch.length - 1].zxid > last) {
      yield batch.filter(record => record.zxid <= last)
      return
    }
    yield batch
  }
}
