/** Links under attack: what NATS or a stranger might do to their messages. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { connect, type Msg, type NatsConnection } from 'nats'
import { firstValueFrom } from 'rxjs'
import t from 'tap'
import { layCable } from './support/cable.js'
import { ending, linked, opened, packet, recorder } from './support/ensemble.js'
import { type NatsServer, startNats } from './support/nats-server.js'

let nats: NatsServer
let stranger: NatsConnection
t.before(async () => {
  nats = await startNats()
  stranger = await connect({ servers: nats.url })
})
t.teardown(async () => {
  await stranger.close()
  await nats.kill()
})

let prefixes = 0
/** Two servers under a prefix of their own, with all that goes to links on record. */
async function two(more: object = {}) {
  const prefix = `links.t${++prefixes}`
  const frames: Msg[] = []
  stranger.subscribe(`${prefix}.link.>`, { callback: (_error, message) => frames.push(message) })
  await stranger.flush()
  const log = recorder()
  const input = { servers: nats.url, prefix, ...more }
  const one = await opened(1, input, log.logger)
  const other = await opened(2, input, log.logger)
  return { one, two: other, frames, log, end: () => Promise.all([one.close(), other.close()]) }
}

/** Sends a packet over the link and waits until the stranger has seen the message that carries it. */
async function seen(frames: Msg[], send: () => void): Promise<Msg> {
  const carries = (message: Msg) => message.subject.includes('.link.2.') && message.data.length > 30
  send()
  for (;;) {
    const found = frames.find(carries)
    if (found !== undefined) return found
    await new Promise(resolve => setImmediate(resolve))
  }
}

type Attack = (found: Msg) => Uint8Array
const attacks: Record<string, [attack: Attack, reason: RegExp]> = {
  'a message that comes again': [found => found.data, /came again/],
  'a message from the future': [
    found => {
      const data = Buffer.from(found.data)
      data.writeUIntBE(1_000_000, 1, 6)
      return data
    },
    /were lost/,
  ],
  'a message of nonsense': [() => Buffer.from('nonsense that is no frame'), /were lost|came again|unknown kind/],
  'an empty message': [() => new Uint8Array(0), /a message of 0 bytes/],
}

for (const [name, [attack, reason]] of Object.entries(attacks)) {
  t.test(`${name} breaks the link at both ends, delivers nothing, and is logged with the reason`, async t => {
    const { one, two: leaderTransport, frames, log, end } = await two()
    const [learner, leader] = await linked(one, leaderTransport, 2)
    const got: number[] = []
    const leaderEnd = ending(leader, bytes => got.push(bytes.length))
    const learnerEnd = ending(learner)
    const found = await seen(frames, () => learner.send(packet(1, 40)))
    stranger.publish(found.subject, attack(found))
    t.match((await leaderEnd)?.message, reason)
    t.match((await learnerEnd)?.message, /server 2 broke it/)
    t.strictSame(got, [60])
    t.ok(log.said.some(line => reason.test(line)))
    t.equal(learner.send(packet(2)), false)
    await end()
  })
}

t.test('a receiver that takes nothing is sent a window and no more; it gets everything in the end', async t => {
  const windowBytes = 256 * 1024
  const { one, two: leaderTransport, frames, end } = await two({ windowBytes, highWaterBytes: 1000 })
  const [learner, leader] = await linked(one, leaderTransport, 2)
  const count = 4000
  for (let n = 0; n < count; n++) learner.send(packet(n, 980))
  // Heartbeats that go out after it prove that the link is stuck rather than late.
  const heartbeats = () => frames.filter(frame => frame.subject.includes('.link.2.') && frame.data.length === 13).length
  while (heartbeats() < 3) await new Promise(resolve => setImmediate(resolve))
  const sent = frames
    .filter(frame => frame.subject.includes('.link.2.'))
    .reduce((sum, { data }) => sum + data.length, 0)
  t.ok(sent <= windowBytes + 13 * frames.length, `${sent} bytes sent ahead`)
  let taken = 0
  const drained = learner.drained()
  const leaderEnd = ending(leader, () => taken++)
  await drained
  learner.close()
  t.equal(await leaderEnd, undefined)
  t.equal(taken, count)
  await end()
})

t.test('a packet of many megabytes is cut under max_payload and joined, through a small window', async t => {
  const { one, two: leaderTransport, end } = await two({ windowBytes: 65_536, messageBytesMax: 10_000_000 })
  const [learner, leader] = await linked(one, leaderTransport, 2)
  const large = packet(1, 9_000_000).fill(7, 100, 8_000_000)
  const got: Uint8Array[] = []
  const leaderEnd = ending(leader, bytes => got.push(bytes))
  learner.send(large.slice())
  learner.send(packet(2))
  learner.close()
  t.equal(await leaderEnd, undefined)
  t.equal(got.length, 2)
  t.ok(Buffer.from(large).equals(got[0]))
  await end()
})

t.test('a packet longer than the peer takes breaks the link before it is sent', async t => {
  const { one, two: leaderTransport, end } = await two({ packetBytesMax: 5000 })
  const [learner, leader] = await linked(one, leaderTransport, 2)
  const ends = Promise.all([ending(learner), ending(leader)])
  t.equal(learner.send(packet(1, 5000)), false)
  for (const error of await ends) t.match(error?.message, /a packet of 5020 bytes; server 2 takes 5000/)
  await end()
})

t.test('a network that swallows messages breaks the link at both ends', async t => {
  const cable = await layCable(nats.port)
  const prefix = 'swallowed'
  const fast = { prefix, heartbeatMs: 20, deadAfterMs: 200 }
  const one = await opened(1, { ...fast, servers: cable.url })
  const other = await opened(2, { ...fast, servers: nats.url })
  const [learner, leader] = await linked(one, other, 2)
  const ends = Promise.all([ending(learner), ending(leader)])
  cable.swallow()
  const [atLearner, atLeader] = await ends
  t.match(atLearner?.message, /nothing was heard of server 2|the connection to NATS was lost/)
  t.match(atLeader?.message, /nothing was heard of server 1/)
  await cable.close()
  await Promise.all([one.close(), other.close()])
})

t.test('a peer that is killed is noticed by a heartbeat that nobody takes', async t => {
  const prefix = 'killed'
  // Silence would be noticed only after a minute.
  const one = await opened(1, { servers: nats.url, prefix, deadAfterMs: 60_000 })
  const script = fileURLToPath(new URL('./support/peer-process.js', import.meta.url))
  const child = spawn(process.execPath, [script, nats.url, prefix], { stdio: ['ignore', 'ignore', 'inherit'] })
  const learner = await firstValueFrom(one.links$)
  t.equal(learner.peer, 2)
  const learnerEnd = ending(learner)
  child.kill('SIGKILL')
  t.match((await learnerEnd)?.message, /server 2 is not there any more/)
  await one.close()
})

t.test('a peer that was started again tells those who hold an old link to it', async t => {
  const prefix = 'again'
  const cable = await layCable(nats.port)
  const slow = { heartbeatMs: 50, deadAfterMs: 60_000, prefix }
  const one = await opened(1, { ...slow, servers: nats.url })
  const before = await opened(2, { ...slow, servers: cable.url })
  const [, held] = await linked(before, one, 1)
  const heldEnd = ending(held)
  cable.cut(true)
  const after = await opened(2, { ...slow, servers: nats.url })
  t.match((await heldEnd)?.message, /does not know this link|is not there any more/)
  await Promise.all([one.close(), before.close(), after.close()])
  await cable.close()
})

t.test('closing a link whose peer takes nothing gives up in the end', async t => {
  const { one, two: leaderTransport, end } = await two({ windowBytes: 65_536, heartbeatMs: 20, deadAfterMs: 200 })
  const [learner, leader] = await linked(one, leaderTransport, 2)
  for (let n = 0; n < 300; n++) learner.send(packet(n, 1000))
  learner.close()
  await one.close()
  // The end that took nothing hears of it when it begins to.
  t.match((await ending(leader))?.message, /broke it/)
  await end()
})
