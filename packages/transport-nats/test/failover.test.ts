/** NATS servers that go and come back, and ensembles that must not meet. */
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { noAddresses } from '@menagerie/core/contract'
import type { NatsPeerTransport } from '@menagerie/transport-nats'
import { connect } from 'nats'
import { firstValueFrom } from 'rxjs'
import t from 'tap'
import { layCable } from './support/cable.js'
import { ending, eventually, linked, opened, packet, recorder, transport } from './support/ensemble.js'
import { freePort, startCluster, startNats } from './support/nats-server.js'

/** Sends votes until one arrives, as an election does. */
async function vote(from: NatsPeerTransport, to: NatsPeerTransport, toId: number): Promise<void> {
  const arriving = firstValueFrom(to.votes$)
  let arrived = false
  void arriving.then(() => {
    arrived = true
  })
  while (!arrived) {
    from.sendVote(toId, Uint8Array.of(1))
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** Opens links until a packet arrives over one, as a learner does. */
async function carries(from: NatsPeerTransport, to: NatsPeerTransport, toId: number): Promise<void> {
  let arrived = false
  let stop = () => {}
  const arriving = new Promise<void>(resolve => {
    const links = to.links$.subscribe(link => link.packets$.subscribe({ next: () => resolve(), error: () => {} }))
    stop = () => links.unsubscribe()
  }).then(() => {
    arrived = true
  })
  while (!arrived) {
    const link = await eventually(() => from.connect(toId))
    link.send(packet(1))
    await Promise.race([arriving, ending(link)])
    link.close()
  }
  stop()
}

t.test('killing one node of a NATS cluster is survived: links break and are made again', async t => {
  const nodes = await startCluster()
  const servers = nodes.map(node => node.url)
  const [one, two, three] = await Promise.all([1, 2, 3].map(id => opened(id, { servers })))
  const [atTwo, fromTwo] = await linked(two, one, 1)
  const [atThree, fromThree] = await linked(three, one, 1)
  const ends = Promise.all([atTwo, fromTwo, atThree, fromThree].map(link => ending(link)))
  // The node that carries server 1, and with it both links.
  const struck = nodes.find(({ port }) => fromTwo.remote.endsWith(`:${port}`))
  t.ok(struck, fromTwo.remote)
  await struck!.kill()
  for (const error of await ends) t.ok(error, 'both ends learn of it')
  await carries(two, one, 1)
  await carries(three, one, 1)
  await vote(one, two, 2)
  await vote(three, one, 1)
  await Promise.all([one, two, three].map(each => each.close()))
  await Promise.all(nodes.filter(node => node !== struck).map(node => node.kill()))
})

t.test('a NATS node that hung disturbs nobody who has left it when it goes on', async t => {
  const nodes = await startCluster('authorization { user: u, password: p, timeout: 1 }', { user: 'u', pass: 'p' })
  const servers = nodes.map(node => node.url)
  const patience = { heartbeatMs: 100, deadAfterMs: 1000, connectTimeoutMs: 500 }
  const options = { servers, user: 'u', password: 'p', ...patience }
  const log = recorder()
  const one = await opened(1, options, log.logger)
  const two = await opened(2, options)
  const [atTwo, fromTwo] = await linked(two, one, 1)
  const ends = Promise.all([ending(atTwo), ending(fromTwo)])
  const struck = nodes.find(({ port }) => fromTwo.remote.endsWith(`:${port}`))!
  struck.freeze()
  for (const error of await ends) t.ok(error)
  await log.until(/connected to NATS again/)
  struck.thaw()
  // A client that has said nothing is sent away, and so is whatever was dialling the node while it hung.
  const silent = createConnection(struck.port, '127.0.0.1').resume()
  await once(silent, 'close')
  await carries(two, one, 1)
  t.equal(log.said.filter(line => /connection to NATS is lost/.test(line)).length, 1, `${log.said}`)
  await Promise.all([one.close(), two.close()])
  await Promise.all(nodes.map(node => node.kill()))
})

t.test('a NATS server that is started again is found again, with votes and links', async t => {
  let nats = await startNats()
  const log = recorder()
  const one = await opened(1, { servers: nats.url }, log.logger)
  const two = await opened(2, { servers: nats.url })
  const [learner, leader] = await linked(one, two, 2)
  const ends = Promise.all([ending(learner), ending(leader)])
  await nats.kill()
  for (const error of await ends) t.match(error?.message, /the connection to NATS was lost/)
  await t.rejects(one.connect(2), /server 2 cannot be reached from server 1: there is no connection to NATS/)
  nats = await startNats('', nats.port)
  await carries(one, two, 2)
  await vote(two, one, 1)
  t.ok(log.said.some(line => /connection to NATS is lost/.test(line)))
  await log.until(/connected to NATS again/)
  await Promise.all([one.close(), two.close()])
  await nats.kill()
})

t.test('a server that is started before NATS waits for it, says so, and then has votes and links', async t => {
  const port = await freePort()
  const servers = `nats://127.0.0.1:${port}`
  const log = recorder()
  const one = await opened(1, { servers }, log.logger)
  const two = await opened(2, { servers })
  await log.until(/waiting for it.*no NATS server answers at nats:\/\/127/)
  await t.rejects(one.connect(2), /server 2 cannot be reached from server 1: there is no connection to NATS/)
  const arriving = firstValueFrom(two.votes$)
  one.sendVote(2, Uint8Array.of(1))
  one.sendVote(2, Uint8Array.of(2))
  const nats = await startNats('', port)
  t.same((await arriving).message, Uint8Array.of(2), 'the newest vote waits with it')
  await log.until(/connected to NATS/)
  t.equal(log.said.filter(line => /waiting for it/.test(line)).length, 1, 'one reason is told once')
  await carries(one, two, 2)
  const twin = await opened(1, { servers, prefix: 'other' })
  await Promise.all([one.close(), two.close(), twin.close()])
  await nats.kill()
})

t.test('of two servers of one id that wait for NATS one is let in, and the other says why it is not', async t => {
  const port = await freePort()
  const servers = `nats://127.0.0.1:${port}`
  const log = recorder()
  const one = await opened(1, { servers }, log.logger)
  const twin = await opened(1, { servers }, log.logger)
  const two = await opened(2, { servers })
  const nats = await startNats('', port)
  await log.until(/server 1 is there already/)
  const link = await eventually(() => two.connect(1))
  link.close()
  t.ok(log.said.some(line => /connected to NATS/.test(line)))
  await Promise.all([one.close(), two.close(), twin.close()])
  await nats.kill()
})

t.test('a server that waits for NATS can be closed', async t => {
  const one = await opened(1, { servers: `nats://127.0.0.1:${await freePort()}` })
  await one.close()
  await t.rejects(one.connect(2), /the transport is not open/)
})

t.test('with a NATS server', async t => {
  const nats = await startNats()
  t.teardown(() => nats.kill())

  t.test('a vote that was sent without a connection goes out when there is one', async t => {
    const cable = await layCable(nats.port)
    const one = await opened(1, { servers: cable.url, prefix: 'waits' })
    const two = await opened(2, { servers: nats.url, prefix: 'waits' })
    const log = recorder()
    const arriving = firstValueFrom(two.votes$)
    cable.cut()
    one.sendVote(2, Uint8Array.of(7))
    t.same((await arriving).message, Uint8Array.of(7))
    t.same(log.said, [])
    await Promise.all([one.close(), two.close()])
    await cable.close()
  })

  t.test('a server that starts later gets the newest vote for it, once', async t => {
    const one = await opened(1, { servers: nats.url, prefix: 'later' })
    one.sendVote(2, Uint8Array.of(1))
    one.sendVote(2, Uint8Array.of(2))
    const two = transport({ servers: nats.url, prefix: 'later' })
    const seen: number[] = []
    const arriving = firstValueFrom(two.votes$)
    two.votes$.subscribe(({ message }) => seen.push(message[0]))
    await two.open(2, noAddresses)
    await arriving
    const three = await opened(3, { servers: nats.url, prefix: 'later' })
    one.sendVote(2, Uint8Array.of(3))
    await firstValueFrom(two.votes$)
    t.same(seen, [2, 3])
    await Promise.all([one.close(), two.close(), three.close()])
  })

  t.test('a second server of one id is refused, and the first goes on', async t => {
    const one = await opened(1, { servers: nats.url, prefix: 'twins' })
    const twin = transport({ servers: nats.url, prefix: 'twins' })
    const message = /server 1 is there already under the prefix twins of NATS; stop it, or give this server another id/
    await t.rejects(twin.open(1, noAddresses), { code: 'LISTEN_FAILED', message })
    const stranger = transport({ servers: nats.url, prefix: 'twins', ensemble: 'other' })
    await t.rejects(stranger.open(1, noAddresses), /server 1 of ensemble "default" is there already/)
    const two = await opened(2, { servers: nats.url, prefix: 'twins' })
    await carries(two, one, 1)
    await Promise.all([one.close(), two.close()])
    const next = await opened(1, { servers: nats.url, prefix: 'twins' })
    await next.close()
  })

  t.test('servers of two ensembles under one prefix refuse links and drop votes of each other', async t => {
    const log = recorder()
    const one = await opened(1, { servers: nats.url, prefix: 'mixed', ensemble: 'a' })
    const two = await opened(2, { servers: nats.url, prefix: 'mixed', ensemble: 'b' }, log.logger)
    const strays: unknown[] = []
    two.votes$.subscribe(vote => strays.push(vote))
    two.links$.subscribe(link => strays.push(link))
    await t.rejects(one.connect(2), /server 2 cannot be reached from server 1: it belongs to ensemble "b", not to "a"/)
    one.sendVote(2, Uint8Array.of(1))
    await log.until(/a vote of another ensemble is dropped/)
    t.same(strays, [])
    await Promise.all([one.close(), two.close()])
  })

  t.test('nonsense among votes, requests and announcements harms nobody and is logged', async t => {
    const log = recorder()
    const one = await opened(1, { servers: nats.url, prefix: 'nonsense' }, log.logger)
    const two = await opened(2, { servers: nats.url, prefix: 'nonsense' })
    const client = await connect({ servers: nats.url })
    client.publish('nonsense.vote.1', 'nonsense')
    client.publish('nonsense.arrived', '{"server":"x"')
    client.publish('nonsense.connect.1', '{}')
    client.publish('nonsense.link.1.unknown', 'nonsense')
    const reply = await client.request('nonsense.connect.1', '\u0000')
    t.match(JSON.parse(reply.string()), { accepted: false, reason: 'the request is none of this transport' })
    const version = { version: 99, ensemble: 'default', from: 2, to: 1, token: 'a'.repeat(32), windowBytes: 65536 }
    const other = await client.request('nonsense.connect.1', JSON.stringify({ ...version, packetBytesMax: 1000 }))
    t.match(JSON.parse(other.string()).reason, /was asked in version 99/)
    await log.until(/a message among the votes is none/)
    await log.until(/a link is refused/)
    await carries(two, one, 1)
    await client.close()
    await Promise.all([one.close(), two.close()])
  })

  t.test('who is none of the peers is not reached, and nobody is after closing', async t => {
    const one = await opened(1, { servers: nats.url, prefix: 'peers' })
    one.setPeers(new Map([[3, []]]))
    await t.rejects(one.connect(2), /it is none of the peers/)
    await t.rejects(one.connect(3), /nobody listens for it at NATS/)
    await t.rejects(one.open(1, noAddresses), { code: 'SERVER_STATE' })
    await one.close()
    await t.rejects(one.connect(3), /the transport is not open/)
  })
})
