import { KeeperCode, Perms } from '../../jute/codes.js'
import { type JuteReader, MarshallingError } from '../../jute/reader.js'
import { decodeUtf8 } from '../../jute/utf8.js'
import { putInt } from '../../jute/writer.js'
import { NO_NODE, type NodeId } from '../../seams/znode-store.js'
import type { DataTree } from '../../tree/data-tree.js'
import type { Output } from '../output.js'
import { writeStat } from '../write-reply.js'
import { mayOn, type ReaderContext } from './reader-context.js'

/**
 * Reads of one znode: getData, exists, getChildren, getChildren2. The path stays the bytes that came
 * in; it becomes a string only where a watch is set. This is where most servers spend most of their time.
 */

export function getData(reader: JuteReader, xid: number, context: ReaderContext): void {
  const { tree, out } = context
  const path = locate(reader, tree)
  const watch = reader.bool()
  const code = readable(path.node, context)
  if (code !== KeeperCode.Ok) {
    out.empty(xid, tree.lastProcessedZxid, code)
    return
  }
  if (watch) context.watches.add(text(reader, path), 'data', context.watcher)
  const start = out.begin(xid, tree.lastProcessedZxid, KeeperCode.Ok)
  writeData(out, path.node, tree)
  writeStat(out, path.node, tree)
  out.end(start)
}

export function exists(reader: JuteReader, xid: number, context: ReaderContext): void {
  const { tree, out } = context
  const path = locate(reader, tree)
  const watch = reader.bool()
  const { node } = path
  if (node === NO_NODE && reader.bytes.subarray(path.start, path.end).includes(0)) {
    out.empty(xid, tree.lastProcessedZxid, KeeperCode.BadArguments)
    return
  }
  if (node !== NO_NODE && !mayOn(context, node, Perms.READ)) {
    out.empty(xid, tree.lastProcessedZxid, KeeperCode.NoAuth)
    return
  }
  // A znode that is not there can be watched for too: its creation is the event.
  if (watch) context.watches.add(text(reader, path), 'data', context.watcher)
  if (node === NO_NODE) {
    out.empty(xid, tree.lastProcessedZxid, KeeperCode.NoNode)
    return
  }
  const start = out.begin(xid, tree.lastProcessedZxid, KeeperCode.Ok)
  writeStat(out, node, tree)
  out.end(start)
}

export function getChildren(reader: JuteReader, xid: number, context: ReaderContext, withStat: boolean): void {
  const { tree, out } = context
  const path = locate(reader, tree)
  const watch = reader.bool()
  const code = readable(path.node, context)
  if (code !== KeeperCode.Ok) {
    out.empty(xid, tree.lastProcessedZxid, code)
    return
  }
  if (watch) context.watches.add(text(reader, path), 'child', context.watcher)
  const start = out.begin(xid, tree.lastProcessedZxid, KeeperCode.Ok)
  writeChildren(out, path.node, tree)
  if (withStat) writeStat(out, path.node, tree)
  out.end(start)
}

/** Whether a znode is there and may be read. */
export function readable(node: NodeId, context: ReaderContext): number {
  if (node === NO_NODE) return KeeperCode.NoNode
  return mayOn(context, node, Perms.READ) ? KeeperCode.Ok : KeeperCode.NoAuth
}

export function writeData(out: Output, node: NodeId, tree: DataTree): void {
  const length = tree.store.dataLength(node)
  const at = out.reserve(4 + Math.max(length, 0))
  putInt(out.bytes, at, length)
  tree.store.copyData(node, out.bytes, at + 4)
}

export function writeChildren(out: Output, node: NodeId, tree: DataTree): void {
  const { store } = tree
  out.int(store.childCount(node))
  for (let child = store.firstChild(node); child !== NO_NODE; child = store.nextSibling(child)) {
    const length = store.nameLength(child)
    const at = out.reserve(4 + length)
    putInt(out.bytes, at, length)
    store.copyName(child, out.bytes, at + 4)
  }
}

export interface Located {
  readonly start: number
  readonly end: number
  readonly node: NodeId
}

/** Reads a path and finds its znode. @throws MarshallingError */
export function locate(reader: JuteReader, tree: DataTree): Located {
  const length = reader.int()
  const start = reader.position
  if (length < 0 || length > reader.remaining) throw new MarshallingError(`path of ${length} bytes`)
  const end = start + length
  reader.position = end
  return { start, end, node: tree.store.find(reader.bytes, start, end) }
}

function text(reader: JuteReader, path: Located): string {
  return decodeUtf8(reader.bytes, path.start, path.end)
}
