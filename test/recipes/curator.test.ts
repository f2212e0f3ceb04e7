/** Curator's processes and ours at one path: both sides hold, both sides wait. */
import {
  AtomicLong,
  Counter,
  DelayQueue,
  DoubleBarrier,
  Group,
  LeaderElection,
  LeaderLatch,
  Mutex,
  PriorityQueue,
  Queue,
  ReadWriteLock,
  Semaphore,
  ServiceDiscovery,
  textCodec,
  WorkQueue,
} from '@menagerie/recipes'
import { filter, firstValueFrom } from 'rxjs'
import t from 'tap'
import { needs } from '../support/tools.js'
import { contention, firstTerm } from './support/contention.js'
import { startLab, until } from './support/lab.js'
import { Peer } from './support/peer.js'
import { sharedQueue } from './support/shared-queue.js'

t.setTimeout(300_000)
const tools = needs(
  'java',
  'javac',
  'Apache ZooKeeper (Debian: zookeeper, libzookeeper-java)',
  'Curator (Debian: libcurator-recipes-java)',
  "Curator's discovery (Debian: libcurator-discovery-java)",
)
const codec = textCodec

t.test('with Curator', tools, async t => {
  const server = await startLab()
  t.teardown(() => server[Symbol.asyncDispose]())
  const peer = await Peer.curator(`127.0.0.1:${server.port}`)
  t.teardown(() => peer[Symbol.asyncDispose]())
  const { contend, on } = contention(t, server.port, peer)

  await contend('lock', '/lock', ({ client }) => new Mutex(client, '/lock').acquire())
  await contend('rwlock', '/rwlock', ({ client, number }) => {
    const lock = new ReadWriteLock(client, '/rwlock')
    return number % 2 === 0 ? lock.write.acquire() : lock.read.acquire()
  })
  const sharers = 2
  await contend('semaphore', '/sem', ({ client }) => new Semaphore(client, '/sem', { leases: sharers }).acquire(), {
    sharers,
  })
  await contend('election', '/election', ({ client, number }) =>
    firstTerm(new LeaderElection(client, '/election', { id: `ts-${number}` })),
  )

  await on('other dialects refuse a path where Curator locks', async (t, client) => {
    await peer.run('hold /held')
    const refused = { code: 'RECIPE_FOREIGN_NODES', message: /Curator/ }
    await t.rejects(new Mutex(client, '/held', { dialect: 'kazoo' }).acquire(), refused)
    await t.rejects(new Mutex(client, '/held', { dialect: 'zookeeper' }).acquire(), refused)
    t.equal(await new Mutex(client, '/held').tryAcquire(), undefined)
    await peer.run('drop')
    const grant = await new Mutex(client, '/held').acquire()
    await peer.run(`revoke ${grant.path}`)
    await new Promise<void>(resolve => {
      if (grant.revocation.aborted) resolve()
      else grant.revocation.addEventListener('abort', () => resolve())
    })
    await grant.release()
  })

  await on('a latch is handed on both ways', async (t, client) => {
    const mine = new LeaderLatch(client, '/latch', { id: 'ts' })
    await mine.untilLeading()
    await peer.run('latch-start /latch')
    await until(client, '/latch', names => names.length === 2)
    t.match(await mine.candidates(), [
      { id: 'ts', first: true },
      { id: 'curator', first: false },
    ])
    await mine.close()
    await peer.run('latch-await')
    const next = new LeaderLatch(client, '/latch', { id: 'ts' })
    const leading = next.untilLeading()
    await until(client, '/latch', names => names.length === 2)
    t.notOk(next.leads)
    await peer.run('latch-close')
    await leading
    await next.close()
  })

  await on('counters count together', async (t, client) => {
    const count = async (counter: { increment(): Promise<unknown> }) => {
      for (let i = 0; i < 40; i++) await counter.increment()
    }
    await Promise.all([peer.run('count-int /int 20 2'), count(new Counter(client, '/int'))])
    t.equal(await new Counter(client, '/int').get(), 80)
    await Promise.all([peer.run('count-long /long 20 2'), count(new AtomicLong(client, '/long'))])
    t.equal(await new AtomicLong(client, '/long').get(), 80n)
    t.strictSame(await peer.run('shared-count /int 5'), ['count 80'])
    t.equal(await new Counter(client, '/int').get(), 5)
  })

  await on('what either puts into a queue, one of both takes, once', async (t, client) => {
    const queue = new Queue(client, '/queue', { codec })
    const commands = { put: 'queue-put', take: 'queue-take' }
    await sharedQueue(t, { client, peer, path: '/queue', commands, put: item => queue.put(item) }, signal =>
      queue.take({ signal }),
    )
  })

  await on('what either puts into a queue with marks, one of both handles, once', async (t, client) => {
    const queue = new WorkQueue(client, '/work', { codec })
    const commands = { put: 'queue-put', take: 'queue-work' }
    await sharedQueue(t, { client, peer, path: '/work', commands, put: item => queue.put(item) }, async signal => {
      const delivery = await queue.receive({ signal })
      await delivery.acknowledge()
      return delivery.item
    })
    t.equal(await queue.size(), 0)
  })

  await on('priorities, due times and plain entries are read as Curator writes them', async (t, client) => {
    await peer.run('queue-priority-put /priority 5 -1 0 -2147483648')
    const priority = new PriorityQueue(client, '/priority', { codec })
    await priority.put('2', 2)
    const order: unknown[] = []
    for (let item = await priority.poll(); item !== undefined; item = await priority.poll()) order.push(item)
    t.strictSame(order, ['-2147483648', '-1', '0', '2', '5'])
    await peer.run(`queue-delay-put /delay late ${Date.now() + 3_600_000}`)
    await peer.run(`queue-delay-put /delay due ${Date.now() - 1}`)
    const delay = new DelayQueue(client, '/delay', { codec })
    t.strictSame([await delay.poll(), await delay.poll(), await delay.size()], ['due', undefined, 1])
    const plain = new Queue(client, '/simple', { codec, dialect: 'zookeeper' })
    await peer.run('simple-put /simple theirs')
    t.equal(await plain.take(), 'theirs')
    await plain.put('ours')
    t.strictSame(await peer.run('simple-take /simple'), ['item ours'])
  })

  await on('a group has members of both', async (t, client) => {
    await peer.run('group-join /group java')
    await using mine = new Group(client, '/group', { id: 'ts' })
    await mine.join()
    await peer.run('group-await /group java,ts')
    const members = await mine.members()
    t.strictSame(
      members.map(({ id }) => id),
      ['java', 'ts'],
    )
    t.equal(new TextDecoder().decode(members[0].payload), 'from Curator')
    const alone = firstValueFrom(mine.members$.pipe(filter(({ length }) => length === 1)))
    await peer.run('group-leave')
    await alone
  })

  await on('a double barrier opens for members of both', async (t, client) => {
    const mine = new DoubleBarrier(client, '/barrier', { members: 2 })
    const theirs = peer.run('barrier /barrier 2')
    await mine.enter()
    await mine.leave()
    t.strictSame(await theirs, ['entered'])
  })

  await on('a registry lists services of both', async (t, client) => {
    const registry = new ServiceDiscovery(client, '/services')
    await registry.register({ name: 'web', id: 'ours', address: '10.0.0.1', port: 80, payload: 'from TypeScript' })
    await peer.run('discovery-register /services web theirs')
    t.match(await registry.instances('web').then(all => all.find(({ id }) => id === 'theirs')), {
      name: 'web',
      address: '10.9.8.7',
      port: 1234,
      sslPort: 4321,
      payload: 'from Curator',
      serviceType: 'DYNAMIC',
    })
    t.strictSame(await peer.run('discovery-list /services web'), [
      'instance ours 10.0.0.1:80 from TypeScript DYNAMIC true',
      'instance theirs 10.9.8.7:1234 from Curator DYNAMIC true',
    ])
    const alone = firstValueFrom(registry.instances$('web').pipe(filter(({ length }) => length === 1)))
    await peer.run('discovery-close')
    await alone
  })
})
