import { MenagerieError } from '../errors.js'
import type { SnapshotSource } from '../seams/snapshotter.js'
import { SnapshotStreamScanner } from '../zab/packets/snapshot-stream.js'

const LENGTH_MAX = 0x7fffffff
/** What may follow the body: nothing, last zxid, digest, digest and last zxid. */
const TRAILERS: Readonly<Record<number, readonly number[]>> = { 0: [], 8: [8], 20: [20], 28: [20, 8] }

/**
 * What a snapshotter gave, as another one takes it: body and trailing sections apart, for copies between storages.
 *
 * @param chunks all bytes of one snapshot (`Snapshotter.read`)
 */
export function splitSnapshot(chunks: AsyncIterable<Uint8Array>): SnapshotSource {
  let tail = new Uint8Array(0)
  return {
    body: body(chunks, bytes => {
      const longer = new Uint8Array(tail.length + bytes.length)
      longer.set(tail)
      longer.set(bytes, tail.length)
      tail = longer
    }),
    trailers(): Uint8Array[] {
      const lengths = TRAILERS[tail.length]
      if (!lengths) {
        const message = `the snapshot has ${tail.length} bytes after its tree, expected 0, 8, 20 or 28`
        throw new MenagerieError('SNAPSHOT_CORRUPT', message)
      }
      let at = 0
      return lengths.map(length => tail.subarray(at, (at += length)))
    },
  }
}

async function* body(
  chunks: AsyncIterable<Uint8Array>,
  after: (bytes: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  const scanner = new SnapshotStreamScanner(LENGTH_MAX, false)
  for await (const chunk of chunks) {
    const end = scanner.push(chunk, 0)
    if (end > 0) yield chunk.subarray(0, end)
    if (end < chunk.length) after(chunk.subarray(end))
  }
  if (!scanner.done) throw new MenagerieError('SNAPSHOT_CORRUPT', 'the snapshot ends within its tree')
}
