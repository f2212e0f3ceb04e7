export { FIRST_CLIENT, type LinkDelay, type NetworkNode, SimulatedNetwork } from './network.js'
export { type PacketListener, SimulatedPeerLink } from './peer-link.js'
export { SimulatedPeers, SimulatedPeerTransport } from './peer-transport.js'
export { type Ending, Wire, WireEnd, type WireReceiver } from './wire.js'
