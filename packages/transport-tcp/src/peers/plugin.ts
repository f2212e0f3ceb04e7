import { CLOCK, definePlugin, LOGGER, PEER_TRANSPORT } from '@menagerie/core'
import { platformNode } from '@menagerie/platform-node'
import { tcpPeersOptions } from './options.js'
import { TcpPeerTransport } from './tcp-peer-transport.js'

/** Peers over TCP and TLS in Apache's formats: the PeerTransport that an ensemble uses unless it is told otherwise. */
export const transportTcpPeers = definePlugin({
  name: 'transport-tcp-peers',
  core: '^0.1.0',
  defaults: [platformNode()],
  provides: [PEER_TRANSPORT],
  options: tcpPeersOptions,
  register(container, options) {
    let transport: TcpPeerTransport | undefined
    container.register(PEER_TRANSPORT, {
      useFactory: c => (transport ??= new TcpPeerTransport(options, c.resolve(CLOCK), c.resolve(LOGGER))),
    })
  },
})
