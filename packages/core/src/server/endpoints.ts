import type { DependencyContainer } from 'tsyringe'
import type { Logger } from '../seams/logger.js'
import { MONITOR_ENDPOINT, type MonitorEndpoint, type MonitoredServer } from '../seams/monitor-endpoint.js'

/** Starts and stops the monitor endpoints of one server; what fails there is said, and no reason to stop. */
export class Endpoints {
  private readonly endpoints: readonly MonitorEndpoint[]

  constructor(
    container: DependencyContainer,
    private readonly logger: Logger,
  ) {
    this.endpoints = container.isRegistered(MONITOR_ENDPOINT, true) ? container.resolveAll(MONITOR_ENDPOINT) : []
  }

  async start(server: MonitoredServer): Promise<void> {
    for (const endpoint of this.endpoints) {
      try {
        await endpoint.start(server)
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        this.logger.warn({ error: reason }, `the server runs without one of its monitor endpoints: ${reason}`)
      }
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.endpoints.map(endpoint => endpoint.stop()))
  }
}
