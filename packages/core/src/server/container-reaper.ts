import type { ServerSettings } from '../config/settings.js'
import type { Cancel, Clock } from '../seams/clock.js'
import type { DataTree } from '../tree/data-tree.js'
import { ttlOfOwner } from '../tree/ephemeral-owner.js'

/**
 * Proposes the deletion of containers that have lost their last child and of TTL znodes whose time is
 * over (Apache's ContainerManager). That they are still empty is checked again when the deletion is
 * prepared, since a child may have come.
 */
export class ContainerReaper {
  private cancel: Cancel | null = null

  constructor(
    private readonly tree: DataTree,
    private readonly settings: ServerSettings,
    private readonly clock: Clock,
    private readonly propose: (path: string) => void,
  ) {}

  start(): void {
    this.cancel = this.clock.schedule(this.settings.containerCheckIntervalMs, () => this.check())
  }

  stop(): void {
    this.cancel?.()
    this.cancel = null
  }

  private check(): void {
    this.next(this.candidates())
  }

  /** One after another, no more than containerMaxPerMinute. */
  private next(paths: string[]): void {
    const path = paths.shift()
    if (path === undefined) {
      this.start()
      return
    }
    this.propose(path)
    const { containerMaxPerMinute } = this.settings
    const pauseMs = containerMaxPerMinute === 0 ? 0 : 60_000 / containerMaxPerMinute
    this.cancel = this.clock.schedule(pauseMs, () => this.next(paths))
  }

  private candidates(): string[] {
    const { store } = this.tree
    const now = this.clock.wallTime()
    const { containerMaxNeverUsedIntervalMs: neverUsedMs } = this.settings
    const due: number[] = []
    for (const node of this.tree.owned.containers) {
      if (store.childCount(node) > 0) continue
      const used = store.cversion(node) > 0
      if (used || (neverUsedMs > 0 && now - store.ctime(node) > neverUsedMs)) due.push(node)
    }
    for (const node of this.tree.owned.ttls) {
      if (store.childCount(node) > 0) continue
      const ttlMs = ttlOfOwner(store.ownerHigh(node), store.ownerLow(node), this.tree.options)
      if (ttlMs > 0 && now - store.mtime(node) > ttlMs) due.push(node)
    }
    return due.map(node => store.pathOf(node))
  }
}
