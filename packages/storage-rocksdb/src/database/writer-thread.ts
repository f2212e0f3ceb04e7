/**
 * A thread that writes to the database which the main thread has opened: the binding writes and flushes
 * synchronously, and RocksDB holds writers back when its memory is full. Neither may stop the event loop.
 *
 * It uses the functions below the binding's classes. A batch of those is used once and freed whenever garbage is collected:
 * memory that is new each time, which took a quarter of the time of a write of 400 KB.
 */
import { parentPort, workerData } from 'node:worker_threads'
import binding from '@nxtedition/rocksdb/binding.js'
import { pack } from './packing.js'
import type { NumberedRequest, Put, WriteAnswer } from './write-request.js'

/** A batch that a burst has made larger than this is not kept. */
const BYTES_KEPT = 8 * 1024 * 1024
const NO_OPTIONS = {}

const port = parentPort!
// Never closed here: that would close the database of the main thread.
const database = binding.db_init((workerData as { handle: bigint }).handle)
let batch = binding.batch_init()

function carryOut({ ranges, puts, sync }: NumberedRequest): void {
  for (const { from, to } of ranges ?? []) binding.db_clear(database, { gte: from, lt: to })
  if (!puts) return
  const bytes = gather(puts)
  try {
    binding.batch_write(database, batch, { sync })
  } finally {
    if (bytes > BYTES_KEPT) batch = binding.batch_init()
  }
}

/** Fills the batch. @returns its bytes */
function gather(puts: readonly Put[]): number {
  let bytes = 0
  binding.batch_clear(batch)
  for (const { key, value, packFrom } of puts) {
    const stored = packFrom === undefined ? value : pack(value, packFrom)
    binding.batch_put(batch, key, stored, NO_OPTIONS)
    bytes += key.length + stored.length
  }
  return bytes
}

port.on('message', (request: NumberedRequest | 'end') => {
  if (request === 'end') port.close()
  else handle(request)
})

function handle(request: NumberedRequest): void {
  const { id, lent } = request
  let answer: WriteAnswer = { id, lent }
  try {
    carryOut(request)
  } catch (error) {
    const { message, code } = error as Error & { code?: string }
    answer = { id, lent, error: { message, code } }
  }
  port.postMessage(answer, lent ? [lent] : [])
}
