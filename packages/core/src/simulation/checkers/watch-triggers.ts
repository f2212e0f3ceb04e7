import { EventType } from '../../jute/codes.js'
import type { Zxid } from '../../zxid.js'
import { type Change, parentOf, type VersionedTree } from '../history/index.js'

/** What a client may watch; `data` is told of its znode, whether it is there or not. */
export type WatchedKind = 'data' | 'child' | 'persistent' | 'recursive'

const NONE: readonly Change[] = []

/** Finds the changes that a watch has to hear of. */
export class WatchTriggers {
  private readonly ofPath = new Map<string, Change[]>()
  private readonly below = new Map<string, Change[]>()
  private readonly found = new Map<string, readonly Change[]>()

  constructor(tree: VersionedTree) {
    for (const change of tree.changes) {
      push(this.ofPath, change.path, change)
      if (change.type === EventType.NodeChildrenChanged) continue
      for (let path = change.path; ; path = parentOf(path)) {
        push(this.below, path, change)
        if (path === '/') break
      }
    }
  }

  /** The changes after `zxid`, in order. */
  after(kind: WatchedKind, path: string, zxid: Zxid): readonly Change[] {
    const key = `${kind} ${path}`
    let all = this.found.get(key)
    if (all === undefined) {
      all = this.find(kind, path)
      this.found.set(key, all)
    }
    let at = all.length
    while (at > 0 && all[at - 1].zxid > zxid) at--
    return at === 0 ? all : all.slice(at)
  }

  private find(kind: WatchedKind, path: string): readonly Change[] {
    if (kind === 'recursive') return this.below.get(path) ?? NONE
    const all = this.ofPath.get(path) ?? NONE
    switch (kind) {
      case 'data':
        return all.filter(({ type }) => type !== EventType.NodeChildrenChanged)
      case 'child':
        return all.filter(({ type }) => type === EventType.NodeChildrenChanged || type === EventType.NodeDeleted)
      default:
        return all
    }
  }
}

function push(map: Map<string, Change[]>, key: string, change: Change): void {
  const changes = map.get(key)
  if (changes === undefined) map.set(key, [change])
  else changes.push(change)
}
