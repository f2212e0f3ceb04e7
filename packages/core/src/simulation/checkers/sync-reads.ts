/** A read behind a sync shows everything that had been acknowledged to anybody when the sync was asked for. */
import { type History, isWrite, type Operation, type Violation } from '../history/index.js'
import { show } from './show.js'

const PROPERTY = 'sync-then-read is linearizable'

/** Whether a read after a sync shows every write that was acknowledged, to anyone, before the sync was asked for. */
export function checkSyncReads(history: History): Violation[] {
  const violations: Violation[] = []
  const byEnd = history.operations
    .filter(({ request, reply }) => isWrite(request) && reply !== null)
    .sort((a, b) => a.endedAt - b.endedAt)
  /** The write with the greatest zxid among those that had been answered before a moment. */
  const newest: Operation[] = []
  for (const write of byEnd) {
    const before = newest[newest.length - 1]
    newest.push(before !== undefined && before.reply!.zxid > write.reply!.zxid ? before : write)
  }
  const acknowledgedBefore = (moment: number): Operation | undefined => {
    let low = 0
    let high = byEnd.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (byEnd[middle].endedAt < moment) low = middle + 1
      else high = middle
    }
    return newest[low - 1]
  }
  const lastSync = new Map<number, Operation>()
  for (const operation of history.operations) {
    const { connection } = operation
    if (operation.request.kind === 'sync') {
      if (operation.reply === null || operation.reply.code === 0) lastSync.set(connection, operation)
      continue
    }
    const sync = lastSync.get(connection)
    if (sync === undefined || operation.reply === null || isWrite(operation.request)) continue
    if (operation.request.kind === 'ping' || operation.request.kind === 'setWatches') continue
    const write = acknowledgedBefore(sync.beganAt)
    if (write === undefined || write.reply!.zxid <= operation.reply.zxid) continue
    violations.push({
      property: PROPERTY,
      message: `${show(operation)} behind ${show(sync)} does not show what had been acknowledged before: ${show(write)}`,
    })
  }
  return violations
}
