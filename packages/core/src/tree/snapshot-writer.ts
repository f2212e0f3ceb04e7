import { JuteWriter, putInt, putLong } from '../jute/writer.js'
import type { Clock } from '../seams/clock.js'
import type { SnapshotSource } from '../seams/snapshotter.js'
import { NO_NODE, type ZnodeStore } from '../seams/znode-store.js'
import type { Zxid } from '../zxid.js'
import type { DataTree } from './data-tree.js'
import { DigestList } from './stored-digests.js'
import { DIGEST_VERSION } from './tree-digest.js'
import { TreeWalk } from './tree-walk.js'

/** A chunk is also a time slice: a fraction of a millisecond of walking, then other work has its turn. */
const CHUNK_BYTES = 64 * 1024
/** Path length, data length, ACL and stat of one znode, without path and data. */
const ZNODE_FIXED_BYTES = 4 + 4 + 8 + 60

/** Which of the trailing sections a snapshot has. */
export interface SnapshotTrailers {
  readonly withDigest: boolean
  readonly withLastProcessedZxid: boolean
}

export interface SnapshotContent extends SnapshotTrailers {
  /** Sessions that exist when the snapshot begins: id and timeout in milliseconds. */
  readonly sessions: Iterable<readonly [id: bigint, timeoutMs: number]>
  readonly zxid: Zxid
  /** Whether the digest of each znode is gathered, for a storage that keeps companions. */
  readonly withCompanion?: boolean
}

/**
 * A fuzzy snapshot of the tree in Apache's serialisation (SerializeUtils, DataTree.serialize): session
 * timeouts, ACL table, znodes depth first, an end mark; then tree digest and last processed zxid. Beside
 * it, for storages that keep it: the digest of each znode (see stored-digests.ts).
 *
 * Sessions and ACLs are taken when the snapshot begins. Znodes created after that are left out, with
 * all that is below them: the log repeats their creation, and their ACL may not be in the table.
 */
export function snapshotOf(tree: DataTree, store: ZnodeStore, content: SnapshotContent, clock: Clock): SnapshotSource {
  const head = writeHead(tree, content)
  // Taken together with the table: an ACL that comes between now and the first chunk is not in it.
  const known = new Set(tree.acls.entries().map(([id]) => id))
  const digests = content.withDigest && content.withCompanion ? new DigestList() : null
  return {
    body: body(head, known, store, content.zxid, clock, digests),
    trailers: () => trailersOf(tree, content),
    ...(digests !== null && { companion: () => digests.bytes() }),
  }
}

function writeHead(tree: DataTree, content: SnapshotContent): Uint8Array {
  const writer = new JuteWriter(4096)
  const sessions = [...content.sessions]
  writer.int(sessions.length)
  for (const [id, timeoutMs] of sessions) {
    writer.long64(id)
    writer.int(timeoutMs)
  }
  const acls = tree.acls.entries()
  writer.int(acls.length)
  for (const [id, acl] of acls) {
    writer.long(id)
    writer.int(acl.length)
    for (const entry of acl) {
      writer.int(entry.perms)
      writer.ustring(entry.id.scheme)
      writer.ustring(entry.id.id)
    }
  }
  return writer.take()
}

async function* body(
  head: Uint8Array,
  known: ReadonlySet<number>,
  store: ZnodeStore,
  zxid: Zxid,
  clock: Clock,
  digests: DigestList | null,
): AsyncGenerator<Uint8Array> {
  // Not before: a body that nobody asks for would leave its walk behind in the store.
  const walk = new TreeWalk(store)
  try {
    yield head
    let chunk = new Uint8Array(CHUNK_BYTES * 2)
    let at = 0
    for (let node = walk.next(); node !== NO_NODE; node = walk.next()) {
      if (store.czxid(node) > zxid) {
        walk.skipChildren()
        continue
      }
      const needed = at + ZNODE_FIXED_BYTES + walk.pathLength + Math.max(store.dataLength(node), 0)
      if (needed > chunk.length) {
        const larger = new Uint8Array(needed)
        larger.set(chunk.subarray(0, at))
        chunk = larger
      }
      at = writeZnode(store, node, walk, known, chunk, at)
      digests?.add(store.digest(node))
      if (at < CHUNK_BYTES) continue
      yield chunk.subarray(0, at)
      await new Promise<void>(resolve => clock.defer(resolve))
      at = 0
    }
    const end = new Uint8Array([0, 0, 0, 1, 0x2f])
    if (at > 0) yield chunk.subarray(0, at)
    yield end
  } finally {
    walk.dispose()
  }
}

function writeZnode(
  store: ZnodeStore,
  node: number,
  walk: TreeWalk,
  knownAcls: ReadonlySet<number>,
  chunk: Uint8Array,
  offset: number,
): number {
  let at = offset
  putInt(chunk, at, walk.pathLength)
  at += 4
  chunk.set(walk.pathBytes.subarray(0, walk.pathLength), at)
  at += walk.pathLength
  putInt(chunk, at, store.dataLength(node))
  at = store.copyData(node, chunk, at + 4)
  // An ACL set since the snapshot began is not in its table: the log repeats the setACL.
  const acl = store.aclId(node)
  putLong(chunk, at, knownAcls.has(acl) ? acl : -1)
  putLong(chunk, at + 8, store.czxid(node))
  putLong(chunk, at + 16, store.mzxid(node))
  putLong(chunk, at + 24, store.ctime(node))
  putLong(chunk, at + 32, store.mtime(node))
  putInt(chunk, at + 40, store.version(node))
  putInt(chunk, at + 44, store.cversion(node))
  putInt(chunk, at + 48, store.aversion(node))
  putInt(chunk, at + 52, store.ownerHigh(node))
  putInt(chunk, at + 56, store.ownerLow(node))
  putLong(chunk, at + 60, store.pzxid(node))
  return at + 68
}

/** The sections behind the body of a snapshot, as the tree is now. */
export function trailersOf(tree: DataTree, { withDigest, withLastProcessedZxid }: SnapshotTrailers): Uint8Array[] {
  const sections: Uint8Array[] = []
  if (withDigest) {
    const digest = new JuteWriter(32)
    digest.long(tree.lastProcessedZxid)
    digest.int(DIGEST_VERSION)
    digest.longHalves(tree.digest.high, tree.digest.low)
    sections.push(digest.take())
  }
  if (withLastProcessedZxid) {
    const last = new JuteWriter(8)
    last.long(tree.lastProcessedZxid)
    sections.push(last.take())
  }
  return sections
}
