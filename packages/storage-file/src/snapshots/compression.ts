import { Readable } from 'node:stream'
import { createGunzip, createGzip } from 'node:zlib'
import type { Compression } from '../format/file-names.js'
import { compressSnappy, uncompressSnappy } from '../format/snappy-framing.js'

/** zlib calls off the thread pool's disk work are few when its buffers are large. */
const ZLIB_BUFFER = 256 * 1024

export function compress(chunks: AsyncIterable<Uint8Array>, how: Compression): AsyncIterable<Uint8Array> {
  if (how === 'snappy') return compressSnappy(chunks)
  // A source may reuse a chunk as soon as the next is asked for, but streams read ahead.
  if (how === 'gz') return through(copies(chunks), createGzip({ chunkSize: ZLIB_BUFFER }))
  return chunks
}

export function uncompress(chunks: AsyncIterable<Uint8Array>, how: Compression): AsyncIterable<Uint8Array> {
  if (how === 'snappy') return uncompressSnappy(chunks)
  if (how === 'gz') return through(chunks, createGunzip({ chunkSize: ZLIB_BUFFER }))
  return chunks
}

async function* through(chunks: AsyncIterable<Uint8Array>, stream: NodeJS.ReadWriteStream): AsyncGenerator<Uint8Array> {
  const source = Readable.from(chunks, { objectMode: true, highWaterMark: 1 })
  const target = stream as unknown as Readable
  source.on('error', error => target.destroy(error))
  source.pipe(stream)
  try {
    for await (const chunk of target) yield chunk as Uint8Array
  } finally {
    source.destroy()
    target.destroy()
  }
}

async function* copies(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield chunk.slice()
}
