/** Whoever gives up is free at once, whatever the server does, and leaves nothing behind. */
import type { Client } from '@menagerie/client'
import {
  Barrier,
  Counter,
  DoubleBarrier,
  Group,
  LeaderElection,
  LeaderLatch,
  MultiLock,
  Mutex,
  PersistentNode,
  Queue,
  RateLimiter,
  ReadWriteLock,
  ReentrantMutex,
  Semaphore,
  TwoPhaseCommit,
  WorkQueue,
} from '@menagerie/recipes'
import { type Cases, until } from '../support/lab.js'

type Wait = (client: Client, signal: AbortSignal) => Promise<unknown>

/** Everything that waits and takes a signal, where there is nothing to wait for. */
const WAITS: Record<string, Wait> = {
  'mutex acquire': (client, signal) => new Mutex(client, '/r').acquire({ signal }),
  'mutex tryAcquire': (client, signal) => new Mutex(client, '/r').tryAcquire({ signal }),
  'kazoo mutex': (client, signal) => new Mutex(client, '/r', { dialect: 'kazoo' }).acquire({ signal }),
  'zookeeper mutex': (client, signal) => new Mutex(client, '/r', { dialect: 'zookeeper' }).acquire({ signal }),
  're-entrant mutex': (client, signal) => new ReentrantMutex(client, '/r').run(() => {}, { signal }),
  'read lock': (client, signal) => new ReadWriteLock(client, '/r').read.acquire({ signal }),
  'write lock': (client, signal) => new ReadWriteLock(client, '/r').write.acquire({ signal }),
  'multi-lock': (client, signal) => new MultiLock([new Mutex(client, '/r')]).acquire({ signal }),
  semaphore: (client, signal) => new Semaphore(client, '/r', { leases: 1 }).acquire({ signal }),
  'kazoo semaphore': (client, signal) =>
    new Semaphore(client, '/r', { leases: 1, dialect: 'kazoo' }).acquire({ signal }),
  'leader latch': (client, signal) => new LeaderLatch(client, '/r', { id: 'x' }).untilLeading({ signal }),
  barrier: (client, signal) => new Barrier(client, '/r').wait({ signal }),
  'double barrier': (client, signal) => new DoubleBarrier(client, '/r', { members: 1 }).enter({ signal }),
  'queue take': (client, signal) => new Queue(client, '/r').take({ signal }),
  'work queue receive': (client, signal) => new WorkQueue(client, '/r').receive({ signal }),
  'kazoo work queue receive': (client, signal) => new WorkQueue(client, '/r', { dialect: 'kazoo' }).receive({ signal }),
  'group join': (client, signal) => new Group(client, '/r', { id: 'x' }).join({ signal }),
  'persistent node': (client, signal) => new PersistentNode(client, '/r/node').start({ signal }),
  'two-phase decision': (client, signal) => new TwoPhaseCommit(client, '/r').decision({ signal }),
  'rate limiter': (client, signal) => new RateLimiter(client, '/r', { perSecond: 1 }).acquire({ signal }),
}

export const abortCases: Cases = on => {
  for (const [name, wait] of Object.entries(WAITS)) {
    on(`${name}: heeds its signal while the server says nothing`, async (t, lab) => {
      const { client, proxy } = await lab.proxied()
      const reason = new Error('enough')
      await t.rejects(wait(client, AbortSignal.abort(reason)), reason)
      proxy.silence(true)
      const gone = new AbortController()
      const waiting = wait(client, gone.signal)
      queueMicrotask(() => gone.abort(reason))
      await t.rejects(waiting, reason)
      proxy.silence(false)
      await client.sync()
    })

    on(`${name}: heeds its signal while there is no connection`, async (t, lab) => {
      const { client, proxy } = await lab.proxied()
      proxy.refuse(true)
      while (client.state === 'connected') await new Promise(resolve => setImmediate(resolve))
      const reason = new Error('enough')
      const gone = new AbortController()
      const waiting = wait(client, gone.signal)
      queueMicrotask(() => gone.abort(reason))
      await t.rejects(waiting, reason)
      proxy.refuse(false)
      await client.whenConnected()
    })
  }

  on('an election that is left while the server says nothing ends its loop', async (t, lab) => {
    const { client, proxy } = await lab.proxied()
    const [other] = await lab.clients(1)
    proxy.silence(true)
    const gone = new AbortController()
    const terms = new LeaderElection(client, '/r', { id: 'x' }).terms({ signal: gone.signal })
    const next = terms.next()
    queueMicrotask(() => gone.abort())
    t.match(await next, { done: true })
    proxy.silence(false)
    await new Counter(client, '/counter').increment()
    await until(other, '/r', names => names.length === 0)
  })

  on('who gives up in the middle of leaving a double barrier has left', async (t, lab) => {
    const [other] = await lab.clients(1)
    const { client, proxy } = await lab.proxied()
    const mine = new DoubleBarrier(client, '/r', { members: 2, uuid: () => '00000000-0000-4000-8000-000000000000' })
    const theirs = new DoubleBarrier(other, '/r', { members: 2, uuid: () => 'ffffffff-0000-4000-8000-000000000000' })
    await Promise.all([mine.enter(), theirs.enter()])
    proxy.silence(true)
    const gone = new AbortController()
    const leaving = mine.leave({ signal: gone.signal })
    queueMicrotask(() => gone.abort(new Error('enough')))
    await t.rejects(leaving, { message: 'enough' })
    proxy.silence(false)
    await theirs.leave()
  })
}
