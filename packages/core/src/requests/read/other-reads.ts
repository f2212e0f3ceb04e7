import { clientInfos, maskAcl } from '../../auth/mask.js'
import { KeeperCode, OpCode, Perms } from '../../jute/codes.js'
import { type JuteReader, MarshallingError } from '../../jute/reader.js'
import type { ACL } from '../../jute/records.js'
import { NO_NODE, type NodeId } from '../../seams/znode-store.js'
import type { DataTree } from '../../tree/data-tree.js'
import { readOp } from '../prepare/multi.js'
import { writeMultiHeader, writeStat, writeString } from '../write-reply.js'
import { mayOn, type ReaderContext } from './reader-context.js'
import { locate, readable, writeChildren, writeData } from './znode-reads.js'

/** getACL: READ or ADMIN lets one see it; digests are masked for those who have not ADMIN. */
export function getAcl(reader: JuteReader, xid: number, context: ReaderContext): void {
  const { tree, out } = context
  const { node } = locate(reader, tree)
  const code =
    node === NO_NODE
      ? KeeperCode.NoNode
      : mayOn(context, node, Perms.READ | Perms.ADMIN)
        ? KeeperCode.Ok
        : KeeperCode.NoAuth
  if (code !== KeeperCode.Ok) {
    out.empty(xid, tree.lastProcessedZxid, code)
    return
  }
  const stored = tree.aclOf(node)
  const shown = mayOn(context, node, Perms.ADMIN) ? stored : maskAcl(stored)
  const start = out.begin(xid, tree.lastProcessedZxid, KeeperCode.Ok)
  out.int(shown.length)
  for (const entry of shown) writeAclEntry(context, entry)
  writeStat(out, node, tree)
  out.end(start)
}

function writeAclEntry({ out }: ReaderContext, entry: ACL): void {
  out.int(entry.perms)
  writeString(out, entry.id.scheme)
  writeString(out, entry.id.id)
}

export function getAllChildrenNumber(reader: JuteReader, xid: number, context: ReaderContext): void {
  const { tree, out } = context
  const { node } = locate(reader, tree)
  const code = readable(node, context)
  if (code !== KeeperCode.Ok) {
    out.empty(xid, tree.lastProcessedZxid, code)
    return
  }
  const start = out.begin(xid, tree.lastProcessedZxid, KeeperCode.Ok)
  out.int(tree.countDescendants(node))
  out.end(start)
}

/** The ephemerals of the asking session, below a prefix that is compared as text. */
export function getEphemerals(reader: JuteReader, xid: number, context: ReaderContext): void {
  const { tree, out } = context
  const prefix = reader.ustring()
  const all = tree.ephemeralsOf(context.session.id)
  const trimmed = prefix === null ? '' : javaTrim(prefix)
  const paths = trimmed === '' || trimmed === '/' ? all : all.filter(path => path.startsWith(prefix as string))
  const start = out.begin(xid, tree.lastProcessedZxid, KeeperCode.Ok)
  out.int(paths.length)
  for (const path of paths) writeString(out, path)
  out.end(start)
}

export function whoAmI(xid: number, context: ReaderContext): void {
  const { tree, out } = context
  const start = out.begin(xid, tree.lastProcessedZxid, KeeperCode.Ok)
  const infos = clientInfos(context.identities, context.auth)
  out.int(infos.length)
  for (const info of infos) {
    writeString(out, info.authScheme)
    writeString(out, info.user)
  }
  out.end(start)
}

/** sync: the path comes back once everything before it has been applied, which FIFO order ensures here. */
export function sync(reader: JuteReader, xid: number, context: ReaderContext): void {
  const { tree, out } = context
  const path = reader.ustring()
  const start = out.begin(xid, tree.lastProcessedZxid, KeeperCode.Ok)
  if (path === null) out.int(-1)
  else writeString(out, path)
  out.end(start)
}

/**
 * How long a multiRead's reply may become. A request of a megabyte can name one large znode tens of
 * thousands of times; no client takes a frame that comes near this.
 */
const MULTI_READ_BYTES_MAX = 64 * 1024 * 1024

/** multiRead: getData and getChildren, each with a result of its own; one failing harms no other. */
export function multiRead(reader: JuteReader, xid: number, context: ReaderContext): void {
  const { tree, out } = context
  const ops: { readonly type: number; readonly node: NodeId | undefined }[] = []
  let writes = 0
  for (;;) {
    const type = reader.int()
    const done = reader.bool()
    reader.int()
    if (done) break
    if (type === OpCode.getData || type === OpCode.getChildren) {
      ops.push({ type, node: locateUnlessNull(reader, tree) })
      reader.bool() // a watch, which multiRead does not set
    } else {
      readOp(type, reader)
      writes++
    }
    if (writes > 0 && ops.length > 0) throw new MarshallingError('reads and writes in one request')
  }
  // Apache makes a list of results first, and sends what is in it behind the error of a write, or of a path that is null.
  const failed = writes > 0 || ops.some(({ node }) => node === undefined)
  const start = out.begin(xid, tree.lastProcessedZxid, failed ? KeeperCode.MarshallingError : KeeperCode.Ok)
  for (const { type, node } of ops) {
    if (node === undefined) break
    if (out.position - start > MULTI_READ_BYTES_MAX) throw new MarshallingError('the reply to a multiRead is too long')
    const code = readable(node, context)
    if (code !== KeeperCode.Ok) {
      writeMultiHeader(out, OpCode.error, false, code)
      out.int(code)
      continue
    }
    writeMultiHeader(out, type, false, 0)
    if (type === OpCode.getData) {
      writeData(out, node, tree)
      writeStat(out, node, tree)
    } else {
      writeChildren(out, node, tree)
    }
  }
  writeMultiHeader(out, -1, true, -1)
  out.end(start)
}

function locateUnlessNull(reader: JuteReader, tree: DataTree): NodeId | undefined {
  const { position } = reader
  if (reader.int() === -1) return undefined
  reader.position = position
  return locate(reader, tree).node
}

/** Java's String.trim, which takes away controls and the space, and no other blank of Unicode. */
function javaTrim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && text.charCodeAt(start) <= 0x20) start++
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end--
  return text.slice(start, end)
}
