import { checkAcl } from '../../auth/acl-check.js'
import type { AuthenticatorRegistry } from '../../auth/registry.js'
import type { ServerSettings } from '../../config/settings.js'
import { KeeperCode } from '../../jute/codes.js'
import type { ACL } from '../../jute/records.js'
import { decodeUtf8 } from '../../jute/utf8.js'
import type { Identity } from '../../seams/authenticator.js'
import { NO_NODE } from '../../seams/znode-store.js'
import type { Session } from '../../sessions/session.js'
import type { DataTree } from '../../tree/data-tree.js'
import { copyFields, type DigestFields } from '../../tree/digest-fields.js'
import { limitPath, parseQuota, statPath } from '../../tree/quota.js'
import type { Txn } from '../../tree/txn.js'
import type { ReconfigChange, ReconfigOutcome } from '../../zab/quorum/index.js'
import type { Zxid } from '../../zxid.js'
import type { ChangeRecord, OutstandingChanges } from '../outstanding-changes.js'
import type { PendingUsage } from '../proposal.js'
import type { PassedLimit, QuotaWarnings } from '../quota-warnings.js'

/** A refusal is the {@link KeeperCode} that the client gets; it is logged as an error transaction. */
export type Refusal = number

export function isRefusal(prepared: Txn | Refusal): prepared is Refusal {
  return typeof prepared === 'number'
}

/**
 * One request being turned into a transaction: who asks, under which zxid and time, against which
 * state, and what it changes. Deciding reads the outstanding state and never the clock or the network.
 */
export class Preparation {
  readonly changes: ChangeRecord[] = []
  readonly usage: PendingUsage[] = []

  constructor(
    readonly zxid: Zxid,
    readonly timeMs: number,
    readonly session: Session,
    readonly identities: readonly Identity[],
    readonly outstanding: OutstandingChanges,
    readonly tree: DataTree,
    readonly auth: AuthenticatorRegistry,
    readonly settings: ServerSettings,
    /** Told of quotas that are passed. */
    private readonly warnings?: QuotaWarnings,
    /** Decides what a reconfiguration comes to; only a leader can. */
    readonly reconfigure?: (change: ReconfigChange, zxid: Zxid) => ReconfigOutcome,
  ) {}

  may(acl: readonly ACL[], perms: number): boolean {
    return checkAcl(acl, perms, this.identities, this.auth)
  }

  /** The fields of a znode, for changing: what is read from the tree is nobody else's, what is outstanding is copied. */
  editable(before: ChangeRecord): DigestFields {
    return before.zxid === 0 ? before.fields : copyFields(before.fields)
  }

  /** A znode changes to these fields, and maybe to another number of children, ACL or data. */
  update(
    before: ChangeRecord,
    fields: DigestFields,
    childCount = before.childCount,
    acl: readonly ACL[] = before.acl,
    data: ChangeRecord['data'] = before.data,
  ): void {
    this.changes.push(this.outstanding.change(before, before.path, this.zxid, fields, childCount, acl, data))
  }

  add(path: string, fields: DigestFields, acl: readonly ACL[], data: Uint8Array | null): void {
    this.changes.push(this.outstanding.change(null, path, this.zxid, fields, 0, acl, data))
  }

  remove(before: ChangeRecord): void {
    this.changes.push(this.outstanding.remove(before, this.zxid))
  }

  /**
   * Holds a change against the limits of the quota that governs `path`, what is outstanding included (Apache
   * leaves that out and under-counts in a multi). Warns where one is passed; true: a hard one is, and enforced.
   */
  exceedsQuota(path: string, count: number, bytes: number): boolean {
    if (this.tree.quotas.isEmpty) return false
    const quota = this.tree.quotas.governing(path)
    if (quota === null) return false
    const stat = this.tree.find(statPath(quota))
    if (stat === NO_NODE) return false
    const limit = parseQuota(this.text(this.tree.find(limitPath(quota))))
    const usage = parseQuota(this.text(stat))
    const pending = this.outstanding.pendingUsage(quota)
    const passes = (name: PassedLimit['limit'], found: number): boolean => {
      const allowed = limit[name]
      if (allowed < 0 || found <= allowed) return false
      const refused = this.settings.enforceQuota && (name === 'countHardLimit' || name === 'byteHardLimit')
      this.warnings?.passed({ path: quota, limit: name, allowed, found, refused }, this.timeMs)
      return refused
    }
    const counts = usage.count + pending.count + count
    if (count !== 0 && passes(limit.countHardLimit > -1 ? 'countHardLimit' : 'count', counts)) return true
    const size = usage.bytes + pending.bytes + bytes
    if (bytes !== 0 && passes(limit.byteHardLimit > -1 ? 'byteHardLimit' : 'bytes', size)) return true
    this.usage.push({ quota, count, bytes })
    this.outstanding.addUsage(quota, count, bytes)
    return false
  }

  private text(node: number): string {
    const data = node === NO_NODE ? null : this.tree.dataOf(node)
    return data === null ? '' : decodeUtf8(data, 0, data.length)
  }

  /** Forgets the usage that a refused request had counted. */
  dropUsage(): void {
    for (const { quota, count, bytes } of this.usage) this.outstanding.addUsage(quota, -count, -bytes)
    this.usage.length = 0
  }
}

/** The version after a matching one, or BadVersion. Wraps past -1, which would mean "any" (ZOOKEEPER-4743). */
export function nextVersion(present: number, expected: number): number | null {
  if (expected !== -1 && expected !== present) return null
  const next = (present + 1) | 0
  return next === -1 ? 0 : next
}
