import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type PeerAddress, type PeerLink, type PeerTransport, type ServerId, silentLogger } from '@menagerie/core'
import {
  decodeInt,
  decodeNotification,
  decodePacket,
  encodeInt,
  encodeLearnerInfo,
  encodeNotification,
  encodePacket,
  PacketType,
  type PeerState,
  PROTOCOL_VERSION,
} from '@menagerie/core/zab'
import { systemClock } from '@menagerie/platform-node'
import { type TcpPeersOptionsInput, TcpPeerTransport, tcpPeersOptions } from '@menagerie/transport-tcp'
import { filter, firstValueFrom, map, take, toArray } from 'rxjs'
import t, { type Test } from 'tap'
import { apacheClassPath, JAVA_FLAGS } from '../support/apache.js'
import { makeCertificates } from '../support/certificates.js'
import { startChild } from '../support/child.js'
import { freePort } from '../support/ports.js'
import { zooCfg } from '../support/server-under-test.js'
import { removeDir, tempDir } from '../support/temp-dir.js'
import { apacheTools, needs } from '../support/tools.js'

t.setTimeout(120_000)
const APACHE = 2

/** One Apache server of three, and our transport in the place of another; nobody is in the third. */
async function besideApache(t: Test, self: ServerId, config = {}, options: TcpPeersOptionsInput = {}) {
  const peers = new Map<ServerId, PeerAddress[]>()
  for (const id of [1, 2, 3])
    peers.set(id, [{ host: '127.0.0.1', quorumPort: await freePort(), electionPort: await freePort() }])
  const home = tempDir('apache-member')
  const dataDir = join(home, 'data')
  mkdirSync(dataDir)
  writeFileSync(join(dataDir, 'myid'), `${APACHE}\n`)
  const servers = [...peers].map(([id, [address]]) => [
    `server.${id}`,
    `127.0.0.1:${address.quorumPort}:${address.electionPort}`,
  ])
  const file = join(home, 'zoo.cfg')
  const settings = { initLimit: 10, syncLimit: 5, ...Object.fromEntries(servers), ...config }
  writeFileSync(file, zooCfg(await freePort(), dataDir, settings))
  const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain'
  const apache = startChild('java', [...JAVA_FLAGS, '-cp', apacheClassPath(), main, file], { cwd: home })

  const transport = new TcpPeerTransport(tcpPeersOptions.parse(options), systemClock, silentLogger)
  t.teardown(async () => {
    await transport.close()
    await apache.end('SIGKILL')
    removeDir(home)
  })
  await transport.open(self, peers)
  const vote = (leader: ServerId, state: PeerState = 'looking') =>
    transport.sendVote(
      APACHE,
      encodeNotification({ state, leader, zxid: 0, electionEpoch: 1, peerEpoch: 0, config: undefined }),
    )
  const notifications$ = transport.votes$.pipe(
    map(({ from, message }) => ({ from, ...decodeNotification(message.slice()) })),
  )
  return { transport, vote, notifications$ }
}

/** Votes again and again: a server that has found its leader answers only those who still look for one. */
function ask(t: Test, vote: () => void): () => void {
  vote()
  // Apache elects nobody while votes come more often than every 200 ms (finalizeWait).
  const asking = setInterval(vote, 500)
  const stop = () => clearInterval(asking)
  t.teardown(stop)
  return stop
}

function followerInfo(self: ServerId): Uint8Array {
  const info = { serverId: self, protocolVersion: PROTOCOL_VERSION, configVersion: 0 }
  return encodePacket(PacketType.FOLLOWERINFO, 0, encodeLearnerInfo(info))
}

/** Resolves with as many packets of the link. */
function packets(link: PeerLink, count: number) {
  return firstValueFrom(
    link.packets$.pipe(
      map(bytes => bytes.slice()),
      take(count),
      toArray(),
    ),
  )
}

t.test('a server with a smaller id exchanges votes with Apache, which dials back', apacheTools(), async t => {
  const { vote, notifications$ } = await besideApache(t, 1)
  const answer = firstValueFrom(notifications$)
  vote(1)
  const { from, state, leader, version, config } = await answer
  t.same({ from, state, leader, version }, { from: APACHE, state: 'looking', leader: APACHE, version: 2 })
  t.match(config, /server\.3=127\.0\.0\.1/)
})

t.test(
  'a server with a larger id exchanges votes with Apache over the connection it has dialed',
  apacheTools(),
  async t => {
    const { vote, notifications$ } = await besideApache(t, 3)
    const convinced = firstValueFrom(notifications$.pipe(filter(({ leader }) => leader === 3)))
    vote(3)
    t.equal((await convinced).from, APACHE)
  },
)

t.test('Apache as the leader streams a snapshot to a link, and goes on behind it', apacheTools(), async t => {
  const { transport, vote, notifications$ } = await besideApache(t, 1, { forceSnapshotSync: true })
  const leading = firstValueFrom(notifications$.pipe(filter(({ state }) => state === 'leading')))
  const stopAsking = ask(t, () => vote(APACHE))
  await leading
  stopAsking()

  const link = await connectToLeader(transport)
  t.teardown(() => link.close())
  const arrived: Uint8Array[] = []
  let inSnapshot = false
  const upToDate = new Promise<void>((resolve, reject) => {
    link.packets$.subscribe({
      next: bytes => {
        arrived.push(bytes.slice())
        if (inSnapshot) {
          inSnapshot = !Buffer.from(bytes).toString('latin1').endsWith('BenWasHere')
          return
        }
        const { type } = decodePacket(bytes)
        inSnapshot = type === PacketType.SNAP
        if (type === PacketType.LEADERINFO) link.send(encodePacket(PacketType.ACKEPOCH, 0, encodeInt(0)))
        if (type === PacketType.NEWLEADER) link.send(encodePacket(PacketType.ACK, decodePacket(bytes).zxid))
        if (type === PacketType.UPTODATE) resolve()
      },
      error: reject,
      complete: () => reject(new Error('the leader closed')),
    })
  })
  link.send(followerInfo(1))
  await upToDate
  const [leaderInfo, snap, ...rest] = arrived
  t.equal(decodePacket(leaderInfo).type, PacketType.LEADERINFO)
  t.equal(decodeInt(decodePacket(leaderInfo).data), 0x10000)
  t.equal(decodePacket(snap).type, PacketType.SNAP)
  const snapshot = Buffer.concat(rest.slice(0, -2))
  t.match(snapshot.toString('latin1'), /zookeeper.*BenWasHere$/s)
  t.same(
    rest.slice(-2).map(bytes => decodePacket(bytes).type),
    [PacketType.NEWLEADER, PacketType.UPTODATE],
  )
})

/** A server of Apache tells that it leads before it listens for learners. */
async function connectToLeader(transport: PeerTransport): Promise<PeerLink> {
  for (;;) {
    try {
      return await transport.connect(APACHE)
    } catch (error) {
      if (!/ECONNREFUSED/.test((error as Error).message)) throw error
      await delay(20)
    }
  }
}

for (const self of [1, 3]) {
  const rank = self < APACHE ? 'smaller' : 'larger'
  t.test(
    `TLS with Apache on both planes, as a server with the ${rank} id`,
    { ...apacheTools(), ...needs('openssl') },
    async t => {
      using certificates = await makeCertificates('apache', 'menagerie')
      const apacheTls = {
        sslQuorum: true,
        'ssl.quorum.keyStore.location': certificates.store('apache'),
        'ssl.quorum.trustStore.location': certificates.trusted,
      }
      const keyStore = { location: certificates.store('menagerie') }
      const tls = { keyStore, trustStore: { location: certificates.trusted } }
      const { transport, vote, notifications$ } = await besideApache(t, self, apacheTls, { sslQuorum: true, tls })
      if (self > APACHE) {
        const opened = firstValueFrom(transport.links$)
        ask(t, () => vote(self))
        const link = await opened
        t.equal(decodePacket((await packets(link, 1))[0]).type, PacketType.FOLLOWERINFO)
        link.close()
        return
      }
      const leading = firstValueFrom(notifications$.pipe(filter(({ state }) => state === 'leading')))
      ask(t, () => vote(APACHE))
      await leading
      const link = await connectToLeader(transport)
      link.send(followerInfo(self))
      t.equal(decodePacket((await packets(link, 1))[0]).type, PacketType.LEADERINFO)
      link.close()
    },
  )
}

t.test('Apache as a learner opens a link to the server it has elected', apacheTools(), async t => {
  const { transport, vote } = await besideApache(t, 3)
  const opened = firstValueFrom(transport.links$)
  ask(t, () => vote(3))
  const link = await opened
  const [first] = await packets(link, 1)
  const { type, data } = decodePacket(first)
  t.equal(type, PacketType.FOLLOWERINFO)
  t.equal(Number(new DataView(data!.buffer, data!.byteOffset).getBigInt64(0)), APACHE)
  link.close()
})
