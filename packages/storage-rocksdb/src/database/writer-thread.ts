/**
 * A thread that writes to the database which the main thread has opened: the binding writes and flushes
 * synchronously, and RocksDB holds writers back when its memory is full. Neither may stop the event loop.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { RocksLevel } from '@nxtedition/rocksdb'
import type { NumberedRequest, WriteAnswer } from './write-request.js'

const port = parentPort!
// Never closed here: that would close the database of the main thread.
const database = new RocksLevel((workerData as { handle: bigint }).handle, {
  keyEncoding: 'buffer',
  valueEncoding: 'buffer',
})
await database.open({})

async function carryOut({ ranges, puts, sync }: NumberedRequest): Promise<void> {
  for (const { from, to } of ranges ?? []) await database.clear({ gte: from, lt: to })
  if (!puts) return
  const batch = database.batch()
  for (const { key, value } of puts) batch.put(key, value)
  await batch.write({ sync })
}

/** One after another, in the order in which they came. */
let previous = Promise.resolve()

port.on('message', (request: NumberedRequest | 'end') => {
  if (request === 'end') {
    previous.then(() => port.close())
    return
  }
  previous = previous.then(() => handle(request))
})

async function handle(request: NumberedRequest): Promise<void> {
  const { id, lent } = request
  let answer: WriteAnswer = { id, lent }
  try {
    await carryOut(request)
  } catch (error) {
    const { message, code } = error as Error & { code?: string }
    answer = { id, lent, error: { message, code } }
  }
  port.postMessage(answer, lent ? [lent] : [])
}
