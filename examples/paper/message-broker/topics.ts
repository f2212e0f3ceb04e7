/** The topics as their znodes tell, kept up to date. */
import type { CachedNode, TreeCache } from '@menagerie/client'
import { type Place, paths, places, type Replicas, replicas } from './layout.js'

export interface Topic {
  readonly name: string
  readonly replicas: Replicas
  /** Of the znode with the replicas. */
  readonly version: number
  readonly primary: Held | undefined
  readonly backup: Held | undefined
}

/** A place, and the znode that says so. */
export interface Held extends Place {
  readonly czxid: number
  /** The session it lives with. */
  readonly owner: bigint
}

/** @param cache of everything below `paths.topics` */
export function topicsIn(cache: TreeCache): Topic[] {
  return cache.children(cache.path).flatMap(name => {
    const node = cache.get(paths.topic(name))
    if (node === undefined) return []
    const primary = held(cache.get(paths.primary(name)))
    const backup = held(cache.get(paths.backup(name)))
    return { name, replicas: replicas.decode(node.data!), version: node.stat.version, primary, backup }
  })
}

function held(node: CachedNode | undefined): Held | undefined {
  if (node === undefined) return undefined
  return { ...places.decode(node.data!), czxid: node.stat.czxid, owner: node.stat.ephemeralOwner }
}
