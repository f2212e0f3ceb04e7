import { RunningSummary } from './metrics-registry.js'

/** -1: no response since the start or the last srst. */
export interface ResponseSizes {
  readonly last: number
  readonly min: number
  readonly max: number
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
  #lastResponse = -1
  #minResponse = -1
  #maxResponse = -1

  responseSent(bytes: number): void {
    this.#lastResponse = bytes
    if (this.#minResponse === -1 || bytes < this.#minResponse) this.#minResponse = bytes
    if (bytes > this.#maxResponse) this.#maxResponse = bytes
  }

  get responseBytes(): ResponseSizes {
    return { last: this.#lastResponse, min: this.#minResponse, max: this.#maxResponse }
  }

  reset(): void {
    this.packetsReceived = 0
    this.packetsSent = 0
    this.latencyMs.reset()
    this.#lastResponse = -1
    this.#minResponse = -1
    this.#maxResponse = -1
  }
}
