/**
 * Server 2 in a process of its own, which ends by itself once its transport is closed. It answers votes with the same
 * votes; told to flood server 3, it sends it more than a peer that does not read can take.
 */
import type { PeerAddress, ServerId } from '@menagerie/core'
import type { TcpPeersOptionsInput } from '@menagerie/transport-tcp'
import { peerTransport } from './peers-bench.js'

export interface Task {
  readonly options: TcpPeersOptionsInput
  readonly peers: [ServerId, PeerAddress[]][]
}

export type Order = 'flood' | 'stop'

const { options, peers } = JSON.parse(process.argv[2]) as Task
const transport = peerTransport(options)
transport.votes$.subscribe(({ from, message }) => transport.sendVote(from, message))
process.on('message', (order: Order) => void obey(order))
await transport.open(2, new Map(peers))
process.send!('open')

async function obey(order: Order): Promise<void> {
  if (order === 'flood') {
    // Each takes the place of the one before it, unless that has gone into the socket.
    for (let n = 0; n < 100; n++) {
      transport.sendVote(3, new Uint8Array(512 * 1024).fill(1))
      await new Promise(setImmediate)
    }
    process.send!('flooded')
  } else {
    await transport.close()
    process.disconnect()
  }
}
