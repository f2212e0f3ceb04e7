import { KeeperCode, OpCode, Perms } from '../../jute/codes.js'
import { encodeUtf8 } from '../../jute/utf8.js'
import type { SetDataTxn } from '../../tree/txn.js'
import { formatConfig, type ReconfigChange } from '../../zab/quorum/index.js'
import type { Preparation, Refusal } from './preparation.js'

const CONFIG_PATH = '/zookeeper/config'

/** reconfig: the new configuration becomes the content of /zookeeper/config (PrepRequestProcessor). */
export function prepareReconfig(change: ReconfigChange, p: Preparation): SetDataTxn | Refusal {
  if (!p.settings.reconfigEnabled) return KeeperCode.ReconfigDisabled
  // A standalone server has no ensemble to change.
  if (p.reconfigure === undefined) return KeeperCode.Unimplemented
  const outcome = p.reconfigure(change, p.zxid)
  if (outcome.refusal !== undefined) return outcome.refusal
  const node = p.outstanding.get(CONFIG_PATH)
  if (node === null) return KeeperCode.NoNode
  if (!p.may(node.acl, Perms.WRITE)) return KeeperCode.NoAuth
  const data = encodeUtf8(formatConfig(outcome.verifier))
  const fields = p.editable(node)
  fields.version = -1
  fields.mtime = p.timeMs
  fields.mzxid = p.zxid
  p.update(node, fields, node.childCount, node.acl, data)
  return { type: OpCode.reconfig, path: CONFIG_PATH, data, version: -1 }
}
