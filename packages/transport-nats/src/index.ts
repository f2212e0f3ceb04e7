/** Peers of an ensemble over NATS: a PeerTransport for servers that reach a NATS server rather than each other. */
import { CLOCK, definePlugin, LOGGER, PEER_TRANSPORT, RANDOM } from '@menagerie/core'
import { platformNode } from '@menagerie/platform-node'
import { NatsPeerTransport } from './nats-peer-transport.js'
import { natsTransportOptions } from './options.js'

export { NatsPeerTransport } from './nats-peer-transport.js'
export { type NatsTransportOptions, type NatsTransportOptionsInput, natsTransportOptions } from './options.js'

/** The plugin: fills `PEER_TRANSPORT` with a {@link NatsPeerTransport} for each server. */
export const transportNats = definePlugin({
  name: 'transport-nats',
  core: '^0.1.0',
  defaults: [platformNode()],
  provides: [PEER_TRANSPORT],
  options: natsTransportOptions,
  register(container, options) {
    let transport: NatsPeerTransport | undefined
    container.register(PEER_TRANSPORT, {
      useFactory: c =>
        (transport ??= new NatsPeerTransport(options, c.resolve(CLOCK), c.resolve(RANDOM), c.resolve(LOGGER))),
    })
  },
})

export default transportNats
