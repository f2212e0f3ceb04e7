import { OpCode } from '@menagerie/client'
import { ManualClock } from '@menagerie/core/contract'
import { DelayQueue, type Delivery, PriorityQueue, Queue, textCodec, WorkQueue } from '@menagerie/recipes'
import { aborted, type Cases, until } from '../support/lab.js'

const codec = textCodec
const path = '/queue'

export const queueCases: Cases = on => {
  for (const dialect of ['curator', 'kazoo', 'zookeeper'] as const) {
    on(`items are taken in their order, each once (${dialect})`, async (t, lab) => {
      const clients = await lab.clients(3)
      const queues = clients.map(client => new Queue(client, path, { codec, dialect }))
      t.equal(await queues[0].poll(), undefined)
      const taken: string[] = []
      const waiting = queues.map(async queue => {
        for (let i = 0; i < 10; i++) taken.push(await queue.take())
      })
      for (let i = 0; i < 30; i++) await queues[i % 3].put(`item ${i}`)
      await Promise.all(waiting)
      t.strictSame(taken.sort(), Array.from({ length: 30 }, (_, i) => `item ${i}`).sort())
      t.equal(await queues[0].size(), 0)
      await queues[1].put('last')
      t.equal(await queues[0].size(), 1)
      t.equal(await queues[0].poll(), 'last')
      await t.rejects(queues[0].take({ signal: AbortSignal.timeout(1) }), { name: 'TimeoutError' })
    })
  }

  on('the least priority goes first, negative ones included', async (t, lab) => {
    const [client] = await lab.clients(1)
    const queue = new PriorityQueue(client, path, { codec })
    for (const priority of [5, -1, 0, 2 ** 31 - 1, -(2 ** 31), 5]) await queue.put(`p${priority}`, priority)
    const order: unknown[] = []
    for (let item = await queue.poll(); item !== undefined; item = await queue.poll()) order.push(item)
    t.strictSame(order, ['p-2147483648', 'p-1', 'p0', 'p5', 'p5', 'p2147483647'])
    await t.rejects(queue.put('x', 0.5), { code: 'RECIPE_ARGUMENT' })
    const kazoo = new PriorityQueue(client, '/kazoo', { codec, dialect: 'kazoo' })
    await kazoo.put('late', 999)
    await kazoo.put('soon', 1)
    t.equal(await kazoo.take(), 'soon')
    await t.rejects(kazoo.put('x', 1000), { code: 'RECIPE_ARGUMENT' })
  })

  on('a delayed item is taken when it is due', async (t, lab) => {
    const [client] = await lab.clients(1)
    const clock = new ManualClock(1_000_000)
    const queue = new DelayQueue(client, path, { codec, clock })
    await queue.put('later', 1_002_000)
    await queue.put('soon', new Date(1_001_000))
    t.equal(await queue.poll(), undefined)
    const taking = queue.take()
    while (clock.pending === 0) await client.sync()
    await queue.put('now', 1_000_000)
    t.equal(await taking, 'now')
    const next = queue.take()
    while (clock.pending === 0) await client.sync()
    clock.advance(1000)
    t.equal(await next, 'soon')
    clock.advance(1000)
    t.equal(await queue.take(), 'later')
    await t.rejects(queue.put('x', Number.NaN), { code: 'RECIPE_ARGUMENT' })
  })

  on('lost replies are told apart from losses', async (t, lab) => {
    const { client, proxy } = await lab.proxied()
    const [other] = await lab.clients(1)
    const queue = new Queue(client, path, { codec })
    await queue.put('first')
    let dropped = proxy.dropReplyTo(OpCode.create)
    await t.rejects(queue.put('second'), { code: 'RECIPE_OUTCOME_UNKNOWN' })
    await dropped
    t.equal(await queue.size(), 2, 'it was there')
    dropped = proxy.dropReplyTo(OpCode.delete)
    await t.rejects(queue.take(), { code: 'RECIPE_OUTCOME_UNKNOWN', items: ['first'] })
    await dropped
    t.equal(await new Queue(other, path, { codec }).take(), 'second')
    dropped = proxy.dropReplyTo(OpCode.create)
    await new Queue(client, path, { codec, lostPut: 'repeat' }).put('twice')
    await dropped
    t.strictSame([await queue.poll(), await queue.poll(), await queue.poll()], ['twice', 'twice', undefined])
  })

  on('other kinds of queues and unreadable entries are refused by name', async (t, lab) => {
    const [client] = await lab.clients(1)
    await new Queue(client, path, { dialect: 'kazoo' }).put(new Uint8Array(1))
    await t.rejects(new Queue(client, path).take(), { code: 'RECIPE_FOREIGN_NODES', message: /kazoo/ })
    await new PriorityQueue(client, '/p').put(new Uint8Array(1), 1)
    await t.rejects(new Queue(client, '/p').poll(), { code: 'RECIPE_FOREIGN_NODES', message: /another kind/ })
    const name = await new Queue(client, '/bad').put(new Uint8Array(1))
    await client.setData(`/bad/${name}`, new Uint8Array([0, 1, 0, 1, 1, 0, 0, 0, 9]))
    await t.rejects(new Queue(client, '/bad').take(), { code: 'RECIPE_DATA_INVALID', message: new RegExp(name) })
    t.throws(() => new Queue(client, '/q', { dialect: 'x' as 'kazoo' }), { code: 'RECIPE_ARGUMENT' })
    t.throws(() => new PriorityQueue(client, '/q', { dialect: 'zookeeper' as 'kazoo' }), { code: 'RECIPE_ARGUMENT' })
  })
}

export const workQueueCases: Cases = on => {
  for (const dialect of ['curator', 'kazoo'] as const) {
    on(`what is acknowledged is gone, what is given back comes again (${dialect})`, async (t, lab) => {
      const [one, two] = await lab.clients(2)
      const mine = new WorkQueue(one, path, { codec, dialect })
      const theirs = new WorkQueue(two, path, { codec, dialect })
      t.equal(await mine.tryReceive(), undefined)
      for (const item of ['a', 'b']) await mine.put(item)
      const first = await mine.receive()
      t.equal(first.item, 'a')
      const second = await theirs.receive()
      t.equal(second.item, 'b')
      const waiting = theirs.receive()
      await two.sync()
      await first.giveBack()
      const again = await waiting
      t.equal(again.item, 'a')
      t.ok(again.fencingToken > first.fencingToken)
      await again.acknowledge()
      t.match(await aborted(again.signal), { code: 'RECIPE_NOT_HELD' })
      await second.acknowledge()
      t.equal(await mine.size(), 0)
      await t.rejects(again.acknowledge(), { code: 'RECIPE_NOT_HELD' })
      await t.rejects(first.giveBack(), { code: 'RECIPE_NOT_HELD' })
    })

    on(`the item of a dead consumer comes to another, and is not acknowledged twice (${dialect})`, async (t, lab) => {
      const [one, two] = await lab.clients(2)
      const mine = new WorkQueue(one, path, { codec, dialect })
      const theirs = new WorkQueue(two, path, { codec, dialect })
      await mine.put('work')
      const lost = await mine.receive()
      const waiting = theirs.receive()
      await two.sync()
      await lab.expire(one)
      const found = await waiting
      t.equal(found.item, 'work')
      t.match(await aborted(lost.signal), { code: 'RECIPE_LOST' })
      await t.rejects(lost.acknowledge(), { code: 'RECIPE_LOST' })
      await found.acknowledge()
      t.equal(await theirs.size(), 0)
    })

    on(`lost replies to marks and acknowledgements are sorted out (${dialect})`, async (t, lab) => {
      const [other] = await lab.clients(1)
      const { client, proxy } = await lab.proxied()
      const queue = new WorkQueue(client, path, { codec, dialect })
      await queue.put('work')
      let dropped = proxy.dropReplyTo(OpCode.create2)
      const delivery = await queue.receive()
      await dropped
      t.equal(delivery.item, 'work')
      dropped = proxy.dropReplyTo(OpCode.multi)
      await delivery.acknowledge()
      await dropped
      t.equal(await queue.size(), 0)
      const marks = dialect === 'curator' ? '/queue-locks' : '/queue/taken'
      t.strictSame(await other.getChildren(marks), [])
    })
  }

  for (const dialect of ['curator', 'kazoo'] as const) {
    on(`what another one has marked since is not unmarked by a late word (${dialect})`, async (t, lab) => {
      const [other] = await lab.clients(1)
      const { client, proxy } = await lab.proxied()
      const mine = new WorkQueue(client, path, { codec, dialect })
      const theirs = new WorkQueue(other, path, { codec, dialect })
      await mine.put('work')
      const first = await mine.receive()
      const dropped = proxy.dropReplyTo(OpCode.delete)
      const giving = first.giveBack()
      await dropped
      proxy.refuse(true)
      const second = await theirs.receive()
      proxy.refuse(false)
      await giving
      const marks = dialect === 'curator' ? '/queue-locks' : '/queue/taken'
      t.strictSame(await other.getChildren(marks), [second.name])
      // Somebody takes the mark away, and the next one's is not that of the one who has lost it.
      await client.delete(`${marks}/${second.name}`)
      await aborted(second.signal)
      const third = await mine.receive()
      await second.giveBack()
      await t.rejects(second.acknowledge(), { code: 'RECIPE_NOT_HELD' })
      t.strictSame(await other.getChildren(marks), [third.name])
      await third.acknowledge()
      t.equal(await theirs.size(), 0)
    })
  }

  on('several consumers share the work, and each item is acknowledged once', async (t, lab) => {
    const clients = await lab.clients(3)
    const done: string[] = []
    const stop = new AbortController()
    const consuming = clients.map(async (client, index) => {
      let count = 0
      for await (const delivery of new WorkQueue(client, path, { codec }).deliveries({ signal: stop.signal })) {
        if (index === 0 && ++count % 2 === 1) continue // goes back when the body ends
        await delivery.acknowledge()
        done.push(delivery.item)
        if (done.length === 20) stop.abort()
      }
    })
    const producer = new WorkQueue(clients[0], path, { codec })
    for (let i = 0; i < 20; i++) await producer.put(`${i}`)
    await Promise.all(consuming)
    t.strictSame(new Set(done).size, 20)
    t.equal(await producer.size(), 0)
    await until(clients[0], '/queue-locks', names => names.length === 0)
  })

  on('a mark that somebody deletes costs the delivery', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    const queue = new WorkQueue(one, path, { codec })
    const name = await queue.put('work')
    const delivery: Delivery<string> = await queue.receive()
    await two.delete(`/queue-locks/${name}`)
    await aborted(delivery.signal)
    const other = await new WorkQueue(two, path, { codec }).receive()
    await other.acknowledge()
    await t.rejects(delivery.acknowledge(), { code: 'RECIPE_LOST' })
    t.throws(() => new WorkQueue(one, path, { dialect: 'zookeeper' as 'kazoo' }), { code: 'RECIPE_ARGUMENT' })
    t.throws(() => new WorkQueue(one, path, { lockPath: 'x' }), { code: 'RECIPE_ARGUMENT' })
  })
}
