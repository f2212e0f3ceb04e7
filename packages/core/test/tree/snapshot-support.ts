import { ManualClock } from '@menagerie/core/contract'
import { SnapshotLoader } from '../../dist/tree/snapshot-loader.js'
import { type SnapshotContent, snapshotOf } from '../../dist/tree/snapshot-writer.js'
import { emptyTree, OPTIONS, type StoredTree } from './support.js'

export function contentAt(zxid: number, sessions: SnapshotContent['sessions'] = []): SnapshotContent {
  return { sessions, zxid, withDigest: true, withLastProcessedZxid: true }
}

/** Writes a snapshot; `between` runs after each chunk, while the walk stands in the tree. */
export async function write(
  { tree, store }: StoredTree,
  content: SnapshotContent,
  between: (chunk: number) => void = () => {},
): Promise<Uint8Array> {
  const source = snapshotOf(tree, store, content, new ManualClock())
  const chunks: Uint8Array[] = []
  for await (const chunk of source.body) {
    chunks.push(chunk.slice())
    between(chunks.length)
  }
  return Buffer.concat([...chunks, ...source.trailers()])
}

export interface Loaded extends StoredTree {
  readonly loader: SnapshotLoader
}

/** Loads chunks. @throws what the loader throws. */
export function load(chunks: readonly Uint8Array[], options = OPTIONS): Loaded {
  const stored = emptyTree(options, 77)
  const loader = new SnapshotLoader(stored.tree)
  for (const chunk of chunks) loader.push(chunk)
  loader.finish()
  return { ...stored, loader }
}

/** A source's bytes in pieces of `size`. */
export function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  const found: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size) found.push(bytes.slice(at, at + size))
  return found
}
