import { decodeUtf8 } from '../../jute/utf8.js'
import { NO_NODE, type NodeId, type ZnodeStore } from '../../seams/znode-store.js'
import { joinHalves } from '../../tree/ephemeral-owner.js'
import type { Zxid } from '../../zxid.js'
import type { FinalTree, ZnodeImage } from '../history/index.js'

/** Every znode of a server, read from what the tree keeps them in. */
export function readFinalTree(server: number, zxid: Zxid, store: ZnodeStore): FinalTree {
  const znodes = new Map<string, ZnodeImage>()
  const visit = (node: NodeId): void => {
    znodes.set(node === store.root ? '/' : store.pathOf(node), imageOf(store, node))
    for (let child = store.firstChild(node); child !== NO_NODE; child = store.nextSibling(child)) visit(child)
  }
  visit(store.root)
  return { server, zxid, znodes }
}

function imageOf(store: ZnodeStore, node: NodeId): ZnodeImage {
  const length = store.dataLength(node)
  const data = new Uint8Array(Math.max(length, 0))
  store.copyData(node, data, 0)
  return {
    data: length === -1 ? null : decodeUtf8(data, 0, length),
    czxid: store.czxid(node),
    mzxid: store.mzxid(node),
    pzxid: store.pzxid(node),
    version: store.version(node),
    cversion: store.cversion(node),
    aversion: store.aversion(node),
    owner: joinHalves(store.ownerHigh(node), store.ownerLow(node)),
  }
}
