import { EventType, KeeperCode } from '../../jute/codes.js'
import { type JuteReader, MarshallingError } from '../../jute/reader.js'
import { SetWatches, SetWatches2 } from '../../jute/records.js'
import { NO_NODE } from '../../seams/znode-store.js'
import { containsWatcher, removeWatch, watchKindOfMode } from '../../watches/index.js'
import type { Zxid } from '../../zxid.js'
import type { ReaderContext } from './reader-context.js'

/** addWatch is answered by an error record of its own, four bytes of 0, behind a header without error. */
export function addWatch(reader: JuteReader, xid: number, context: ReaderContext): void {
  const { tree, out, watches, watcher } = context
  const path = reader.ustring()
  const kind = watchKindOfMode(reader.int())
  if (kind === undefined) throw new MarshallingError('watch of an unknown mode')
  // No znode has the path null: nothing is ever told of it.
  if (path !== null) watches.add(path, kind, watcher)
  const start = out.begin(xid, tree.lastProcessedZxid, KeeperCode.Ok)
  out.int(0)
  out.end(start)
}

export function checkWatches(reader: JuteReader, xid: number, context: ReaderContext): void {
  const path = reader.ustring()
  const code = containsWatcher(context.watches, path, reader.int(), context.watcher)
  context.out.empty(xid, context.tree.lastProcessedZxid, code)
}

export function removeWatches(reader: JuteReader, xid: number, context: ReaderContext): void {
  const path = reader.ustring()
  const code = removeWatch(context.watches, path, reader.int(), context.watcher)
  context.out.empty(xid, context.tree.lastProcessedZxid, code)
}

/**
 * setWatches: what a client does after it has reconnected. What changed since the last zxid that it has
 * seen is told at once, ahead of the reply; everything else is watched again.
 */
export function setWatches(reader: JuteReader, xid: number, context: ReaderContext): void {
  const request = SetWatches.read(reader)
  restore({ ...request, persistentWatches: [], persistentRecursiveWatches: [] }, context)
  context.out.empty(xid, context.tree.lastProcessedZxid, KeeperCode.Ok)
}

export function setWatches2(reader: JuteReader, xid: number, context: ReaderContext): void {
  restore(SetWatches2.read(reader), context)
  context.out.empty(xid, context.tree.lastProcessedZxid, KeeperCode.Ok)
}

/** What a catch-up event carries as its zxid: no transaction causes it. */
const NO_ZXID: Zxid = -1

function restore(request: SetWatches2, context: ReaderContext): void {
  const { tree, watches, watcher } = context
  const { store } = tree
  const since = request.relativeZxid
  for (const path of paths(request.dataWatches)) {
    const node = tree.find(path)
    if (node === NO_NODE) watcher.event(EventType.NodeDeleted, path, NO_ZXID)
    else if (store.mzxid(node) > since) watcher.event(EventType.NodeDataChanged, path, NO_ZXID)
    else watches.add(path, 'data', watcher)
  }
  for (const path of paths(request.existWatches)) {
    if (tree.find(path) !== NO_NODE) watcher.event(EventType.NodeCreated, path, NO_ZXID)
    else watches.add(path, 'data', watcher)
  }
  for (const path of paths(request.childWatches)) {
    const node = tree.find(path)
    if (node === NO_NODE) watcher.event(EventType.NodeDeleted, path, NO_ZXID)
    else if (store.pzxid(node) > since) watcher.event(EventType.NodeChildrenChanged, path, NO_ZXID)
    else watches.add(path, 'child', watcher)
  }
  for (const path of some(request.persistentWatches)) if (path !== null) watches.add(path, 'persistent', watcher)
  for (const path of some(request.persistentRecursiveWatches)) {
    if (path !== null) watches.add(path, 'persistentRecursive', watcher)
  }
}

/** What comes before a null path is watched, or told of. @throws MarshallingError at one */
function* paths(list: readonly (string | null)[] | null): Generator<string> {
  for (const path of some(list)) {
    if (path === null) throw new MarshallingError('the path is null')
    yield path
  }
}

function some<T>(list: readonly T[] | null): readonly T[] {
  if (list === null) throw new MarshallingError('a list of watches is null')
  return list
}
