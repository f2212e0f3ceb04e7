/** What recipes do when the client goes on with a new session by itself after the old one has expired. */
import { type Client, connect, NodeCache, OpCode, TreeCache } from '@menagerie/client'
import {
  DoubleBarrier,
  Group,
  LeaderElection,
  LeaderLatch,
  Mutex,
  PersistentNode,
  Semaphore,
  WorkQueue,
} from '@menagerie/recipes'
import { filter, firstValueFrom, merge, type Observable, of } from 'rxjs'
import { aborted, type Cases, inState, type Lab, until } from '../support/lab.js'

const bytes = (text: string) => new TextEncoder().encode(text)
const when = <T>(stream: Observable<T>, holds: (value: T) => boolean) => firstValueFrom(stream.pipe(filter(holds)))
const renewing = (lab: Lab) => lab.client({ renewSession: true })

/** Ends the client's session, and resolves when it has the next one. */
async function renew(lab: Lab, client: Client): Promise<void> {
  const before = client.session.id
  await lab.expire(client)
  await inState(client, 'connected')
  if (client.session.id === before) throw new Error('the session is still the same')
}

export const renewalCases: Cases = on => {
  on('a lock is lost with its session, and is not held twice', async (t, lab) => {
    const [one, two] = [await renewing(lab), await lab.client()]
    const grant = await new Mutex(one, '/lock').acquire()
    const next = new Mutex(two, '/lock').acquire()
    await until(two, '/lock', names => names.length === 2)
    await lab.expire(one)
    t.notOk(grant.held, 'at once, before any timer or microtask')
    await inState(one, 'connected')
    t.match(await aborted(grant.signal), { code: 'RECIPE_LOST', message: /expired/ })
    const second = await next
    await grant.release()
    t.ok(second.held)
    const again = new Mutex(one, '/lock').acquire()
    await until(two, '/lock', names => names.length === 2)
    await second.release()
    const third = await again
    t.ok(grant.fencingToken < second.fencingToken && second.fencingToken < third.fencingToken)
  })

  on('who waits for a lock or a lease is told at once, and waits no longer', async (t, lab) => {
    const [holder, one] = [await lab.client(), await renewing(lab)]
    await new Mutex(holder, '/lock').acquire()
    const semaphore = { leases: 1 }
    await new Semaphore(holder, '/semaphore', semaphore).acquire()
    const waiting = [new Mutex(one, '/lock').acquire(), new Semaphore(one, '/semaphore', semaphore).acquire()]
    const outcomes = Promise.allSettled(waiting)
    await until(holder, '/lock', names => names.length === 2)
    await until(holder, '/semaphore/leases', names => names.length === 2)
    await renew(lab, one)
    for (const outcome of await outcomes) t.match(outcome, { reason: { name: 'SessionExpiredError' } })
    t.equal((await holder.getChildren('/lock')).length, 1)
    t.equal((await holder.getChildren('/semaphore/leases')).length, 1)
  })

  on('a candidate queues again in the next session, whether it led or waited', async (t, lab) => {
    const [one, other] = [await renewing(lab), await lab.client()]
    const terms = new LeaderElection(one, '/leader', { id: 'one' }).terms()
    const first = (await terms.next()).value
    if (first === undefined) throw new Error('no term')
    const rival = new LeaderLatch(other, '/leader-of-others', { id: 'rival' }).start()
    await rival.untilLeading()
    await renew(lab, one)
    t.match(await aborted(first.signal), { code: 'RECIPE_LOST', message: /expired/ })
    const second = (await terms.next()).value
    t.ok(second?.held && second.fencingToken > first.fencingToken)
    await terms.return()

    const latch = new LeaderLatch(one, '/leader-of-others', { id: 'one' }).start()
    await until(other, '/leader-of-others', names => names.length === 2)
    const { id } = one.session
    await renew(lab, one)
    t.not(one.session.id, id)
    const candidates = await until(other, '/leader-of-others', names => names.length === 2)
    const owners = candidates.map(async name => (await other.exists(`/leader-of-others/${name}`))?.ephemeralOwner)
    t.ok((await Promise.all(owners)).includes(one.session.id))
    t.notOk(latch.leads)
    await rival.close()
    t.ok((await latch.untilLeading()).held)
    await latch.close()
  })

  on('a leading latch says that it does not lead, and leads again', async (t, lab) => {
    const one = await renewing(lab)
    const latch = new LeaderLatch(one, '/leader', { id: 'one' }).start()
    const first = await latch.untilLeading()
    const deposed = when(latch.leadership$, term => term === undefined)
    await lab.expire(one)
    t.notOk(latch.leads)
    await deposed
    const second = await when(latch.leadership$, term => term !== undefined)
    t.ok(second !== undefined && second.fencingToken > first.fencingToken)
    await latch.close()
  })

  on('persistent nodes and members come back', async (t, lab) => {
    const [one, other] = [await renewing(lab), await lab.client()]
    const node = await new PersistentNode(one, '/node', { data: bytes('x') }).start()
    const group = new Group(one, '/group', { id: 'one' })
    await group.join()
    const sizes: number[] = []
    const watching = group.members$.subscribe(members => sizes.push(members.length))
    await when(group.members$, members => members.length === 1)
    const first = node.fencingToken
    const told: boolean[] = []
    node.present$.subscribe(present => told.push(present))
    const absent = when(node.present$, present => !present)
    await lab.expire(one)
    await absent
    await when(node.present$, Boolean)
    t.strictSame(told, [true, false, true])
    t.ok(node.fencingToken > first)
    t.match(await other.getData('/node'), { data: bytes('x'), stat: { ephemeralOwner: one.session.id } })
    await until(other, '/group', names => names.includes('one'))
    await when(group.members$, members => members.length === 1)
    await other.create('/group/two')
    await when(group.members$, members => members.length === 2)
    watching.unsubscribe()
    await Promise.all([node.close(), group.leave()])
    t.equal(await other.exists('/node'), null)
    t.equal(sizes[0], 1)
  })

  on('a persistent node that is closed leaves alone what another session has put in its place', async (t, lab) => {
    const { client: one, proxy } = await lab.proxied({ renewSession: true })
    const other = await lab.client()
    const node = await new PersistentNode(one, '/node').start()
    proxy.refuse(true)
    await inState(one, 'suspended')
    const closing = node.close()
    const { session } = one
    const heir = await connect({ servers: `127.0.0.1:${lab.port}`, session, lastZxidSeen: one.lastZxid })
    await heir.close()
    await other.create('/node', bytes('theirs'))
    proxy.refuse(false)
    await inState(one, 'connected')
    await closing
    t.match(await other.getData('/node'), { data: bytes('theirs') })
  })

  on('caches show what has changed meanwhile', async (t, lab) => {
    const [one, other] = [await renewing(lab), await lab.client()]
    await other.create('/tree')
    await using node = await NodeCache.open(one, '/tree')
    await using tree = await TreeCache.open(one, '/tree')
    const changes: string[] = []
    tree.changes$.subscribe(({ type, path }) => changes.push(`${type} ${path}`))
    const changed = when(node.value$, value => value?.stat.version === 1)
    await lab.expire(one)
    await other.transaction().setData('/tree', bytes('x')).create('/tree/a').commit()
    await changed
    await inState(one, 'connected')
    const shown = () => tree.get('/tree/a') !== undefined && tree.get('/tree/b') !== undefined
    const complete = when(merge(of(undefined), tree.changes$), shown)
    await other.create('/tree/b')
    await complete
    t.strictSame(changes.sort(), ['added /tree/a', 'added /tree/b', 'updated /tree'])
    t.strictSame(node.current?.data, bytes('x'))
  })

  for (const dialect of ['curator', 'kazoo'] as const) {
    on(`work of an expired session goes to another consumer, who keeps it (${dialect})`, async (t, lab) => {
      const [one, two, three] = [await renewing(lab), await lab.client(), await lab.client()]
      const queueOf = (client: Client) => new WorkQueue(client, '/jobs', { dialect })
      await queueOf(two).put(bytes('job'))
      const first = await queueOf(one).receive()
      const second = await queueOf(two)
      const waiting = second.receive()
      await renew(lab, one)
      t.match(await aborted(first.signal), { code: 'RECIPE_LOST' })
      const delivery = await waiting
      t.ok(delivery.fencingToken > first.fencingToken)
      await first[Symbol.asyncDispose]()
      t.equal(await queueOf(three).tryReceive(), undefined, 'nobody else gets it meanwhile')
      await two.sync()
      t.notOk(delivery.signal.aborted)
      await delivery.acknowledge()
      t.equal(await queueOf(three).size(), 0)
    })
  }

  on('an acknowledgement is not repeated in another session', async (t, lab) => {
    const { client: one, proxy } = await lab.proxied({ renewSession: true })
    const two = await lab.client()
    const queue = new WorkQueue(two, '/jobs')
    const name = await queue.put(bytes('job'))
    const first = await new WorkQueue(one, '/jobs').receive()
    const dropped = proxy.dropReplyTo(OpCode.multi)
    const acknowledging = first.acknowledge().catch(error => error)
    await dropped
    proxy.refuse(true)
    await until(two, '/jobs', names => names.length === 0)
    // As it would be had the server not got it.
    await two.create(`/jobs/${name}`, first.items[0] && (await encoded(queue, lab)))
    const second = await queue.receive()
    const { session } = one
    const heir = await connect({ servers: `127.0.0.1:${lab.port}`, session, lastZxidSeen: one.lastZxid })
    await heir.close()
    proxy.refuse(false)
    t.match(await acknowledging, { code: 'RECIPE_OUTCOME_UNKNOWN' })
    await two.sync()
    t.notOk(second.signal.aborted, 'the other consumer has it still')
    await second.acknowledge()
  })

  on('who waits for work goes on waiting', async (t, lab) => {
    const [one, two] = [await renewing(lab), await lab.client()]
    const waiting = new WorkQueue(one, '/jobs').receive()
    await until(two, '/', names => names.includes('jobs'))
    await renew(lab, one)
    await new WorkQueue(two, '/jobs').put(bytes('job'))
    const delivery = await waiting
    t.strictSame(delivery.item, bytes('job'))
    await delivery.acknowledge()
  })

  on('a member who waits at a double barrier is told that it is out', async (t, lab) => {
    const [one, other] = [await renewing(lab), await lab.client()]
    const barrier = new DoubleBarrier(one, '/barrier', { members: 2 })
    const entering = barrier.enter().catch(error => error)
    await until(other, '/barrier', names => names.length === 1)
    await renew(lab, one)
    t.match(await entering, { name: 'SessionExpiredError' })
    const [again, rest] = [barrier.enter(), new DoubleBarrier(other, '/barrier', { members: 2 })]
    await Promise.all([again, rest.enter()])
    await Promise.all([barrier.leave(), rest.leave()])

    // The lowest member waits for the others to leave.
    const lowest = new DoubleBarrier(one, '/barrier', {
      members: 2,
      uuid: () => '00000000-0000-4000-8000-000000000000',
    })
    await Promise.all([lowest.enter(), rest.enter()])
    const leaving = lowest.leave().catch(error => error)
    await renew(lab, one)
    t.match(await leaving, { name: 'SessionExpiredError' })
    await rest.leave()
  })
}

/** The bytes of an entry as the queue writes them. */
async function encoded(queue: WorkQueue, lab: Lab): Promise<Uint8Array | null> {
  const client = await lab.client()
  const name = await queue.put(bytes('job'))
  const { data } = await client.getData(`/jobs/${name}`)
  await client.delete(`/jobs/${name}`)
  return data
}
