/**
 * What a watching client knows of a subtree, and how that differs from what it is told or reads. Pure: every
 * method returns the changes to announce. For each path they alternate: created, changed..., deleted; parents
 * are created before their children and deleted after them.
 */
import { EventType, type Stat } from '@menagerie/core/jute'

/** One change to a znode. */
export interface TreeChange {
  /** `children`: a child came or went; only where descendants are not watched themselves. */
  readonly type: 'created' | 'changed' | 'deleted' | 'children'
  /** Relative to the chroot. */
  readonly path: string
  /** The transaction, or the newest of several; -1 where the server does not say (before 3.9), and for missed deletions. */
  readonly zxid: number
}

interface Known {
  /** 0: not known, as after a NodeCreated of a server before 3.9. */
  czxid: number
  /** The newest change to the data that was announced, as far as known. */
  mzxid: number
  pzxid: number
  children: Map<string, Known> | undefined
}

export class KnownTree {
  readonly #path: string
  readonly #recursive: boolean
  readonly #announceFirst: boolean
  #root: Known | undefined
  /** Everything up to this transaction was announced. */
  #floor = 0
  /** The watch has stood since this transaction; without it, what is met for the first time has been there before. */
  #since = Number.MAX_SAFE_INTEGER
  #complete = false
  #reading = false

  /** @param announceFirst what the first complete reading finds is announced as created. */
  constructor(path: string, recursive: boolean, announceFirst: boolean) {
    this.#path = path
    this.#recursive = recursive
    this.#announceFirst = announceFirst
  }

  /** The watch stands for the first time: of later transactions there is nothing that need not be announced. */
  watchedSince(zxid: number): void {
    this.#since = zxid
  }

  /** The tree is about to be read from its root. */
  readingBegins(): void {
    this.#reading = true
  }

  /** It was read as a whole. */
  readingEnds(): void {
    this.#reading = false
    this.#complete = true
  }

  /** Events may be missed from now on. Everything up to `zxid` was announced. */
  gapBegins(zxid: number): void {
    this.#floor = Math.max(this.#floor, zxid)
  }

  /** A notification. */
  told(type: number, path: string, zxid: number): TreeChange[] {
    const known = this.#find(path)
    switch (type) {
      case EventType.NodeCreated:
        if (known !== undefined) return this.#changed(known, path, zxid)
        return this.#met(path, Math.max(0, zxid), zxid, 'created')
      case EventType.NodeDataChanged:
        if (known !== undefined) return this.#changed(known, path, zxid)
        return this.#met(path, 0, zxid, this.#silent ? 'changed' : 'created')
      case EventType.NodeDeleted:
        if (known === undefined) return this.#silent ? [{ type: 'deleted', path, zxid }] : []
        return this.#remove(path, known, zxid)
      case EventType.NodeChildrenChanged:
        if (this.#recursive) return []
        if (known !== undefined) known.pzxid = Math.max(known.pzxid, zxid)
        return [{ type: 'children', path, zxid }]
    }
    return []
  }

  /**
   * A znode as it was read.
   * @param toldSince of later transactions than this one there have been notifications before the reply
   */
  seen(path: string, stat: Stat, children: readonly string[], toldSince: number): TreeChange[] {
    const { czxid, mzxid, pzxid } = stat
    const changes: TreeChange[] = []
    let known = this.#find(path)
    if (known !== undefined && known.czxid !== 0 && known.czxid !== czxid) {
      changes.push(...this.#remove(path, known, -1))
      known = undefined
    }
    if (known === undefined) {
      this.#add(path, { czxid, mzxid, pzxid, children: undefined })
      // The first reading may extend over several connections, with gaps in which events were missed.
      const missed = (zxid: number) => zxid > this.#since && zxid <= toldSince
      if (changes.length > 0 || !this.#silent || missed(czxid)) changes.push({ type: 'created', path, zxid: mzxid })
      else if (missed(mzxid)) changes.push({ type: 'changed', path, zxid: mzxid })
      return changes
    }
    const missed = (zxid: number, announced: number) => zxid > Math.max(announced, this.#floor) && zxid <= toldSince
    if (missed(mzxid, known.mzxid)) changes.push({ type: 'changed', path, zxid: mzxid })
    if (!this.#recursive && missed(pzxid, known.pzxid)) changes.push({ type: 'children', path, zxid: pzxid })
    known.czxid = czxid
    known.mzxid = mzxid
    known.pzxid = pzxid
    if (known.children !== undefined) {
      const present = new Set(children)
      for (const [name, child] of [...known.children]) {
        if (!present.has(name)) changes.push(...this.#remove(childPath(path, name), child, -1))
      }
    }
    return changes
  }

  knows(path: string): boolean {
    return this.#find(path) !== undefined
  }

  /** A znode that was found missing. */
  missing(path: string): TreeChange[] {
    const known = this.#find(path)
    return known === undefined ? [] : this.#remove(path, known, -1)
  }

  /** Before the first reading is complete, a znode that is met for the first time is nothing new. */
  get #silent(): boolean {
    return !this.#complete && !this.#announceFirst
  }

  #changed(known: Known, path: string, zxid: number): TreeChange[] {
    known.mzxid = Math.max(known.mzxid, zxid)
    return [{ type: 'changed', path, zxid }]
  }

  #met(path: string, czxid: number, zxid: number, type: 'created' | 'changed'): TreeChange[] {
    const added = this.#add(path, { czxid, mzxid: zxid, pzxid: zxid, children: undefined })
    // Below a znode that has yet to be read, it will be met once more.
    const willBeRead = this.#reading || !this.#complete
    return added || !willBeRead || this.#silent ? [{ type, path, zxid }] : []
  }

  #remove(path: string, known: Known, zxid: number): TreeChange[] {
    const changes: TreeChange[] = []
    for (const [name, child] of [...(known.children ?? [])]) {
      changes.push(...this.#remove(childPath(path, name), child, -1))
    }
    const at = this.#place(path)
    if (at === undefined) this.#root = undefined
    else at.parent?.children?.delete(at.name)
    changes.push({ type: 'deleted', path, zxid })
    return changes
  }

  #find(path: string): Known | undefined {
    const at = this.#place(path)
    return at === undefined ? this.#root : at.parent?.children?.get(at.name)
  }

  /** False: its parent is not known. */
  #add(path: string, known: Known): boolean {
    const at = this.#place(path)
    if (at === undefined) {
      this.#root = known
      return true
    }
    if (at.parent === undefined) return false
    at.parent.children ??= new Map()
    at.parent.children.set(at.name, known)
    return true
  }

  /** Where a path below the root hangs; undefined for the root itself. */
  #place(path: string): { parent: Known | undefined; name: string } | undefined {
    if (path === this.#path) return undefined
    const names = path.slice(this.#path === '/' ? 1 : this.#path.length + 1).split('/')
    const name = names.pop() as string
    let parent = this.#root
    for (const step of names) parent = parent?.children?.get(step)
    return { parent, name }
  }
}

/** The path of a child. */
export function childPath(parent: string, name: string): string {
  return parent === '/' ? `/${name}` : `${parent}/${name}`
}
