export {
  type PeerTlsOptions,
  type TcpPeersOptions,
  type TcpPeersOptionsInput,
  tcpPeersOptions,
} from './options.js'
export { transportTcpPeers } from './plugin.js'
export { TcpPeerTransport } from './tcp-peer-transport.js'
