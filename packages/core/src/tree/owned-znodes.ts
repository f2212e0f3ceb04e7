import type { NodeId } from '../seams/znode-store.js'
import { type ExtendedTypes, joinHalves, ownerKind } from './ephemeral-owner.js'

/** Znodes that somebody deletes in time, by what their owner says they are. */
export class OwnedZnodes {
  /** Znodes of each session, by session id. */
  readonly ephemerals = new Map<bigint, Set<NodeId>>()
  readonly containers = new Set<NodeId>()
  readonly ttls = new Set<NodeId>()

  constructor(private readonly types: ExtendedTypes) {}

  get ephemeralCount(): number {
    let count = 0
    for (const nodes of this.ephemerals.values()) count += nodes.size
    return count
  }

  /** Puts a znode into the set that its owner, in two halves, names. */
  add(node: NodeId, high: number, low: number): void {
    switch (ownerKind(high, low, this.types)) {
      case 'container':
        this.containers.add(node)
        return
      case 'ttl':
        this.ttls.add(node)
        return
      case 'ephemeral': {
        const session = joinHalves(high, low)
        const nodes = this.ephemerals.get(session)
        if (nodes === undefined) this.ephemerals.set(session, new Set([node]))
        else nodes.add(node)
      }
    }
  }

  /** The znode is deleted. */
  remove(node: NodeId, high: number, low: number): void {
    if (high === 0 && low === 0) return
    this.containers.delete(node)
    this.ttls.delete(node)
    const session = joinHalves(high, low)
    const nodes = this.ephemerals.get(session)
    if (nodes?.delete(node) && nodes.size === 0) this.ephemerals.delete(session)
  }
}
