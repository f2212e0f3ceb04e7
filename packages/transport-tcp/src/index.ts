/** Clients and peers over TCP: what a server uses for either seam unless it is told otherwise. */
import { CLIENT_LISTENER, CLOCK, definePlugin, LOGGER } from '@menagerie/core'
import { platformNode } from '@menagerie/platform-node'
import { tcpListenerOptions } from './options.js'
import { TcpListener } from './tcp-listener.js'

export { type TcpListenerOptions, type TcpListenerOptionsInput, tcpListenerOptions } from './options.js'
export * from './peers/index.js'
export { TcpListener } from './tcp-listener.js'

/** The plugin: fills `CLIENT_LISTENER` with a listener over TCP and TLS. */
export const transportTcp = definePlugin({
  name: 'transport-tcp',
  core: '^0.1.0',
  defaults: [platformNode()],
  provides: [CLIENT_LISTENER],
  options: tcpListenerOptions,
  register(container, options) {
    let listener: TcpListener | undefined
    container.register(CLIENT_LISTENER, {
      useFactory: c => (listener ??= new TcpListener(options, c.resolve(CLOCK), c.resolve(LOGGER))),
    })
  },
})

export default transportTcp
