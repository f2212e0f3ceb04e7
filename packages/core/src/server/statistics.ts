/** What a server counts about its own traffic, for monitoring. */
export class ServerStatistics {
  packetsReceived = 0
  packetsSent = 0
  latencyMin = 0
  latencyMax = 0
  latencySum = 0
  latencyCount = 0

  /** A request was answered, `latencyMs` after it had arrived. */
  answered(latencyMs: number): void {
    if (this.latencyCount++ === 0 || latencyMs < this.latencyMin) this.latencyMin = latencyMs
    if (latencyMs > this.latencyMax) this.latencyMax = latencyMs
    this.latencySum += latencyMs
  }

  get latencyAverage(): number {
    return this.latencyCount === 0 ? 0 : this.latencySum / this.latencyCount
  }

  resetLatency(): void {
    this.latencyMin = 0
    this.latencyMax = 0
    this.latencySum = 0
    this.latencyCount = 0
  }

  reset(): void {
    this.resetLatency()
    this.packetsReceived = 0
    this.packetsSent = 0
  }
}
