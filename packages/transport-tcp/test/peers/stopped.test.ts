/** A server whose transport is closed leaves nothing behind: its process ends by itself. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { PeerAddress, ServerId } from '@menagerie/core'
import type { TcpPeersOptionsInput } from '@menagerie/transport-tcp'
import { firstValueFrom } from 'rxjs'
import t, { type Test } from 'tap'
import { TestAuthority } from '../support/certificates.js'
import { loopbackPeers, peerTransport } from './support/peers-bench.js'
import { hello, RawPeer } from './support/raw-peer.js'
import type { Order, Task } from './support/stoppable-server.js'

const authority = new TestAuthority()
const keyStore = { location: authority.issue('/CN=peer', { san: 'IP:127.0.0.1' }) }
t.teardown(() => authority.remove())

const tls: TcpPeersOptionsInput = {
  sslQuorum: true,
  tls: { keyStore, trustStore: { location: authority.caFile }, allowReverseDnsLookup: false },
}
const sasl: TcpPeersOptionsInput = {
  sasl: { serverRequire: true, learnerRequire: true, users: { zk: 'secret' }, username: 'zk', password: 'secret' },
}

async function startServer(t: Test, options: TcpPeersOptionsInput, peers: Map<ServerId, PeerAddress[]>) {
  const task: Task = { options, peers: [...peers] }
  const program = fileURLToPath(new URL('./support/stoppable-server.js', import.meta.url))
  const server = fork(program, [JSON.stringify(task)])
  t.teardown(() => server.kill('SIGKILL'))
  t.equal((await once(server, 'message'))[0], 'open')
  return server
}

async function stopped(server: ChildProcess): Promise<[code: number | null, signal: string | null]> {
  const exit = once(server, 'exit')
  server.send('stop' satisfies Order)
  return (await exit) as [number | null, string | null]
}

for (const [name, options] of [
  ['plain', {}],
  ['TLS', tls],
  ['SASL', sasl],
  ['SASL over TLS', { ...tls, ...sasl }],
] as const) {
  t.test(`after the server with the smaller id has dialed it: ${name}`, async t => {
    const peers = await loopbackPeers([1, 2])
    const one = peerTransport(options)
    t.teardown(() => one.close())
    await one.open(1, peers)
    const server = await startServer(t, options, peers)
    const answer = firstValueFrom(one.votes$)
    // It may only ask to be dialed back: that connection is ended behind the last word of the authentication.
    one.sendVote(2, Uint8Array.of(1, 2, 3))
    t.strictSame([...(await answer).message], [1, 2, 3])
    t.strictSame(await stopped(server), [0, null])
  })
}

t.test('though a peer has not taken its last votes, and never will', async t => {
  const peers = await loopbackPeers([2, 3])
  const server = await startServer(t, {}, peers)
  const { electionPort } = peers.get(2)![0]
  const silent = await RawPeer.dial(electionPort, hello(3, peers.get(3)![0].electionPort))
  t.teardown(() => silent.destroy())
  const flooded = once(server, 'message')
  server.send('flood' satisfies Order)
  await flooded
  t.strictSame(await stopped(server), [0, null])
})

t.test('though a peer has only begun to authenticate', async t => {
  for (const serverRequire of [true, false]) {
    const peers = await loopbackPeers([1, 2])
    const server = await startServer(t, { sasl: { ...sasl.sasl, serverRequire } }, peers)
    const { electionPort } = peers.get(2)![0]
    const stranger = await RawPeer.dial(electionPort, hello(1, peers.get(1)![0].electionPort))
    t.teardown(() => stranger.destroy())
    // An answer from the other port shows that the hello has been read as well.
    const second = await RawPeer.dial(electionPort, new Uint8Array(60))
    await second.receiveAll()
    t.strictSame(await stopped(server), [0, null])
  }
})
