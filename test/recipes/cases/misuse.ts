/** Recipes that are used when their client is closed, or they themselves are, or with what cannot be. */
import { type Client, ClientClosedError } from '@menagerie/client'
import {
  AtomicLong,
  Barrier,
  bytesCodec,
  ConfigStore,
  Counter,
  DelayQueue,
  DoubleBarrier,
  Group,
  IdGenerator,
  jsonCodec,
  LeaderElection,
  LeaderLatch,
  MultiLock,
  Mutex,
  PersistentNode,
  PriorityQueue,
  Queue,
  RateLimiter,
  ReadWriteLock,
  RecipeError,
  ReentrantMutex,
  Semaphore,
  ServiceDiscovery,
  SharedValue,
  TwoPhaseCommit,
  textCodec,
  WorkQueue,
} from '@menagerie/recipes'
import { firstValueFrom, type Observable, toArray } from 'rxjs'
import { type Cases, until } from '../support/lab.js'

const bytes = new Uint8Array([1])
const value = (client: Client) => new SharedValue(client, '/r', { codec: textCodec, initial: '' })
const config = (client: Client) => new ConfigStore(client, '/r', { key: String })
const instance = { name: 'service', id: 'one', address: 'localhost', port: 1 }

/** Everything that asks the server something. */
const ASKING: Record<string, (client: Client) => Promise<unknown>> = {
  'Mutex.acquire': client => new Mutex(client, '/r').acquire(),
  'Mutex.tryAcquire': client => new Mutex(client, '/r').tryAcquire(),
  'Mutex.run': client => new Mutex(client, '/r').run(() => {}),
  'Mutex.revoke': client => new Mutex(client, '/r').revoke(),
  'Mutex.participants': client => new Mutex(client, '/r').participants(),
  'Mutex.isHeld': client => new Mutex(client, '/r').isHeld(1),
  'Mutex of kazoo': client => new Mutex(client, '/r', { dialect: 'kazoo' }).acquire(),
  'Mutex of ZooKeeper': client => new Mutex(client, '/r', { dialect: 'zookeeper' }).acquire(),
  'ReentrantMutex.run': client => new ReentrantMutex(client, '/r').run(() => {}),
  'ReadWriteLock.read': client => new ReadWriteLock(client, '/r').read.acquire(),
  'ReadWriteLock.write': client => new ReadWriteLock(client, '/r').write.acquire(),
  'MultiLock.acquire': client => new MultiLock([new Mutex(client, '/r'), new Mutex(client, '/s')]).acquire(),
  'Semaphore.acquire': client => new Semaphore(client, '/r', { leases: 1 }).acquire(),
  'Semaphore of kazoo': client => new Semaphore(client, '/r', { leases: 1, dialect: 'kazoo' }).acquire(),
  'LeaderElection.candidates': client => new LeaderElection(client, '/r', { id: 'x' }).candidates(),
  'LeaderElection.leader': client => new LeaderElection(client, '/r', { id: 'x' }).leader(),
  'LeaderLatch.untilLeading': client => new LeaderLatch(client, '/r', { id: 'x' }).untilLeading(),
  'LeaderLatch.candidates': client => new LeaderLatch(client, '/r', { id: 'x' }).candidates(),
  'Barrier.close': client => new Barrier(client, '/r').close(),
  'Barrier.open': client => new Barrier(client, '/r').open(),
  'Barrier.wait': client => new Barrier(client, '/r').wait(),
  'DoubleBarrier.enter': client => new DoubleBarrier(client, '/r', { members: 1 }).enter(),
  'Queue.put': client => new Queue(client, '/r').put(bytes),
  'Queue.take': client => new Queue(client, '/r').take(),
  'Queue.poll': client => new Queue(client, '/r').poll(),
  'Queue.size': client => new Queue(client, '/r').size(),
  'PriorityQueue.put': client => new PriorityQueue(client, '/r').put(bytes, 1),
  'DelayQueue.put': client => new DelayQueue(client, '/r').put(bytes, 0),
  'WorkQueue.put': client => new WorkQueue(client, '/r').put(bytes),
  'WorkQueue.receive': client => new WorkQueue(client, '/r').receive(),
  'WorkQueue.tryReceive': client => new WorkQueue(client, '/r').tryReceive(),
  'WorkQueue.deliveries': client => new WorkQueue(client, '/r').deliveries().next(),
  'SharedValue.get': client => value(client).get(),
  'SharedValue.set': client => value(client).set('x'),
  'SharedValue.trySet': client => value(client).trySet({ value: '', version: -1, fencingToken: 0 }, 'x'),
  'SharedValue.update': client => value(client).update(() => 'x'),
  'Counter.add': client => new Counter(client, '/r').add(1),
  'Counter.set': client => new Counter(client, '/r').set(1),
  'AtomicLong.compareAndSet': client => new AtomicLong(client, '/r').compareAndSet(0n, 1n),
  'IdGenerator.next': client => new IdGenerator(client, '/r').next(),
  'RateLimiter.acquire': client => new RateLimiter(client, '/r', { perSecond: 1 }).acquire(),
  'ConfigStore.get': client => config(client).get('key'),
  'ConfigStore.set': client => config(client).set('key', 'x'),
  'ConfigStore.update': client => config(client).update('key', () => 'x'),
  'Group.join': client => new Group(client, '/r', { id: 'x' }).join(),
  'Group.members': client => new Group(client, '/r').members(),
  'PersistentNode.start': client => new PersistentNode(client, '/r').start(),
  'ServiceDiscovery.register': client => new ServiceDiscovery(client, '/r').register(instance),
  'ServiceDiscovery.register, static': client =>
    new ServiceDiscovery(client, '/r').register({ ...instance, serviceType: 'STATIC' }),
  'ServiceDiscovery.services': client => new ServiceDiscovery(client, '/r').services(),
  'ServiceDiscovery.instances': client => new ServiceDiscovery(client, '/r').instances('service'),
  'ServiceDiscovery.provider': client => new ServiceDiscovery(client, '/r').provider('service'),
  'TwoPhaseCommit.propose': client => new TwoPhaseCommit(client, '/r').propose(bytes, ['a']),
  'TwoPhaseCommit.decide': client => new TwoPhaseCommit(client, '/r').decide(),
  'TwoPhaseCommit.vote': client => new TwoPhaseCommit(client, '/r').vote('a', 'commit'),
  'TwoPhaseCommit.decision': client => new TwoPhaseCommit(client, '/r').decision(),
  'TwoPhaseCommit.remove': client => new TwoPhaseCommit(client, '/r').remove(),
}

/** What goes on until the client is closed. */
const STREAMS: Record<string, (client: Client) => Observable<unknown>> = {
  'LeaderLatch.leadership$': client => new LeaderLatch(client, '/r', { id: 'x' }).start().leadership$,
  'SharedValue.value$': client => value(client).value$,
  'Counter.value$': client => new Counter(client, '/r').value$,
  'ConfigStore.changes$': client => config(client).changes$('key'),
  'Group.members$': client => new Group(client, '/r').members$,
  'ServiceDiscovery.instances$': client => new ServiceDiscovery(client, '/r').instances$('service'),
}

const RECIPES: Record<string, (client: Client, path: string) => unknown> = {
  Mutex: (client, path) => new Mutex(client, path),
  ReentrantMutex: (client, path) => new ReentrantMutex(client, path),
  ReadWriteLock: (client, path) => new ReadWriteLock(client, path),
  Semaphore: (client, path) => new Semaphore(client, path, { leases: 1 }),
  LeaderElection: (client, path) => new LeaderElection(client, path, { id: 'x' }),
  LeaderLatch: (client, path) => new LeaderLatch(client, path, { id: 'x' }),
  Barrier: (client, path) => new Barrier(client, path),
  DoubleBarrier: (client, path) => new DoubleBarrier(client, path, { members: 1 }),
  Queue: (client, path) => new Queue(client, path),
  PriorityQueue: (client, path) => new PriorityQueue(client, path),
  DelayQueue: (client, path) => new DelayQueue(client, path),
  WorkQueue: (client, path) => new WorkQueue(client, path),
  SharedValue: (client, path) => new SharedValue(client, path, { codec: textCodec, initial: '' }),
  Counter: (client, path) => new Counter(client, path),
  AtomicLong: (client, path) => new AtomicLong(client, path),
  IdGenerator: (client, path) => new IdGenerator(client, path),
  RateLimiter: (client, path) => new RateLimiter(client, path, { perSecond: 1 }),
  ConfigStore: (client, path) => new ConfigStore(client, path, {}),
  Group: (client, path) => new Group(client, path),
  PersistentNode: (client, path) => new PersistentNode(client, path),
  ServiceDiscovery: (client, path) => new ServiceDiscovery(client, path),
  TwoPhaseCommit: (client, path) => new TwoPhaseCommit(client, path),
}

const BAD_PATHS = ['', 'r', '/', '/r/', '//', '//r', '/a//b', '/.', '/a/..', '/a\u0000', '/a\n', null, 5]

export const misuseCases: Cases = on => {
  on('with a closed client everything rejects with ClientClosedError', async (t, lab) => {
    const [client] = await lab.clients(1)
    await client.close()
    for (const [name, ask] of Object.entries(ASKING)) {
      const error = await ask(client).catch(error => error)
      t.ok(error instanceof ClientClosedError, `${name}: ${error}`)
    }
  })

  on('with a closed client streams and loops end, and what was held is let go', async (t, lab) => {
    const [client, other] = await lab.clients(2)
    const grant = await new Mutex(client, '/lock').acquire()
    const group = new Group(client, '/group', { id: 'x' })
    await group.join()
    const node = await new PersistentNode(client, '/node').start()
    const registration = await new ServiceDiscovery(client, '/services').register(instance)
    const provider = await new ServiceDiscovery(client, '/services').provider('service')
    const delivery = await (async () => {
      const queue = new WorkQueue(client, '/work')
      await queue.put(bytes)
      return await queue.receive()
    })()
    await client.close()
    for (const [name, stream] of Object.entries(STREAMS)) {
      const told = await firstValueFrom(stream(client).pipe(toArray()))
      t.ok(told.length <= 1, name)
    }
    t.strictSame(await new LeaderElection(client, '/r', { id: 'x' }).terms().next(), { value: undefined, done: true })
    t.notOk(grant.held)
    t.match(grant.signal.reason, { code: 'RECIPE_LOST', message: /the client was closed/ })
    await grant.release()
    await t.rejects(grant.release(), { code: 'RECIPE_NOT_HELD' })
    await group.leave()
    await node.close()
    await registration.unregister().catch(error => t.ok(error instanceof ClientClosedError, String(error)))
    await t.rejects(delivery.acknowledge(), { code: 'RECIPE_LOST' })
    t.throws(() => provider.all(), ClientClosedError)
    provider.close()
    t.strictSame(await other.getChildren('/lock').catch(() => []), [])
  })

  on('what was closed itself says so', async (t, lab) => {
    const [client] = await lab.clients(1)
    const closed = { name: 'RecipeError', code: 'RECIPE_CLOSED', message: /closed/ }
    const latch = new LeaderLatch(client, '/latch', { id: 'x' })
    await latch.close()
    t.throws(() => latch.start(), closed)
    await t.rejects(latch.untilLeading(), closed)
    const node = await new PersistentNode(client, '/node').start()
    await node.close()
    await t.rejects(node.start(), closed)
    await t.rejects(node.setData(bytes), closed)
    const provider = await new ServiceDiscovery(client, '/services').provider('service')
    provider.close()
    t.throws(() => provider.all(), closed)
    t.throws(() => provider.get(), closed)
    await latch.close()
    await node.close()
    provider.close()
    t.strictSame(await client.getChildren('/latch').catch(() => []), [])
  })

  on('a signal that is aborted before starts nothing', async (t, lab) => {
    const [client] = await lab.clients(1)
    const signal = AbortSignal.abort(new Error('enough'))
    const latch = new LeaderLatch(client, '/latch', { id: 'x' })
    await t.rejects(latch.untilLeading({ signal }), { message: 'enough' })
    const node = new PersistentNode(client, '/node')
    await t.rejects(node.start({ signal }), { message: 'enough' })
    for (let i = 0; i < 4; i++) await client.sync()
    t.strictSame(await client.getChildren('/'), [])
  })

  on('a path that cannot be is refused by every recipe, before anything is sent', async (t, lab) => {
    const [client] = await lab.clients(1)
    for (const [name, make] of Object.entries(RECIPES)) {
      for (const path of BAD_PATHS as string[]) {
        let error: unknown
        try {
          make(client, path)
        } catch (caught) {
          error = caught
        }
        t.ok(error instanceof RecipeError && error.code === 'RECIPE_ARGUMENT', `${name} at ${JSON.stringify(path)}`)
      }
    }
  })

  on('names, times and items that cannot be are refused', async (t, lab) => {
    const [client] = await lab.clients(1)
    const wrong = { code: 'RECIPE_ARGUMENT' }
    for (const suspendedMs of [-1, Number.NaN, 'soon' as unknown as number]) {
      t.throws(() => new Mutex(client, '/r', { suspendedMs }), wrong)
      t.throws(() => new ReadWriteLock(client, '/r', { suspendedMs }), wrong)
      t.throws(() => new Semaphore(client, '/r', { leases: 1, suspendedMs }), wrong)
      t.throws(() => new LeaderElection(client, '/r', { id: 'x', suspendedMs }), wrong)
      t.throws(() => new LeaderLatch(client, '/r', { id: 'x', suspendedMs }), wrong)
      t.throws(() => new WorkQueue(client, '/r', { suspendedMs }), wrong)
    }
    for (const id of ['a/b', '.', '..', '', 'a\u0000b']) t.throws(() => new Group(client, '/r', { id }), wrong)
    const text = 'text' as unknown as Uint8Array
    const noBytes = { ...wrong, message: /Uint8Array.*codec/ }
    await t.rejects(new Queue(client, '/r').put(text), noBytes)
    await t.rejects(new WorkQueue(client, '/r').put(text), noBytes)
    await t.rejects(new SharedValue(client, '/r', { codec: bytesCodec, initial: bytes }).set(text), noBytes)
    await t.rejects(new Queue(client, '/r', { codec: textCodec }).put(5 as unknown as string), wrong)
    await t.rejects(new Queue(client, '/r', { codec: jsonCodec<unknown>() }).put(undefined), wrong)
    t.equal(await client.exists('/r'), null)
  })

  on('what a block holds goes with it, and a loop that is left early leaves nothing', async (t, lab) => {
    const [client, other] = await lab.clients(2)
    {
      await using lock = await new Mutex(client, '/a/lock').acquire()
      await using lease = await new Semaphore(client, '/a/leases', { leases: 1 }).acquire()
      await using latch = new LeaderLatch(client, '/a/latch', { id: 'x' })
      await using term = await latch.untilLeading()
      await using group = new Group(client, '/a/group', { id: 'x' })
      await group.join()
      await using node = await new PersistentNode(client, '/a/node').start()
      await using registration = await new ServiceDiscovery(client, '/a/services').register(instance)
      await using all = await new MultiLock([new Mutex(client, '/a/one'), new Mutex(client, '/a/two')]).acquire()
      t.ok(lock.held && lease.held && term.held && all.held && registration.path !== '')
      t.not(await other.exists(node.path), null)
    }
    for await (const term of new LeaderElection(client, '/a/leader', { id: 'x' }).terms()) {
      t.ok(term.held)
      break
    }
    t.strictSame(await client.getEphemerals('/a'), [])
    await until(other, '/a/leader', names => names.length === 0)
  })
}
