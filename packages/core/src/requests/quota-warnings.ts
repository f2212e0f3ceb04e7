import type { Logger } from '../seams/logger.js'

/** How often one limit of one subtree may be warned of. */
const INTERVAL_MS = 10_000
/** Limits that are remembered; above it all are forgotten, and some line comes too early. */
const REMEMBERED_MAX = 1000

/** A write that takes a subtree above a limit. */
export interface PassedLimit {
  /** The subtree's root. */
  readonly path: string
  readonly limit: 'count' | 'bytes' | 'countHardLimit' | 'byteHardLimit'
  readonly allowed: number
  /** What there would be with the write. */
  readonly found: number
  readonly refused: boolean
}

interface Said {
  readonly atMs: number
  /** Writes since then that nothing was said of. */
  unsaid: number
}

/**
 * Warns of writes that pass a quota (ZooKeeperServer.checkQuota): at once of the first of a limit, then in
 * intervals, with the number of those between. A client that writes on above its quota does not fill the log.
 */
export class QuotaWarnings {
  private readonly said = new Map<string, Said>()

  constructor(private readonly logger: Logger) {}

  /** @param nowMs wall time of the request */
  passed({ path, limit, allowed, found, refused }: PassedLimit, nowMs: number): void {
    const key = `${limit} ${path}`
    const last = this.said.get(key)
    // A clock that was set back must not silence it.
    if (last !== undefined && nowMs >= last.atMs && nowMs - last.atMs < INTERVAL_MS) {
      last.unsaid++
      return
    }
    if (this.said.size >= REMEMBERED_MAX) this.said.clear()
    this.said.set(key, { atMs: nowMs, unsaid: 0 })
    const fields = { path, limit, allowed, found, unsaid: last?.unsaid ?? 0 }
    this.logger.warn(fields, refused ? 'quota exceeded: the write is refused' : 'quota exceeded')
  }
}
