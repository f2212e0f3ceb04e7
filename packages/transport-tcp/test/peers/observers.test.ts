/** The port for observers. */
import type { PeerLink } from '@menagerie/core'
import { encodePacket, PacketType } from '@menagerie/core/zab'
import { firstValueFrom } from 'rxjs'
import t, { type Test } from 'tap'
import { freePort, LogLines, loopbackPeers, peerTransport } from './support/peers-bench.js'

async function pair(t: Test) {
  const observerPort = await freePort()
  const peers = await loopbackPeers([1, 2])
  const log = new LogLines()
  const transports = [peerTransport({ observerPort }), peerTransport({ observerPort, bindAttempts: 1 }, log)]
  t.teardown(() => Promise.all(transports.map(transport => transport.close())))
  for (const [index, transport] of transports.entries()) await transport.open(index + 1, peers)
  return { one: transports[0], two: transports[1], log }
}

/** Connects once the other one listens. */
async function connected(from: ReturnType<typeof peerTransport>, to: number): Promise<PeerLink> {
  for (;;) {
    const link = await from.connect(to, 'observer-master').catch(() => undefined)
    if (link !== undefined) return link
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

t.test('a link over the port for observers says that it came there, and another one does not', async t => {
  const { one, two } = await pair(t)
  two.takeObservers(true)
  const opened = firstValueFrom(two.links$)
  const link = await connected(one, 2)
  link.send(encodePacket(PacketType.OBSERVERINFO, 0))
  t.equal((await opened).target, 'observer-master')
  const other = firstValueFrom(two.links$)
  ;(await one.connect(2)).send(encodePacket(PacketType.OBSERVERINFO, 0))
  t.equal((await other).target, undefined)
})

t.test('nobody listens there unless observers are wanted, nor when they are wanted no more', async t => {
  const { one, two } = await pair(t)
  await t.rejects(one.connect(2, 'observer-master'), /ECONNREFUSED/)
  two.takeObservers(true)
  await connected(one, 2)
  two.takeObservers(false)
  for (;;) {
    const refused = await one.connect(2, 'observer-master').then(
      link => void link.close(),
      error => String(error),
    )
    if (refused !== undefined) {
      t.match(refused, /ECONNREFUSED/)
      return
    }
  }
})

t.test('a port that is taken is logged, and everything else goes on', async t => {
  const { one, two, log } = await pair(t)
  one.takeObservers(true)
  await connected(two, 1)
  two.takeObservers(true)
  t.match(await log.find(/observers do not reach this server/), /127\.0\.0\.1/)
  const opened = firstValueFrom(two.links$)
  ;(await one.connect(2)).send(encodePacket(PacketType.FOLLOWERINFO, 0))
  t.ok(await opened)
})

t.test('without such a port nobody is dialed', async t => {
  const peers = await loopbackPeers([1, 2])
  const transport = peerTransport()
  t.teardown(() => transport.close())
  await transport.open(1, peers)
  await t.rejects(transport.connect(2, 'observer-master'), /there is no port for observers/)
})
