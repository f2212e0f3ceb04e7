import { KeeperCode, OpCode } from '../jute/codes.js'
import { encodeUtf8Into, utf8Length } from '../jute/utf8.js'
import { putInt } from '../jute/writer.js'
import type { ApplyResult, DataTree } from '../tree/data-tree.js'
import { STAT_BYTES } from '../tree/znode-stat.js'
import type { Zxid } from '../zxid.js'
import type { Output } from './output.js'

/** The reply to a write that has been applied. */
export function replyToWrite(out: Output, xid: number, zxid: Zxid, result: ApplyResult, tree: DataTree): void {
  if (result.code !== KeeperCode.Ok) {
    out.empty(xid, zxid, result.code)
    return
  }
  const start = out.begin(xid, zxid, KeeperCode.Ok)
  if (result.results === undefined) {
    writeBody(out, result, tree)
  } else {
    for (const part of result.results) writePart(out, part, tree)
    writeMultiHeader(out, -1, true, -1)
  }
  out.end(start)
}

/** One result of a multi: its header, then what the operation alone would have been answered. */
function writePart(out: Output, part: ApplyResult, tree: DataTree): void {
  if (part.type === OpCode.error) {
    writeMultiHeader(out, OpCode.error, false, part.code)
    out.int(part.code)
    return
  }
  // Java's client knows create results of two types only: path alone, and path with Stat.
  const type = part.type === OpCode.createContainer || part.type === OpCode.createTTL ? OpCode.create2 : part.type
  writeMultiHeader(out, type, false, 0)
  writeBody(out, part, tree)
}

export function writeMultiHeader(out: Output, type: number, done: boolean, err: number): void {
  out.int(type)
  out.bool(done)
  out.int(err)
}

function writeBody(out: Output, result: ApplyResult, tree: DataTree): void {
  switch (result.type) {
    case OpCode.create:
      writeString(out, result.path)
      return
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      writeString(out, result.path)
      writeResultStat(out, result, tree)
      return
    case OpCode.reconfig:
      // The configuration as it is right after.
      writeBuffer(out, tree.dataOf(result.node))
      writeResultStat(out, result, tree)
      return
    case OpCode.setData:
    case OpCode.setACL:
      writeResultStat(out, result, tree)
  }
}

function writeResultStat(out: Output, result: ApplyResult, tree: DataTree): void {
  if (result.stat !== undefined) out.raw(result.stat)
  else writeStat(out, result.node, tree)
}

function writeBuffer(out: Output, bytes: Uint8Array | null): void {
  out.int(bytes === null ? -1 : bytes.length)
  if (bytes !== null) out.raw(bytes)
}

export function writeString(out: Output, text: string): void {
  const length = utf8Length(text)
  const at = out.reserve(4 + length)
  putInt(out.bytes, at, length)
  encodeUtf8Into(text, out.bytes, at + 4)
}

export function writeStat(out: Output, node: number, tree: DataTree): void {
  const at = out.reserve(STAT_BYTES)
  tree.writeStat(node, out.bytes, at)
}
