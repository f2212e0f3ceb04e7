import { decodeUtf8, encodeUtf8 } from '../jute/utf8.js'
import { NO_NODE } from '../seams/znode-store.js'
import type { DataTree } from './data-tree.js'
import { formatUsage, parseQuota, QUOTA_ROOT, QuotaPaths, quotaZnode, statPath } from './quota.js'

/** Keeps the usage of subtrees with a quota, in the znodes below /zookeeper/quota that show it, as the tree changes. */
export class QuotaUsage {
  private paths = new QuotaPaths()

  constructor(private readonly tree: DataTree) {}

  get isEmpty(): boolean {
    return this.paths.isEmpty
  }

  /** The longest path with a quota that holds `path`, or null. */
  governing(path: string): string | null {
    return this.paths.governing(path)
  }

  /** The tree has become another one, which had these. */
  adopt(other: QuotaUsage): void {
    this.paths = other.paths
  }

  /** A znode has been created. */
  created(path: string, data: Uint8Array | null): void {
    if (this.paths.isEmpty && !path.startsWith(QUOTA_ROOT)) return
    const about = quotaZnode(path)
    if (about?.kind === 'limit') this.paths.add(about.target)
    if (about?.kind === 'stat') this.measure(about.target)
    this.add(path, 1, data?.length ?? 0)
  }

  /** A znode with data of this length has been deleted. */
  deleted(path: string, dataLength: number): void {
    if (this.paths.isEmpty) return
    const about = quotaZnode(path)
    if (about?.kind === 'limit') this.paths.delete(about.target)
    this.add(path, -1, -dataLength)
  }

  /** A znode's data have grown by so many bytes. */
  grown(path: string, bytes: number): void {
    if (!this.paths.isEmpty) this.add(path, 0, bytes)
  }

  /** After a snapshot: finds the subtrees with quotas and measures them. */
  load(): void {
    const { tree, paths } = this
    const { store } = tree
    paths.clear()
    const root = tree.find(QUOTA_ROOT)
    const pending = root === NO_NODE ? [] : [root]
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      for (let c = store.firstChild(node); c !== NO_NODE; c = store.nextSibling(c)) pending.push(c)
      if (store.childCount(node) > 0) continue
      const about = quotaZnode(store.pathOf(node))
      if (about?.kind !== 'limit') continue
      this.measure(about.target)
      paths.add(about.target)
    }
  }

  /** Moves the usage of the quota that governs a path, if one does. */
  private add(path: string, count: number, bytes: number): void {
    const quota = this.governing(path)
    if (quota === null) return
    const { tree } = this
    const node = tree.find(statPath(quota))
    if (node === NO_NODE) return
    const data = tree.dataOf(node)
    const usage = parseQuota(data === null ? '' : decodeUtf8(data, 0, data.length))
    tree.store.setData(node, encodeUtf8(formatUsage(usage.count + count, usage.bytes + bytes, usage.others)))
  }

  /** Counts a subtree afresh into its usage znode. */
  private measure(path: string): void {
    const { tree } = this
    const { store } = tree
    const stat = tree.find(statPath(path))
    const root = tree.find(path)
    if (stat === NO_NODE) return
    let count = 0
    let bytes = 0
    const pending = root === NO_NODE ? [] : [root]
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      count++
      bytes += Math.max(store.dataLength(node), 0)
      for (let c = store.firstChild(node); c !== NO_NODE; c = store.nextSibling(c)) pending.push(c)
    }
    store.setData(stat, encodeUtf8(formatUsage(count, bytes)))
  }
}
