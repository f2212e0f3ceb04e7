import { type Clock, type Logger, RateLimitedWarning } from '@menagerie/core'

/** As many as a server may need at once beside its clients: log and snapshot files, peers, monitoring. */
const KEPT = 64
/** Where a process may have few, clients get most of them all the same. */
const KEPT_SHARE = 1 / 4
const LOG_INTERVAL_MS = 1000

/**
 * Keeps clients from taking the last file descriptors of the process. libuv closes what it cannot accept for lack of them
 * and tells nobody; and the next file of the log could not be opened, which ends the server.
 */
export class DescriptorReserve {
  private readonly first: number
  private refused = 0
  private readonly log: RateLimitedWarning

  /** @param max how many descriptors the process may have; undefined: not known, and nothing is kept */
  constructor(
    private readonly max: number | undefined,
    clock: Clock,
    logger: Logger,
  ) {
    this.first = max === undefined ? Number.POSITIVE_INFINITY : max - Math.min(KEPT, Math.floor(max * KEPT_SHARE))
    this.log = new RateLimitedWarning(clock, logger, LOG_INTERVAL_MS)
  }

  /** Connections refused so far. */
  get refusedCount(): number {
    return this.refused
  }

  /**
   * Whether a connection may stay; false: it has to be closed at once.
   *
   * @param descriptor the connection's own: a system gives the lowest that is free, so all below it are taken. -1 or
   *   undefined where there are none.
   */
  admit(descriptor: number | undefined, address: string): boolean {
    if (descriptor === undefined || descriptor < this.first) return true
    this.refused++
    const kept = this.max! - this.first
    const text =
      `refused a connection from ${address}: ${descriptor} files and connections are open, this process may have ${this.max}, ` +
      `and the last ${kept} are kept for the server's own files: raise the limit (ulimit -n, or LimitNOFILE of systemd), ` +
      `or limit connections with maxCnxns or maxClientCnxns`
    this.log.warn({ address, limit: this.max }, text)
    return false
  }
}
