import { KeeperCode, OpCode, Xid } from '../../jute/codes.js'
import { type JuteReader, MarshallingError } from '../../jute/reader.js'
import { getAcl, getAllChildrenNumber, getEphemerals, multiRead, sync, whoAmI } from './other-reads.js'
import type { ReaderContext } from './reader-context.js'
import { addWatch, checkWatches, removeWatches, setWatches, setWatches2 } from './watch-requests.js'
import { exists, getChildren, getData } from './znode-reads.js'

/**
 * Writes the reply to a request that takes no transaction: one that asks, sets watches, or is a heartbeat.
 *
 * @param reader stands at the request's record; one that is cut short is answered MarshallingError
 * @returns false for any other operation, with nothing written
 */
export function answerRead(opcode: number, reader: JuteReader, xid: number, context: ReaderContext): boolean {
  const { out } = context
  const start = out.position
  try {
    // A switch and not a table: the compiler knows where each branch goes.
    switch (opcode) {
      case OpCode.getData:
        getData(reader, xid, context)
        break
      case OpCode.exists:
        exists(reader, xid, context)
        break
      case OpCode.getChildren:
        getChildren(reader, xid, context, false)
        break
      case OpCode.getChildren2:
        getChildren(reader, xid, context, true)
        break
      case OpCode.ping:
        out.empty(Xid.ping, context.tree.lastProcessedZxid, KeeperCode.Ok)
        break
      case OpCode.getACL:
        getAcl(reader, xid, context)
        break
      case OpCode.sync:
        sync(reader, xid, context)
        break
      case OpCode.setWatches:
        setWatches(reader, xid, context)
        break
      case OpCode.setWatches2:
        setWatches2(reader, xid, context)
        break
      case OpCode.addWatch:
        addWatch(reader, xid, context)
        break
      case OpCode.checkWatches:
        checkWatches(reader, xid, context)
        break
      case OpCode.removeWatches:
        removeWatches(reader, xid, context)
        break
      case OpCode.getEphemerals:
        getEphemerals(reader, xid, context)
        break
      case OpCode.getAllChildrenNumber:
        getAllChildrenNumber(reader, xid, context)
        break
      case OpCode.multiRead:
        multiRead(reader, xid, context)
        break
      case OpCode.whoAmI:
        whoAmI(xid, context)
        break
      default:
        return false
    }
  } catch (error) {
    if (!(error instanceof MarshallingError)) throw error
    out.position = start
    out.empty(xid, context.tree.lastProcessedZxid, KeeperCode.MarshallingError)
  }
  return true
}
