/**
 * Watches a server over HTTP: the commands of Apache's AdminServer, and its metrics for Prometheus. Nothing of HTTP is
 * loaded before clients are served, and nothing at all of what is not enabled.
 */
import { CLOCK, definePlugin, LOGGER, MONITOR_ENDPOINT } from '@menagerie/core'
import { platformNode } from '@menagerie/platform-node'
import { HttpEndpoint } from './http-endpoint.js'
import { adminHttpOptions } from './options.js'

export { HttpEndpoint } from './http-endpoint.js'
export { type AdminHttpOptions, adminHttpOptions } from './options.js'

/**
 * The plugin: fills `MONITOR_ENDPOINT` with Apache's AdminServer and Prometheus' `/metrics`, as far as they are enabled.
 */
export const adminHttp = definePlugin({
  name: 'admin-http',
  core: '^0.1.0',
  defaults: [platformNode()],
  provides: [MONITOR_ENDPOINT],
  options: adminHttpOptions,
  register(container, options) {
    let endpoint: HttpEndpoint | undefined
    container.register(MONITOR_ENDPOINT, {
      useFactory: c => (endpoint ??= new HttpEndpoint(options, c.resolve(CLOCK), c.resolve(LOGGER))),
    })
  },
})

export default adminHttp
