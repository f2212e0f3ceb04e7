import { OpCode } from '../../jute/codes.js'
import type { CloseSessionTxn } from '../../tree/txn.js'
import { parentOf } from '../path.js'
import type { Preparation } from './preparation.js'

/** The session's ephemerals go in the same transaction; they are listed in it (closeSessionTxn.enabled). */
export function prepareCloseSession(p: Preparation): CloseSessionTxn {
  const paths = p.outstanding.ephemeralsOf(p.session)
  for (const path of paths) {
    const node = p.outstanding.get(path)
    const parent = p.outstanding.get(parentOf(path))
    if (node === null || parent === null) continue
    const fields = p.editable(parent)
    fields.pzxid = p.zxid
    p.update(parent, fields, parent.childCount - 1)
    p.remove(node)
  }
  return { type: OpCode.closeSession, paths: p.settings.closeSessionTxnEnabled ? paths : null }
}
