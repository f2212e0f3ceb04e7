import { fixupAcl } from '../../auth/fix-acl.js'
import { CreateMode, KeeperCode, OpCode, Perms } from '../../jute/codes.js'
import type { ACL } from '../../jute/records.js'
import { type DigestFields, emptyFields } from '../../tree/digest-fields.js'
import {
  CONTAINER_OWNER_HIGH,
  CONTAINER_OWNER_LOW,
  ownerKind,
  TTL_MAX_MS,
  ttlOwner,
} from '../../tree/ephemeral-owner.js'
import type { CreateTxn, CreateType } from '../../tree/txn.js'
import { isSplittable, isValidPath, parentOf } from '../path.js'
import type { Preparation, Refusal } from './preparation.js'

export interface CreateRequest {
  readonly type: CreateType
  readonly path: string
  readonly data: Uint8Array | null
  readonly acl: readonly ACL[] | null
  readonly flags: number
  /** -1 where the request has no ttl. */
  readonly ttlMs: number
}

/** create, create2, createContainer, createTTL (PrepRequestProcessor.pRequest2TxnCreate). */
export function prepareCreate(request: CreateRequest, p: Preparation): CreateTxn | Refusal {
  const { type, flags, data, ttlMs } = request
  if (flags < CreateMode.PERSISTENT || flags > CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL) return KeeperCode.BadArguments
  const isTtl = flags >= CreateMode.PERSISTENT_WITH_TTL
  if (isTtl && !p.settings.extendedTypesEnabled) return KeeperCode.Unimplemented
  if (isTtl ? ttlMs <= 0 || ttlMs > TTL_MAX_MS : ttlMs >= 0) return KeeperCode.BadArguments
  // A TTL in a request without one, or the other way round, would make a transaction that no server can
  // apply: Apache 3.8 logs it, exits, and exits again at every start.
  if (isTtl !== (type === OpCode.createTTL)) return KeeperCode.BadArguments
  if (p.session.closing) return KeeperCode.SessionExpired
  if (!isSplittable(request.path)) return KeeperCode.BadArguments

  const acl = fixupAcl(request.acl, p.identities, p.auth)
  if (acl === null) return KeeperCode.InvalidACL
  const parent = p.outstanding.get(parentOf(request.path))
  if (parent === null) return KeeperCode.NoNode
  if (!p.may(parent.acl, Perms.CREATE)) return KeeperCode.NoAuth

  const parentCVersion = parent.fields.cversion
  const path = isSequential(flags) ? request.path + sequenceSuffix(parentCVersion) : request.path
  if (!isValidPath(path)) return KeeperCode.BadArguments
  if (p.outstanding.exists(path)) return KeeperCode.NodeExists
  if (ownerKind(parent.fields.ownerHigh, parent.fields.ownerLow, p.settings) === 'ephemeral') {
    return KeeperCode.NoChildrenForEphemerals
  }
  if (p.exceedsQuota(path, 1, data?.length ?? 0)) return KeeperCode.QuotaExceeded

  const newCVersion = (parentCVersion + 1) | 0
  const shared = p.tree.acls.intern(acl)
  const ephemeral = flags === CreateMode.EPHEMERAL || flags === CreateMode.EPHEMERAL_SEQUENTIAL
  const txn: CreateTxn = {
    type,
    path,
    data,
    acl: shared,
    // Only these two carry the flag; a container or TTL request that asks for an ephemeral gets none.
    ephemeral: ephemeral && (type === OpCode.create || type === OpCode.create2),
    parentCVersion: newCVersion,
    ttlMs: isTtl ? ttlMs : 0,
  }
  const parentFields = p.editable(parent)
  parentFields.cversion = newCVersion
  parentFields.pzxid = p.zxid
  p.update(parent, parentFields, parent.childCount + 1)
  p.add(path, fieldsOf(txn, p), shared, data)
  return txn
}

function isSequential(flags: number): boolean {
  return (
    flags === CreateMode.PERSISTENT_SEQUENTIAL ||
    flags === CreateMode.EPHEMERAL_SEQUENTIAL ||
    flags === CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL
  )
}

/** Ten digits of the parent's counter of creates; eleven characters once it has become negative. */
export function sequenceSuffix(counter: number): string {
  const digits = String(Math.abs(counter))
  return counter < 0 ? `-${digits.padStart(9, '0')}` : digits.padStart(10, '0')
}

function fieldsOf(txn: CreateTxn, p: Preparation): DigestFields {
  const fields = emptyFields()
  fields.czxid = p.zxid
  fields.mzxid = p.zxid
  fields.pzxid = p.zxid
  fields.ctime = p.timeMs
  fields.mtime = p.timeMs
  if (txn.type === OpCode.createContainer) {
    fields.ownerHigh = CONTAINER_OWNER_HIGH
    fields.ownerLow = CONTAINER_OWNER_LOW
  } else if (txn.type === OpCode.createTTL) {
    const owner = ttlOwner(txn.ttlMs, p.settings)
    fields.ownerHigh = owner.high
    fields.ownerLow = owner.low
  } else if (txn.ephemeral) {
    fields.ownerHigh = p.session.high
    fields.ownerLow = p.session.low
  }
  return fields
}
