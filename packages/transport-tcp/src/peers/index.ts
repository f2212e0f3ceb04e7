export {
  type PeerTlsOptions,
  type TcpPeersOptions,
  type TcpPeersOptionsInput,
  tcpPeersOptions,
} from './options.js'
export { transportTcpPeers, transportTcpPeers as default } from './plugin.js'
export { TcpPeerTransport } from './tcp-peer-transport.js'
