import { KeeperCode, OpCode } from '../../jute/codes.js'
import { NO_NODE } from '../../seams/znode-store.js'
import type { DataTree } from '../data-tree.js'
import { joinHalves } from '../ephemeral-owner.js'
import type { SubTxn, Txn, TxnHeader } from '../txn.js'
import { STAT_BYTES } from '../znode-stat.js'
import type { ApplyResult } from './apply-result.js'
import { applySetAcl, applySetData } from './change.js'
import { applyCreate } from './create.js'
import { applyCloseSession, applyDelete } from './delete.js'

/** What a transaction does to the tree; {@link DataTree.apply} is how it gets there. */
export function applyTxn(tree: DataTree, header: TxnHeader, txn: Txn): ApplyResult {
  return txn.type === OpCode.multi ? applyMulti(tree, header, txn.txns) : applyOne(tree, header, txn)
}

function applyMulti(tree: DataTree, header: TxnHeader, txns: readonly SubTxn[]): ApplyResult {
  const failedAt = txns.findIndex(txn => txn.type === OpCode.error && txn.code !== KeeperCode.Ok)
  const results =
    failedAt === -1
      ? txns.map(txn => withStat(tree, applyOne(tree, header, txn)))
      : txns.map((txn, at) => failedPart(txn, at < failedAt))
  return { type: OpCode.multi, code: KeeperCode.Ok, path: '', node: NO_NODE, results }
}

function withStat(tree: DataTree, result: ApplyResult): ApplyResult {
  if (result.node === NO_NODE) return result
  const stat = new Uint8Array(STAT_BYTES)
  tree.writeStat(result.node, stat, 0)
  return { ...result, stat }
}

function applyOne(tree: DataTree, header: TxnHeader, txn: Exclude<Txn, { type: typeof OpCode.multi }>): ApplyResult {
  switch (txn.type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      return applyCreate(tree, header, txn)
    case OpCode.delete:
    case OpCode.deleteContainer: {
      const code = applyDelete(tree, txn.path, header.zxid)
      return { type: txn.type, code, path: txn.path, node: NO_NODE }
    }
    case OpCode.setData:
    case OpCode.reconfig:
      return applySetData(tree, header, txn.type, txn.path, txn.data, txn.version)
    case OpCode.setACL: {
      const node = tree.find(txn.path)
      if (node === NO_NODE) return { type: txn.type, code: KeeperCode.NoNode, path: txn.path, node }
      applySetAcl(tree, node, txn.path, txn.acl, txn.version)
      return { type: txn.type, code: KeeperCode.Ok, path: txn.path, node }
    }
    case OpCode.closeSession:
      applyCloseSession(tree, joinHalves(header.clientHigh, header.clientLow), header.zxid, txn.paths)
      return { type: txn.type, code: KeeperCode.Ok, path: '', node: NO_NODE }
    case OpCode.check:
      return { type: txn.type, code: KeeperCode.Ok, path: txn.path, node: NO_NODE }
    case OpCode.error:
      return { type: txn.type, code: txn.code, path: '', node: NO_NODE }
    case OpCode.createSession:
      return { type: txn.type, code: KeeperCode.Ok, path: '', node: NO_NODE }
  }
}

/**
 * One part of a failed multi: what precedes the failing part did not happen either. Apache logs that as
 * it was asked for, Menagerie as an error of code Ok.
 */
function failedPart(txn: SubTxn, preceding: boolean): ApplyResult {
  const otherwise = preceding ? KeeperCode.Ok : KeeperCode.RuntimeInconsistency
  const code = txn.type === OpCode.error ? txn.code : otherwise
  return { type: OpCode.error, code, path: '', node: NO_NODE }
}
