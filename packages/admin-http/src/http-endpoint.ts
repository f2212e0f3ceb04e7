import type { Clock, Logger, MonitorEndpoint, MonitoredServer } from '@menagerie/core'
import type { RunningHttp } from './http/listen.js'
import type { AdminHttpOptions } from './options.js'

export interface HttpAddresses {
  readonly admin?: { readonly host: string; readonly port: number }
  readonly prometheus?: { readonly host: string; readonly port: number }
}

/**
 * The two HTTP interfaces of one server. A port that cannot be bound is a warning: in an ensemble Apache's AdminServer
 * goes on like this, and a server that serves its clients is worth more than one that can be looked at.
 */
export class HttpEndpoint implements MonitorEndpoint {
  private readonly running: RunningHttp[] = []
  private bound: HttpAddresses = {}
  private stopped = false

  constructor(
    private readonly options: AdminHttpOptions,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Where it answers, with the real ports; what is not enabled or could not be bound is left out. */
  get addresses(): HttpAddresses {
    return this.bound
  }

  async start(server: MonitoredServer): Promise<void> {
    const { admin, prometheus } = this.options
    if (admin.enabled) await this.open('admin', () => this.openAdmin(server))
    if (prometheus.enabled) await this.open('prometheus', () => this.openPrometheus(server))
  }

  async stop(): Promise<void> {
    this.stopped = true
    await Promise.all(this.running.splice(0).map(http => http.close()))
  }

  private async open(what: keyof HttpAddresses, listen: () => Promise<RunningHttp>): Promise<void> {
    const { host, port } = this.options[what]
    try {
      const http = await listen()
      if (this.stopped) return await http.close()
      this.running.push(http)
      this.bound = { ...this.bound, [what]: { host, port: http.port } }
      this.logger.info({ host, port: http.port }, `${NAMES[what]} answers`)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const advice = `set ${KEYS[what]} to another port, or ${OFF[what]} to do without`
      this.logger.warn({ host, port }, `${NAMES[what]} does not answer, and the server goes on: ${reason}; ${advice}`)
    }
  }

  private async openAdmin(server: MonitoredServer): Promise<RunningHttp> {
    const [{ listen }, { adminHandler }] = await Promise.all([import('./http/listen.js'), import('./admin/handler.js')])
    const { admin, configurationText } = this.options
    return listen(admin, adminHandler(server, { ...admin, configurationText }, this.clock, this.logger))
  }

  private async openPrometheus(server: MonitoredServer): Promise<RunningHttp> {
    const [{ listen }, { metricsHandler }] = await Promise.all([
      import('./http/listen.js'),
      import('./prometheus/handler.js'),
    ])
    const { host, port, processMetrics } = this.options.prometheus
    return listen({ host, port, idleTimeoutMs: 30_000 }, metricsHandler(server, processMetrics, this.logger))
  }
}

const NAMES = { admin: 'the AdminServer', prometheus: 'the metrics endpoint' } as const
const KEYS = { admin: 'admin.serverPort', prometheus: 'metricsProvider.httpPort' } as const
const OFF = {
  admin: 'admin.enableServer=false',
  prometheus: 'the default metricsProvider.className',
} as const
