/** Servers that prove to each other who they are. */
import type { ServerId } from '@menagerie/core'
import { encodePacket, PacketType } from '@menagerie/core/zab'
import { firstValueFrom } from 'rxjs'
import t, { type Test } from 'tap'
import { LogLines, loopbackPeers, peerTransport } from './support/peers-bench.js'
import { hello, RawPeer } from './support/raw-peer.js'

const USERS = { zk: 'secret' }
const KNOWN = { serverRequire: true, learnerRequire: true, users: USERS, username: 'zk', password: 'secret' }

async function pair(t: Test, ...sasl: (object | undefined)[]) {
  const peers = await loopbackPeers([1, 2])
  const logs = sasl.map(() => new LogLines())
  const transports = sasl.map((options, index) => peerTransport({ sasl: options, connectTimeoutMs: 2000 }, logs[index]))
  t.teardown(() => Promise.all(transports.map(transport => transport.close())))
  for (const [index, transport] of transports.entries()) await transport.open(index + 1, peers)
  return { transports, logs, portOf: (id: ServerId) => peers.get(id)![0] }
}

t.test('servers with the same password exchange votes and packets', async t => {
  const { transports, logs } = await pair(t, KNOWN, KNOWN)
  const [one, two] = transports
  for (const [from, to, id] of [
    [one, two, 2],
    [two, one, 1],
  ] as const) {
    const vote = firstValueFrom(to.votes$)
    from.sendVote(id, Uint8Array.of(1, 2, 3))
    t.same([...(await vote).message], [1, 2, 3])
    const opened = firstValueFrom(to.links$)
    const link = await from.connect(id)
    const packet = encodePacket(PacketType.FOLLOWERINFO, id)
    link.send(packet)
    t.same(await firstValueFrom((await opened).packets$), Buffer.from(packet))
  }
  t.notMatch(logs.flatMap(({ lines }) => lines).join(), /SASL/)
})

t.test('a wrong password is refused on both planes, and both logs say why', async t => {
  const { transports, logs } = await pair(t, { ...KNOWN, password: 'wrong' }, KNOWN)
  const [one, two] = transports
  two.votes$.subscribe(() => t.fail('a vote of whoever it is'))
  two.links$.subscribe(() => t.fail('a link of whoever it is'))
  await t.rejects(one.connect(2), /SASL: .*user zk/)
  t.match(await logs[1].find(/SASL/), /from 127\.0\.0\.1: it did not prove to be one of the users of this server/)
  one.sendVote(2, Uint8Array.of(1))
  t.match(await logs[0].find(/cannot reach server 2 for votes/), /SASL/)
})

t.test('a server that does not know the password is found out by the one that dials it', async t => {
  const { transports } = await pair(t, KNOWN, { ...KNOWN, users: { zk: 'other' } })
  await t.rejects(transports[0].connect(2), /SASL/)
})

t.test('who does not authenticate is refused where that is required, and let through where it is not', async t => {
  for (const serverRequire of [true, false]) {
    const { transports, logs, portOf } = await pair(t, undefined, { ...KNOWN, serverRequire })
    const [one, two] = transports
    const link = await one.connect(2)
    const opened = serverRequire ? undefined : firstValueFrom(two.links$)
    link.send(encodePacket(PacketType.FOLLOWERINFO, 1))
    if (serverRequire) {
      t.match(await logs[1].find(/SASL/), /it does not authenticate/)
      const stranger = await RawPeer.dial(portOf(2).electionPort, hello(7, 1))
      stranger.send(new Uint8Array(60))
      t.equal((await stranger.receiveAll()).length, 0)
    } else t.ok(await opened)
  }
})

t.test('what is no authentication is refused', async t => {
  const { portOf, logs } = await pair(t, KNOWN, KNOWN)
  const magic = Buffer.alloc(8)
  magic.writeBigInt64BE(0x5f2435013501edccn)
  const long = Buffer.alloc(8)
  long.writeInt32BE(0x7fffffff, 4)
  const peer = await RawPeer.dial(portOf(2).quorumPort, Buffer.concat([magic, long]))
  t.equal((await peer.receiveAll()).length, 0)
  t.match(await logs[1].find(/SASL/), /a token of 2147483647 bytes/)
})
