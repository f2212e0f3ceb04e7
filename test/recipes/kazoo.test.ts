/** kazoo's processes and ours at one path: both sides hold, both sides wait. */
import {
  Counter,
  DoubleBarrier,
  Group,
  LeaderElection,
  Mutex,
  PriorityQueue,
  Queue,
  ReadWriteLock,
  Semaphore,
  textCodec,
  WorkQueue,
} from '@menagerie/recipes'
import { filter, firstValueFrom } from 'rxjs'
import t from 'tap'
import { needs } from '../support/tools.js'
import { contention, firstTerm } from './support/contention.js'
import { startLab } from './support/lab.js'
import { Peer } from './support/peer.js'
import { sharedQueue } from './support/shared-queue.js'

t.setTimeout(300_000)
const codec = textCodec
const dialect = 'kazoo'

t.test('with kazoo', needs('kazoo (Debian: python3-kazoo)'), async t => {
  const server = await startLab()
  t.teardown(() => server[Symbol.asyncDispose]())
  const peer = Peer.kazoo(`127.0.0.1:${server.port}`)
  t.teardown(() => peer[Symbol.asyncDispose]())
  const { contend, on } = contention(t, server.port, peer)

  await contend('lock', '/lock', ({ client }) => new Mutex(client, '/lock', { dialect }).acquire())
  await contend('rwlock', '/rwlock', ({ client, number }) => {
    const lock = new ReadWriteLock(client, '/rwlock', { dialect })
    return number % 2 === 0 ? lock.write.acquire() : lock.read.acquire()
  })
  const leases = 2
  const options = { sharers: leases }
  await contend(
    'semaphore',
    '/sem',
    ({ client }) => new Semaphore(client, '/sem', { leases, dialect }).acquire(),
    options,
  )
  await contend('election', '/election', ({ client, number }) =>
    firstTerm(new LeaderElection(client, '/election', { id: `ts-${number}`, dialect })),
  )

  await on('other dialects refuse a path where kazoo locks', async (t, client) => {
    await peer.run('hold /held')
    const refused = { code: 'RECIPE_FOREIGN_NODES', message: /kazoo/ }
    await t.rejects(new Mutex(client, '/held').acquire(), refused)
    await t.rejects(new Mutex(client, '/held', { dialect: 'zookeeper' }).acquire(), refused)
    t.equal(await new Mutex(client, '/held', { dialect }).tryAcquire(), undefined)
    t.match(await new Mutex(client, '/held', { dialect }).participants(), [{ id: 'kazoo', first: true }])
    await peer.run('drop')
    await (await new Mutex(client, '/held', { dialect }).acquire()).release()
  })

  await on('counters count together, as text and in bytes', async (t, client) => {
    const count = async (counter: Counter) => {
      for (let i = 0; i < 40; i++) await counter.increment()
    }
    const text = new Counter(client, '/text', { dialect })
    await Promise.all([peer.run('count /text 20 2 kazoo'), count(text)])
    t.equal(await text.get(), 80)
    const bytes = new Counter(client, '/bytes')
    await Promise.all([peer.run('count /bytes 20 2 curator'), count(bytes)])
    t.equal(await bytes.get(), 80)
  })

  await on('what either puts into a queue, one of both takes, once', async (t, client) => {
    const queue = new Queue(client, '/queue', { codec, dialect })
    const commands = { put: 'queue-put', take: 'queue-take' }
    await sharedQueue(t, { client, peer, path: '/queue', commands, put: item => queue.put(item) }, signal =>
      queue.take({ signal }),
    )
    const priority = new PriorityQueue(client, '/priority', { codec, dialect })
    await peer.run('queue-put /priority theirs')
    await priority.put('later', 101)
    await priority.put('sooner', 99)
    t.strictSame([await priority.take(), await priority.take(), await priority.take()], ['sooner', 'theirs', 'later'])
  })

  await on('what either puts into a queue with marks, one of both handles, once', async (t, client) => {
    const queue = new WorkQueue(client, '/work', { codec, dialect })
    const commands = { put: 'locking-put', take: 'locking-take' }
    await sharedQueue(t, { client, peer, path: '/work', commands, put: item => queue.put(item) }, async signal => {
      const delivery = await queue.receive({ signal })
      await delivery.acknowledge()
      return delivery.item
    })
    t.equal(await queue.size(), 0)
  })

  for (const [join, kind] of [
    ['party-join', 'kazoo'],
    ['shallow-join', 'kazoo-shallow'],
  ] as const) {
    await on(`a party has members of both (${kind})`, async (t, client) => {
      const path = `/${kind}`
      await peer.run(`${join} ${path} python`)
      await using mine = new Group(client, path, { id: 'ts', dialect: kind })
      await mine.join()
      await peer.run(`party-await ${path} python,ts`)
      t.strictSame((await mine.members()).map(({ id }) => id).sort(), ['python', 'ts'])
      const alone = firstValueFrom(mine.members$.pipe(filter(({ length }) => length === 1)))
      await peer.run('party-leave')
      await alone
    })
  }

  await on('a double barrier opens for members of both', async (t, client) => {
    const mine = new DoubleBarrier(client, '/barrier', { members: 2, dialect })
    const theirs = peer.run('barrier /barrier 2')
    await mine.enter()
    await mine.leave()
    t.strictSame(await theirs, ['entered'])
  })
})
