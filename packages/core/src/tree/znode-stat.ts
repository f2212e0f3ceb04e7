import { putInt, putLong } from '../jute/writer.js'
import type { NodeId, ZnodeStore } from '../seams/znode-store.js'
import { type ExtendedTypes, ownerKind } from './ephemeral-owner.js'

/** Stat in jute. */
export const STAT_BYTES = 68

/** Writes the Stat that clients see, {@link STAT_BYTES} long. */
export function writeStat(
  store: ZnodeStore,
  types: ExtendedTypes,
  node: NodeId,
  target: Uint8Array,
  offset: number,
): void {
  const children = store.childCount(node)
  const high = store.ownerHigh(node)
  const low = store.ownerLow(node)
  const ephemeral = (high !== 0 || low !== 0) && ownerKind(high, low, types) === 'ephemeral'
  const length = store.dataLength(node)
  putLong(target, offset, store.czxid(node))
  putLong(target, offset + 8, store.mzxid(node))
  putLong(target, offset + 16, store.ctime(node))
  putLong(target, offset + 24, store.mtime(node))
  putInt(target, offset + 32, store.version(node))
  putInt(target, offset + 36, shownCversion(store, node))
  putInt(target, offset + 40, store.aversion(node))
  putInt(target, offset + 44, ephemeral ? high : 0)
  putInt(target, offset + 48, ephemeral ? low : 0)
  putInt(target, offset + 52, length < 0 ? 0 : length)
  putInt(target, offset + 56, children)
  putLong(target, offset + 60, store.pzxid(node))
}

/** Clients see creates and deletes of children; what is stored counts creates only. */
function shownCversion(store: ZnodeStore, node: NodeId): number {
  return store.cversion(node) * 2 - store.childCount(node)
}
