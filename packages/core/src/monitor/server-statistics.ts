import { RunningSummary } from './metrics-registry.js'

/** In bytes; -1: none since the start or the last srst. */
export interface ResponseSizes {
  readonly last: number
  readonly min: number
  readonly max: number
}

/** Keeps the last, least and greatest of sizes (Apache's BufferStats). */
export class SizeStatistics implements ResponseSizes {
  last = -1
  min = -1
  max = -1

  add(bytes: number): void {
    this.last = bytes
    if (this.min === -1 || bytes < this.min) this.min = bytes
    if (bytes > this.max) this.max = bytes
  }

  reset(): void {
    this.last = -1
    this.min = -1
    this.max = -1
  }
}

/**
 * What srvr counts for the whole server, and srst sets back: packets, request latencies in ms, sizes of
 * responses in bytes. Failed authentications are counted too, and stay.
 */
export class ServerStatistics {
  packetsReceived = 0
  packetsSent = 0
  authFailed = 0
  /** From a request's arrival to its reply. */
  readonly latencyMs = new RunningSummary()
  readonly #responses = new SizeStatistics()

  responseSent(bytes: number): void {
    this.#responses.add(bytes)
  }

  get responseBytes(): ResponseSizes {
    const { last, min, max } = this.#responses
    return { last, min, max }
  }

  reset(): void {
    this.packetsReceived = 0
    this.packetsSent = 0
    this.latencyMs.reset()
    this.#responses.reset()
  }
}
