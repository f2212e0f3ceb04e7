import type { RequestListener } from 'node:http'
import type { Logger, MonitoredServer } from '@menagerie/core'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { reads, respond } from '../http/respond.js'
import { serverExposition } from './exposition.js'

const TEXT_TYPE = 'text/plain; charset=utf-8'

/** Answers `/metrics`; `processMetrics`: with those of the process and of Node.js behind the server's. */
export function metricsHandler(server: MonitoredServer, processMetrics: boolean, logger: Logger): RequestListener {
  const process = processMetrics ? new Registry() : undefined
  if (process !== undefined) collectDefaultMetrics({ register: process })

  return (request, response) => {
    request.resume()
    const path = (request.url ?? '').split('?')[0]
    if (path !== '/metrics') return respond(response, 404, TEXT_TYPE, 'The metrics are at /metrics\n')
    if (!reads(request.method)) return respond(response, 405, TEXT_TYPE, 'GET is supported\n', { allow: 'GET, HEAD' })
    Promise.all([serverExposition(server.facts), process?.metrics() ?? '']).then(
      texts => respond(response, 200, Registry.PROMETHEUS_CONTENT_TYPE, texts.filter(Boolean).join('\n')),
      error => {
        logger.warn({ error: String(error) }, 'the metrics could not be told')
        respond(response, 500, TEXT_TYPE, 'The metrics could not be read\n')
      },
    )
  }
}
