import { OpCode } from '@menagerie/client'
import { ManualClock } from '@menagerie/core/contract'
import {
  AtomicLong,
  Counter,
  IdGenerator,
  jsonCodec,
  RateLimiter,
  SharedValue,
  textCodec,
  type Versioned,
} from '@menagerie/recipes'
import { filter, firstValueFrom, share, take, toArray } from 'rxjs'
import type { Cases } from '../support/lab.js'

const path = '/deep/value'

export const sharedValueCases: Cases = on => {
  on('a change starts from the value that it was made from, or is refused', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    const mine = new SharedValue(one, path, { codec: textCodec, initial: 'none' })
    const theirs = new SharedValue(two, path, { codec: textCodec, initial: 'none' })
    const empty = await mine.get()
    t.match(empty, { value: 'none', fencingToken: 0 })
    const first = (await mine.trySet(empty, 'a')) as Versioned<string>
    t.ok(first.fencingToken > 0)
    t.equal(await theirs.trySet(empty, 'b'), undefined, 'it has been made since')
    const second = await theirs.update(value => `${value}b`)
    t.equal(second.value, 'ab')
    t.ok(second.fencingToken > first.fencingToken)
    t.equal(await mine.trySet(first, 'x'), undefined)
    t.same(await mine.update(value => value), second, 'nothing to change')
    await mine.set('c')
    await theirs.set('d')
    t.equal((await mine.get()).value, 'd')
    await t.rejects(
      mine.update(() => {
        throw new Error('no')
      }),
      { message: 'no' },
    )
    t.throws(() => new SharedValue(one, 'x', { codec: textCodec, initial: '' }), { code: 'RECIPE_ARGUMENT' })
  })

  on(
    'the stream tells each state once, from before the beginning over a lost connection to the end',
    async (t, lab) => {
      const [one, two] = await lab.clients(2)
      const { client, proxy } = await lab.proxied()
      const theirs = new SharedValue(one, path, { codec: textCodec, initial: '' })
      const value$ = new SharedValue(client, path, { codec: textCodec, initial: 'none' }).value$.pipe(share())
      const seen = firstValueFrom(value$.pipe(take(3), toArray()))
      const told = firstValueFrom(value$.pipe(filter(({ value }) => value === 'a')))
      await client.sync()
      await theirs.set('a')
      await told
      proxy.refuse(true)
      await theirs.set('b')
      proxy.refuse(false)
      t.strictSame(
        (await seen).map(({ value }) => value),
        ['none', 'a', 'b'],
      )
      await one.delete(path)
      t.match(await theirs.get(), { value: '' })
      const end = firstValueFrom(new SharedValue(two, path, { codec: textCodec, initial: '' }).value$.pipe(toArray()))
      end.catch(() => {})
      await two.sync()
      await lab.expire(two)
      await t.rejects(end, { name: 'SessionExpiredError' })
    },
  )

  on('a lost reply is told apart where it can be', async (t, lab) => {
    const [other] = await lab.clients(1)
    const { client, proxy } = await lab.proxied()
    const counter = new Counter(client, path)
    await counter.increment()
    const dropped = proxy.dropReplyTo(OpCode.setData)
    await t.rejects(counter.increment(), { code: 'RECIPE_OUTCOME_UNKNOWN' })
    await dropped
    t.equal(await new Counter(other, path).get(), 2)
    proxy.refuse(true)
    const adding = counter.increment() // fails before it leaves, and is made again
    proxy.refuse(false)
    t.match(await adding, { before: 2, after: 3 })
    await other.setData(path, new Uint8Array(3))
    await t.rejects(counter.get(), { code: 'RECIPE_DATA_INVALID', message: /3 bytes/ })
    const json = new SharedValue<{ a: number }>(client, '/json', { codec: jsonCodec(), initial: { a: 1 } })
    t.same((await json.update(({ a }) => ({ a: a + 1 }))).value, { a: 2 })
  })
}

export const counterCases: Cases = on => {
  for (const dialect of ['curator', 'kazoo'] as const) {
    on(`every addition counts once (${dialect})`, async (t, lab) => {
      const clients = await lab.clients(4)
      const counters = clients.map(client => new Counter(client, '/count', { dialect }))
      t.equal(await counters[0].get(), 0)
      const changes = await Promise.all(
        counters.flatMap(counter => Array.from({ length: 10 }, () => counter.increment())),
      )
      t.equal(new Set(changes.map(({ after }) => after)).size, 40)
      t.equal(await counters[3].get(), 40)
      t.match(await counters[1].add(-41), { before: 40, after: -1 })
      t.match(await counters[1].decrement(), { after: -2 })
      t.equal(await counters[2].compareAndSet(7, 8), false)
      t.equal(await counters[2].compareAndSet(-2, 8), true)
      await counters[0].set(1)
      t.equal((await firstValueFrom(counters[1].value$)).value, 1)
    })
  }

  on('what does not fit is refused, and nothing is changed', async (t, lab) => {
    const [client] = await lab.clients(1)
    const counter = new Counter(client, '/count', { initial: 2 ** 31 - 1 })
    await t.rejects(counter.increment(), { code: 'RECIPE_ARGUMENT', message: /32 bits/ })
    const long = new AtomicLong(client, '/long')
    t.match(await long.add(2n ** 62n), { before: 0n, after: 2n ** 62n })
    await t.rejects(long.add(2n ** 62n), { code: 'RECIPE_ARGUMENT', message: /64 bits/ })
    t.match(await long.decrement(), { after: 2n ** 62n - 1n })
    t.match(await long.increment(), { after: 2n ** 62n })
    t.throws(() => new Counter(client, '/c', { dialect: 'zookeeper' as 'kazoo' }), { code: 'RECIPE_ARGUMENT' })
  })

  on('numbers are given out once', async (t, lab) => {
    const clients = await lab.clients(3)
    const { client, proxy } = await lab.proxied()
    const generators = [...clients, client].map(each => new IdGenerator(each, '/ids', { block: 3 }))
    const ids = await Promise.all(generators.flatMap(ids => Array.from({ length: 10 }, () => ids.next())))
    t.equal(new Set(ids).size, 40)
    const dropped = proxy.dropReplyTo(OpCode.setData)
    const more: bigint[] = []
    for (let i = 0; i < 6; i++) more.push(await generators[3].next())
    await dropped
    t.equal(new Set([...ids, ...more]).size, 46)
    t.throws(() => new IdGenerator(clients[0], '/ids', { block: 0 }), { code: 'RECIPE_ARGUMENT' })
  })

  on('calls are let through at the agreed rate, over all processes', async (t, lab) => {
    const clients = await lab.clients(2)
    const clock = new ManualClock(1_000_000_000)
    const limiters = clients.map(client => new RateLimiter(client, '/rate', { perSecond: 10, burst: 2, clock }))
    await limiters[0].acquire()
    await limiters[1].acquire()
    let through = 0
    const third = limiters[0].acquire().then(() => through++)
    while (clock.pending === 0) await clients[0].sync()
    clock.advance(99)
    await clients[0].sync()
    t.equal(through, 0)
    clock.advance(1)
    await third
    await t.rejects(limiters[1].acquire({ signal: AbortSignal.timeout(20) }), { name: 'TimeoutError' })
    t.equal(clock.pending, 0)
    t.throws(() => new RateLimiter(clients[0], '/rate', { perSecond: 0 }), { code: 'RECIPE_ARGUMENT' })
    t.throws(() => new RateLimiter(clients[0], '/rate', { perSecond: 1, burst: 0 }), { code: 'RECIPE_ARGUMENT' })
  })
}
