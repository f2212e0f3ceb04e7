import type { NodeId, ZnodeStore } from '../seams/znode-store.js'

/** The fields of a znode that its digest covers, beside path and data. */
export interface DigestFields {
  czxid: number
  mzxid: number
  pzxid: number
  ctime: number
  mtime: number
  version: number
  cversion: number
  aversion: number
  ownerHigh: number
  ownerLow: number
}

/** Copies the stat fields that a digest covers. */
export function readFields(store: ZnodeStore, node: NodeId, fields: DigestFields): void {
  fields.czxid = store.czxid(node)
  fields.mzxid = store.mzxid(node)
  fields.pzxid = store.pzxid(node)
  fields.ctime = store.ctime(node)
  fields.mtime = store.mtime(node)
  fields.version = store.version(node)
  fields.cversion = store.cversion(node)
  fields.aversion = store.aversion(node)
  fields.ownerHigh = store.ownerHigh(node)
  fields.ownerLow = store.ownerLow(node)
}

/** A copy, to be changed by itself. */
export function copyFields(from: DigestFields): DigestFields {
  return {
    czxid: from.czxid,
    mzxid: from.mzxid,
    pzxid: from.pzxid,
    ctime: from.ctime,
    mtime: from.mtime,
    version: from.version,
    cversion: from.cversion,
    aversion: from.aversion,
    ownerHigh: from.ownerHigh,
    ownerLow: from.ownerLow,
  }
}

/** To be filled by {@link readFields}, or those of a znode that is to be created. */
export function emptyFields(): DigestFields {
  return {
    czxid: 0,
    mzxid: 0,
    pzxid: 0,
    ctime: 0,
    mtime: 0,
    version: 0,
    cversion: 0,
    aversion: 0,
    ownerHigh: 0,
    ownerLow: 0,
  }
}
