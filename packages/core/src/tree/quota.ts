/**
 * Quotas (org.apache.zookeeper.Quotas, StatsTrack): limits and usage of a subtree as text in two znodes
 * below /zookeeper/quota. -1 is no limit.
 */
export const QUOTA_ROOT = '/zookeeper/quota'
const LIMIT_NAME = 'zookeeper_limits'
const STAT_NAME = 'zookeeper_stats'

export function limitPath(path: string): string {
  return `${QUOTA_ROOT}${path}/${LIMIT_NAME}`
}

export function statPath(path: string): string {
  return `${QUOTA_ROOT}${path}/${STAT_NAME}`
}

/** The path whose quota a znode below /zookeeper/quota describes, and which of the two it is. */
export function quotaZnode(path: string): { readonly kind: 'limit' | 'stat'; readonly target: string } | null {
  if (!path.startsWith(QUOTA_ROOT)) return null
  const slash = path.lastIndexOf('/')
  const name = path.slice(slash + 1)
  if (name !== LIMIT_NAME && name !== STAT_NAME) return null
  return { kind: name === LIMIT_NAME ? 'limit' : 'stat', target: path.slice(QUOTA_ROOT.length, slash) }
}

export interface QuotaValues {
  count: number
  bytes: number
  countHardLimit: number
  byteHardLimit: number
  /** What else is there than count and bytes, hard limits included: kept as it is where usage is written. */
  readonly others: Map<string, number>
}

/** Reads `count=2,bytes=10=;byteHardLimit=50;countHardLimit=3`. What is not there is -1. */
export function parseQuota(text: string): QuotaValues {
  const values: QuotaValues = { count: -1, bytes: -1, countHardLimit: -1, byteHardLimit: -1, others: new Map() }
  for (const pair of text.split(/[,;]+/)) {
    const [key, value] = pair.split('=')
    if (key === '') continue
    const number = value === undefined || value === '' ? -1 : Number(value)
    if (!Number.isSafeInteger(number)) continue
    if (key === 'count' || key === 'bytes' || key === 'countHardLimit' || key === 'byteHardLimit') values[key] = number
    if (key !== 'count' && key !== 'bytes') values.others.set(key, number)
  }
  return values
}

/** Usage as Apache writes it into zookeeper_stats; the = before other keys hides them from versions before 3.7. */
export function formatUsage(count: number, bytes: number, others: QuotaValues['others'] = new Map()): string {
  const usage = `count=${count},bytes=${bytes}`
  if (others.size === 0) return usage
  const rest = [...others.keys()].sort().map(key => `;${key}=${others.get(key)}`)
  return `${usage}=${rest.join('')}`
}

/** Subtrees with a quota; nearly always empty, so that a write costs one comparison. */
export class QuotaPaths {
  private readonly paths = new Set<string>()

  get isEmpty(): boolean {
    return this.paths.size === 0
  }

  add(path: string): void {
    if (path !== '' && path !== '/') this.paths.add(path)
  }

  delete(path: string): void {
    this.paths.delete(path)
  }

  clear(): void {
    this.paths.clear()
  }

  /** The longest path with a quota that holds `path`, or null. */
  governing(path: string): string | null {
    if (this.paths.size === 0) return null
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const prefix = path.slice(0, end)
      if (this.paths.has(prefix)) return prefix
    }
    return null
  }
}
