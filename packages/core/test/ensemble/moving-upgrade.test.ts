/** A client that goes to another server while its local session is becoming a global one. */
import type { PeerLink, PeerTransport, ServerId } from '@menagerie/core'
import { PacketType } from '@menagerie/core/zab'
import t, { type Test } from 'tap'
import { settle } from '../server/harness.js'
import { TestEnsemble } from './support.js'

const OPTIONS = {
  options: new Map<string, unknown>([
    ['localSessionsEnabled', true],
    ['localSessionsUpgradingEnabled', true],
  ]),
}
const EPHEMERAL = { flags: 1 }

async function move(t: Test, choose: (leader: ServerId, followers: ServerId[]) => [from: ServerId, to: ServerId]) {
  const ensemble = await TestEnsemble.start(3, OPTIONS)
  t.teardown(() => ensemble.close())
  const [from, to] = choose(await ensemble.untilServing(), ensemble.followerIds)
  const client = await ensemble.get(from).connect(4000)
  for (const { log } of ensemble.servers.values()) log.hold()
  client.send(client.create('/mine', EPHEMERAL))
  await settle()
  client.destroy()
  await settle()
  const moved = ensemble.get(to).dial()
  await moved.connect(4000, client.sessionId, client.password)
  for (const { log } of ensemble.servers.values()) log.release()
  await ensemble.until(() => moved.timeoutMs !== -1, 'an answer to the client')
  t.equal(moved.timeoutMs, 4000, 'its session lives')
  t.equal(moved.sessionId, client.sessionId)
  await settle()
  t.equal((await moved.ask(moved.exists('/mine')))[0].err, 0, 'with what it has made')
  t.equal((await moved.ask(moved.create('/more', EPHEMERAL)))[0].err, 0)
  t.equal((await moved.ask(moved.close()))[0].err, 0)
  const other = await ensemble.get(from).connect(4000)
  await other.ask(other.create('/later'))
  t.equal((await other.ask(other.exists('/mine')))[0].err, -101, 'and its end deletes that')
  t.equal((await other.ask(other.exists('/more')))[0].err, -101)
}

t.test('from one follower to another', t => move(t, (_, [first, second]) => [first, second]))
t.test('back to the same follower', t => move(t, (_, [first]) => [first, first]))
t.test('from a follower to the leader', t => move(t, (leader, [first]) => [first, leader]))
t.test('from the leader to a follower', t => move(t, (leader, [first]) => [leader, first]))
t.test('back to the leader', t => move(t, leader => [leader, leader]))

/** Keeps back what learners ask of their leader, until it is released. */
class HeldRequests {
  holds = false
  private readonly waiting: (() => void)[] = []

  on(transport: PeerTransport): PeerTransport {
    const connect = async (peer: ServerId, target?: PeerLink['target']) =>
      this.wrap(await transport.connect(peer, target))
    return new Proxy(transport, { get: (inner, key) => (key === 'connect' ? connect : bound(inner, key)) })
  }

  get count(): number {
    return this.waiting.length
  }

  release(): void {
    this.holds = false
    for (const send of this.waiting.splice(0)) send()
  }

  private wrap(link: PeerLink): PeerLink {
    const send = (packet: Uint8Array) => {
      const type = new DataView(packet.buffer, packet.byteOffset).getInt32(0)
      if (!this.holds || type !== PacketType.REQUEST) return link.send(packet)
      this.waiting.push(() => link.send(packet))
      return true
    }
    return new Proxy(link, { get: (inner, key) => (key === 'send' ? send : bound(inner, key)) })
  }
}

function bound(target: object, key: string | symbol): unknown {
  const value = Reflect.get(target, key, target)
  return typeof value === 'function' ? value.bind(target) : value
}

t.test(
  'a client that is ahead of its upgrade has lost its session, as with Apache, and nothing of it stays',
  async t => {
    const requests = new HeldRequests()
    const ensemble = await TestEnsemble.start(3, { ...OPTIONS, transportOf: (_, transport) => requests.on(transport) })
    t.teardown(() => ensemble.close())
    await ensemble.untilServing()
    const [from, to] = ensemble.followerIds
    const client = await ensemble.get(from).connect(4000)
    requests.holds = true
    client.send(client.create('/mine', EPHEMERAL))
    await settle()
    t.equal(requests.count, 2, 'the upgrade, and the create behind it')
    client.destroy()
    // The leader knows of no session: what was asked of it by the former server it has not heard.
    const moved = ensemble.get(to).dial()
    await moved.connect(4000, client.sessionId, client.password)
    await ensemble.until(() => moved.timeoutMs !== -1, 'an answer to the client')
    t.strictSame([moved.timeoutMs, moved.sessionId], [0, 0n])
    requests.release()
    await settle()
    const other = await ensemble.get(to).connect(20_000)
    t.equal((await other.ask(other.exists('/mine')))[0].err, 0, 'made for nobody')
    for (let passed = 0; passed < 5000; passed += 100) {
      ensemble.clock.advance(100)
      await settle()
    }
    const later = await ensemble.get(to).connect(4000)
    t.equal((await later.ask(later.exists('/mine')))[0].err, -101, 'and gone with the timeout')
  },
)
