import type { ListenerLimits } from '../seams/client-listener.js'
import type { Clock } from '../seams/clock.js'
import type { Logger } from '../seams/logger.js'

/** Between two log lines about refusals for one reason. */
const LOG_INTERVAL_MS = 1000

/**
 * Counts the connections of a listener, in all and from each address, and refuses what is above the
 * limits. Under a flood it logs one line a second and says how many it left out.
 */
export class Admission {
  private readonly perAddress = new Map<string, number>()
  private open = 0
  private refused = 0
  private readonly addressLimitLog: RateLimitedWarning
  private readonly totalLimitLog: RateLimitedWarning

  constructor(
    private readonly limits: Pick<ListenerLimits, 'connectionsMax' | 'connectionsPerAddressMax'>,
    clock: Clock,
    logger: Logger,
  ) {
    this.addressLimitLog = new RateLimitedWarning(clock, logger, LOG_INTERVAL_MS)
    this.totalLimitLog = new RateLimitedWarning(clock, logger, LOG_INTERVAL_MS)
  }

  get openCount(): number {
    return this.open
  }

  get rejectedCount(): number {
    return this.refused
  }

  /** Takes a place for a connection from `address`; false: it has to be closed at once. */
  admit(address: string): boolean {
    const { connectionsMax, connectionsPerAddressMax } = this.limits
    const fromAddress = this.perAddress.get(address) ?? 0
    if (connectionsMax > 0 && this.open >= connectionsMax) {
      this.refused++
      const text = `refused a connection from ${address}: ${this.open} are open, the limit in all (maxCnxns) is ${connectionsMax}`
      this.totalLimitLog.warn({ address, limit: connectionsMax }, text)
      return false
    }
    if (connectionsPerAddressMax > 0 && fromAddress >= connectionsPerAddressMax) {
      this.refused++
      const text =
        `refused a connection from ${address}: ${fromAddress} are open from there, ` +
        `the limit for one address (maxClientCnxns) is ${connectionsPerAddressMax}`
      this.addressLimitLog.warn({ address, limit: connectionsPerAddressMax }, text)
      return false
    }
    this.open++
    this.perAddress.set(address, fromAddress + 1)
    return true
  }

  /** Gives the place back. */
  release(address: string): void {
    this.open--
    const left = (this.perAddress.get(address) ?? 1) - 1
    if (left > 0) this.perAddress.set(address, left)
    else this.perAddress.delete(address)
  }
}

/** A warning that is logged once in an interval at most; the next one counts those left out. */
export class RateLimitedWarning {
  private nextAt = Number.NEGATIVE_INFINITY
  private omitted = 0

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly intervalMs: number,
  ) {}

  warn(fields: Readonly<Record<string, unknown>>, message: string): void {
    const now = this.clock.monotonic()
    if (now < this.nextAt) {
      this.omitted++
      return
    }
    this.nextAt = now + this.intervalMs
    const { omitted } = this
    this.omitted = 0
    if (omitted === 0) this.logger.warn(fields, message)
    else this.logger.warn({ ...fields, omitted }, `${message} (and ${omitted} more of these since the last line)`)
  }
}
