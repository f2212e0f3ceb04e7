import type { ACL } from '../jute/records.js'

/** The id under which snapshots store the open ACL without listing it. */
export const OPEN_ACL_ID = -1

export const OPEN_ACL: readonly ACL[] = [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }]
export const READ_ACL: readonly ACL[] = [{ perms: 1, id: { scheme: 'world', id: 'anyone' } }]

interface Entry {
  readonly acl: readonly ACL[]
  readonly key: string
  uses: number
}

/**
 * ACLs by number, each list kept once and counted: a million znodes with one ACL hold one list
 * (Apache's ReferenceCountedACLCache). Equal lists in the same order share a number.
 */
export class AclTable {
  private readonly byId = new Map<number, Entry>()
  private readonly byKey = new Map<string, number>()
  private last = 0
  /** The list of the last lookup: writes come in runs with one and the same list object. */
  private recent: readonly ACL[] | null = null
  private recentId = 0

  /** Numbers a list and counts one use of it. */
  use(acl: readonly ACL[] | null): number {
    if (acl === null) return OPEN_ACL_ID
    if (acl === this.recent) {
      const entry = this.byId.get(this.recentId)
      if (entry !== undefined) {
        entry.uses++
        return this.recentId
      }
    }
    const key = keyOf(acl)
    let id = this.byKey.get(key)
    if (id === undefined) {
      id = ++this.last
      this.byId.set(id, { acl, key, uses: 0 })
      this.byKey.set(key, id)
    }
    const entry = this.byId.get(id) as Entry
    entry.uses++
    this.recent = acl
    this.recentId = id
    return id
  }

  release(id: number): void {
    const entry = this.byId.get(id)
    if (entry === undefined || --entry.uses > 0) return
    this.byId.delete(id)
    this.byKey.delete(entry.key)
  }

  /** The list behind a number. One that a damaged snapshot left out grants nothing to anyone. */
  get(id: number): readonly ACL[] {
    if (id === OPEN_ACL_ID) return OPEN_ACL
    return this.byId.get(id)?.acl ?? NO_ACCESS
  }

  /** An equal list that is already kept, so that transactions share it; the list itself otherwise. */
  intern(acl: readonly ACL[]): readonly ACL[] {
    if (acl === OPEN_ACL) return acl
    const id = this.byKey.get(keyOf(acl))
    return id === undefined ? acl : (this.byId.get(id) as Entry).acl
  }

  entries(): [id: number, acl: readonly ACL[]][] {
    return [...this.byId].map(([id, entry]) => [id, entry.acl])
  }

  /** Loads one entry of a snapshot, as yet without uses. */
  load(id: number, acl: readonly ACL[]): void {
    const key = keyOf(acl)
    this.byId.set(id, { acl, key, uses: 0 })
    this.byKey.set(key, id)
    this.last = Math.max(this.last, id)
  }

  /**
   * Counts a use of a loaded number, and returns the number to use. One that the snapshot does not list
   * may be given to another list later, so its znode is closed to all under a number of its own; where
   * the snapshot was fuzzy the log repeats what opens it.
   */
  useLoaded(id: number): number {
    const entry = this.byId.get(id)
    if (entry === undefined) return id === OPEN_ACL_ID ? id : this.use(NO_ACCESS)
    entry.uses++
    return id
  }

  /** Drops what a snapshot listed and no znode uses. */
  dropUnused(): void {
    for (const [id, entry] of this.byId) {
      if (entry.uses > 0) continue
      this.byId.delete(id)
      this.byKey.delete(entry.key)
    }
  }
}

const NO_ACCESS: readonly ACL[] = [{ perms: 0, id: { scheme: 'world', id: 'anyone' } }]

function keyOf(acl: readonly ACL[]): string {
  let key = ''
  for (const { perms, id } of acl) key += `${perms}:${id.scheme.length}:${id.scheme}:${id.id.length}:${id.id};`
  return key
}
