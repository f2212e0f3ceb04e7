import { type Client, CreateMode, NoWatcherError, OpCode, systemClock, WatcherType } from '@menagerie/client'
import { ManualClock } from '@menagerie/core/contract'
import { type LockGrant, Mutex } from '@menagerie/recipes'
import { aborted, type Cases, inState, LONG_SESSION_MS, until } from '../support/lab.js'

/** Lets a test wait for what it is told by callbacks. */
class Bell {
  #wake = () => {}

  ring(): void {
    this.#wake()
  }

  async next(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }
}

/** Resolves when each waiter has the watch on the one before it: asks the server until it says so. */
async function allWatch(holder: Client, waiters: readonly Client[], names: readonly string[]): Promise<void> {
  const queue = [...names].sort((a, b) => Number(a.slice(-10)) - Number(b.slice(-10)))
  const stats = await Promise.all(queue.map(name => holder.exists(`/lock/${name}`)))
  const places = new Map(stats.map((stat, place) => [stat?.ephemeralOwner, place]))
  await Promise.all(
    waiters.map(async waiter => {
      const before = queue[places.get(waiter.session.id)! - 1]
      const stands = () =>
        waiter.checkWatches(`/lock/${before}`, WatcherType.Data).then(
          () => true,
          error => {
            if (error instanceof NoWatcherError) return false
            throw error
          },
        )
      while (!(await stands()));
    }),
  )
}

const children = (client: Client) => client.getChildren('/lock')

export const mutexCases: Cases = on => {
  on('one holds at a time, in the order of asking, with rising fencing tokens', async (t, lab) => {
    const clients = await lab.clients(5)
    const log: number[] = []
    let inside = 0
    const turns: Promise<void>[] = []
    for (const [index, client] of clients.entries()) {
      turns.push(
        new Mutex(client, '/lock').run(async ({ fencingToken, held }) => {
          t.ok(held)
          t.equal(++inside, 1)
          log.push(fencingToken)
          await client.sync()
          inside--
        }),
      )
      await until(clients[0], '/lock', names => names.length + log.length > index)
    }
    await Promise.all(turns)
    t.equal(log.length, 5)
    t.strictSame(
      log,
      [...log].sort((a, b) => a - b),
    )
    t.strictSame(await children(clients[0]), [])
  })

  on('a release wakes one of 500 waiters', async (t, lab) => {
    // However busy the machine is, neither a connection nor a session of all these is given up.
    const patient = { sessionTimeoutMs: LONG_SESSION_MS, connectTimeoutMs: LONG_SESSION_MS }
    const [holder] = await lab.clients(1, patient)
    const waiters = await lab.clients(500, patient)
    const first = await new Mutex(holder, '/lock').acquire()
    let events = 0
    for (const waiter of waiters) waiter.events$.subscribe(() => events++)
    const granted: LockGrant[] = []
    const heard = new Bell()
    for (const waiter of waiters) {
      // Those that still wait at the end are turned away by their clients' end.
      new Mutex(waiter, '/lock').acquire().then(
        grant => {
          granted.push(grant)
          heard.ring()
        },
        () => {},
      )
    }
    const names = await until(holder, '/lock', names => names.length === 501)
    await allWatch(holder, waiters, names)
    // What the server sends because of a change is on its way before the answer to whatever is asked later.
    const told = () => Promise.all(waiters.map(waiter => waiter.sync()))
    await first.release()
    await heard.next(() => granted.length === 1)
    await told()
    t.equal(events, 1, 'one of all waiters has heard of it')
    t.equal(granted.length, 1)
    await granted[0].release()
    await heard.next(() => granted.length === 2)
    await told()
    t.equal(granted.length, 2)
    t.equal(events, 3, 'the second waiter, and the first one of the end of its own znode')
  })

  on('the queue closes up when a waiter in its middle gives up', async (t, lab) => {
    const [one, two, three] = await lab.clients(3)
    const held = await new Mutex(one, '/lock').acquire()
    const abort = new AbortController()
    const second = new Mutex(two, '/lock').acquire({ signal: abort.signal })
    await until(one, '/lock', names => names.length === 2)
    const third = new Mutex(three, '/lock').acquire()
    await until(one, '/lock', names => names.length === 3)
    abort.abort(new Error('enough'))
    await t.rejects(second, { message: 'enough' })
    await held.release()
    t.ok((await third).held)
  })

  on('an aborted acquire leaves nothing behind', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    await using held = await new Mutex(one, '/lock').acquire()
    const before = await children(one)
    await t.rejects(new Mutex(two, '/lock').acquire({ signal: AbortSignal.abort() }), { name: 'AbortError' })
    const early = new AbortController()
    const acquiring = new Mutex(two, '/lock').acquire({ signal: early.signal })
    early.abort() // the create is under way
    await t.rejects(acquiring, { name: 'AbortError' })
    t.strictSame(await children(one), before)
    const late = new AbortController()
    const waiting = new Mutex(two, '/lock').acquire({ signal: late.signal })
    await until(one, '/lock', names => names.length === 2)
    late.abort()
    await t.rejects(waiting, { name: 'AbortError' })
    t.strictSame(await children(one), before)
    t.ok(held.held)
    t.equal(await new Mutex(two, '/lock').tryAcquire(), undefined)
    t.strictSame(await children(one), before)
  })

  on('a lost reply to the create leaves no orphan', async (t, lab) => {
    const [watcher] = await lab.clients(1)
    for (const dialect of ['curator', 'kazoo', 'zookeeper'] as const) {
      const { client, proxy } = await lab.proxied()
      const lock = new Mutex(client, '/lock', { dialect })
      await (await lock.acquire()).release()
      const dropped = proxy.dropReplyTo(OpCode.create2)
      const grant = await lock.acquire()
      await dropped
      t.strictSame(
        (await children(watcher)).map(name => `/lock/${name}`),
        [grant.path],
      )
      const stat = await watcher.exists(grant.path)
      t.equal(grant.fencingToken, stat?.czxid)
      await grant.release()
      t.strictSame(await children(watcher), [])
    }
  })

  on('abandoned while the connection is lost, it is gone with the next connection', async (t, lab) => {
    const [watcher] = await lab.clients(1)
    const { client, proxy } = await lab.proxied()
    await (await new Mutex(client, '/lock').acquire()).release()
    const dropped = proxy.dropReplyTo(OpCode.create2)
    const abort = new AbortController()
    const acquiring = new Mutex(client, '/lock').acquire({ signal: abort.signal })
    await dropped
    proxy.refuse(true)
    abort.abort(new Error('enough'))
    await t.rejects(acquiring, { message: 'enough' })
    t.equal((await children(watcher)).length, 1)
    proxy.refuse(false)
    await until(watcher, '/lock', names => names.length === 0)
    t.equal(client.state, 'connected')
  })

  on('a holder whose session expires is told, and the next one gets the lock', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    const grant = await new Mutex(one, '/lock').acquire()
    const next = new Mutex(two, '/lock').acquire()
    await until(two, '/lock', names => names.length === 2)
    await lab.expire(one)
    t.match(await aborted(grant.signal), { code: 'RECIPE_LOST', message: /expired/ })
    const second = await next
    t.ok(second.fencingToken > grant.fencingToken)
    t.notOk(grant.held)
    await grant.release()
    await t.rejects(grant.release(), { code: 'RECIPE_NOT_HELD' })
    await using _ = grant // whatever became of it, disposal is no error
    t.ok(second.held)
  })

  on('a waiter whose session expires rejects', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    await new Mutex(one, '/lock').acquire()
    const waiting = new Mutex(two, '/lock').acquire()
    waiting.catch(() => {})
    await until(one, '/lock', names => names.length === 2)
    await lab.expire(two)
    await t.rejects(waiting, { name: 'SessionExpiredError' })
    t.equal((await children(one)).length, 1)
  })

  on('a lost connection that comes back in time costs nothing', async (t, lab) => {
    const [other] = await lab.clients(1)
    const { client, proxy } = await lab.proxied()
    const grant = await new Mutex(client, '/lock').acquire()
    const waiting = new Mutex(client, '/lock').acquire()
    await until(other, '/lock', names => names.length === 2)
    const suspended = inState(client, 'suspended')
    proxy.cut()
    await suspended
    await inState(client, 'connected')
    t.ok(grant.held)
    await grant.release()
    await (await waiting).release()
    t.strictSame(await children(other), [])
  })

  on('without a connection for too long, a grant is no longer relied on', async (t, lab) => {
    const clock = new ManualClock()
    const { client, proxy } = await lab.proxied()
    const quarter = Math.ceil(client.session.timeoutMs / 4)
    const patient = await new Mutex(client, '/lock', { clock }).acquire()
    const hasty = await new Mutex(client, '/other', { clock, suspendedMs: 0 }).acquire()
    proxy.refuse(true)
    await inState(client, 'suspended')
    clock.advance(1)
    await aborted(hasty.signal)
    clock.advance(quarter - 2)
    t.ok(patient.held)
    clock.advance(2)
    t.match(await aborted(patient.signal), { code: 'RECIPE_LOST', message: /no connection for \d+ ms/ })
    proxy.refuse(false)
    await patient.release()
    await hasty.release()
    t.strictSame(await client.getChildren('/lock'), [])
  })

  on('a process that has stood still does not believe to hold before any timer has told it', async (t, lab) => {
    const [client] = await lab.clients(1)
    let stoodStillMs = 0
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + stoodStillMs }
    const grant = await new Mutex(client, '/lock', { clock }).acquire()
    t.ok(grant.held)
    stoodStillMs = client.session.timeoutMs / 4
    t.notOk(grant.held)
    t.match(grant.signal.reason, { code: 'RECIPE_LOST', message: /has not known of its session for \d+ ms/ })
    await grant.release()
  })

  on('a grant whose znode somebody deletes is lost', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    const grant = await new Mutex(one, '/lock').acquire()
    await two.delete(grant.path)
    t.match(await aborted(grant.signal), { code: 'RECIPE_LOST', message: /gone/ })
    await grant.release()
    const held = await new Mutex(one, '/lock').acquire()
    const waiting = new Mutex(two, '/lock').acquire()
    // It may learn of the deletion before the holder has released.
    waiting.catch(() => {})
    const [last] = await until(one, '/lock', names => names.length === 2).then(names =>
      names.filter(name => !held.path.endsWith(name)),
    )
    await one.delete(`/lock/${last}`)
    await held.release()
    await t.rejects(waiting, { code: 'RECIPE_LOST' })
  })

  on('a holder hears that somebody asks for the lock', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    const lock = new Mutex(two, '/lock')
    t.equal(await lock.revoke(), false)
    const grant = await new Mutex(one, '/lock').acquire()
    t.equal(await lock.revoke(), true)
    await aborted(grant.revocation)
    t.ok(grant.held)
    await grant.release()
    await t.rejects(new Mutex(one, '/lock', { dialect: 'kazoo' }).revoke(), { code: 'RECIPE_ARGUMENT' })
  })

  on('holder and waiters are listed in order', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    const lock = new Mutex(one, '/lock', { id: 'one' })
    t.strictSame(await lock.participants(), [])
    const grant = await lock.acquire()
    const waiting = new Mutex(two, '/lock', { id: 'two' }).acquire()
    await until(one, '/lock', names => names.length === 2)
    t.match(await lock.participants(), [
      { id: 'one', first: true, path: grant.path },
      { id: 'two', first: false },
    ])
    await grant.release()
    await waiting
  })

  on("another library's znodes are refused, by name", async (t, lab) => {
    const [client] = await lab.clients(1)
    const uuid = '0f6ad3d0-8a2e-4d6b-9f5e-1f0e8a6a1c11'
    const nodes = [
      [`_c_${uuid}-lock-`, 'Curator'],
      [`${uuid.replaceAll('-', '')}__lock__`, 'kazoo'],
      [`x-${client.session.id}-`, "ZooKeeper's own"],
      [`_c_${uuid}-latch-`, 'Curator \\(a leader latch'],
    ]
    await client.create('/lock')
    for (const [name, owner] of nodes) {
      const path = await client.create(`/lock/${name}`, null, { mode: CreateMode.EPHEMERAL_SEQUENTIAL })
      for (const dialect of ['curator', 'kazoo', 'zookeeper'] as const) {
        const lock = new Mutex(client, '/lock', { dialect })
        if (owner.toLowerCase().startsWith(dialect) && name.includes('lock')) continue
        if (dialect === 'zookeeper' && name.startsWith('x-')) continue
        await t.rejects(lock.acquire(), { code: 'RECIPE_FOREIGN_NODES', message: new RegExp(owner) })
      }
      t.equal((await children(client)).length, 1, 'nothing is left')
      await client.delete(path)
    }
    await client.create('/lock/config')
    await (await new Mutex(client, '/lock').acquire()).release()
  })

  on('wrong use is told clearly', async (t, lab) => {
    const [client, other] = await lab.clients(2)
    t.throws(() => new Mutex(client, 'lock'), { code: 'RECIPE_ARGUMENT', message: /write "\/lock"/ })
    for (const path of ['', '/', '/a/', '/a//b', '/../a']) {
      t.throws(() => new Mutex(client, path), { code: 'RECIPE_ARGUMENT' })
    }
    t.throws(() => new Mutex(client, '/lock', { dialect: 'etcd' as 'kazoo' }), { code: 'RECIPE_ARGUMENT' })
    t.throws(() => new Mutex(client, '/lock', { dialect: 'zookeeper', id: 'me' }), { code: 'RECIPE_ARGUMENT' })
    const lock = new Mutex(client, '/lock')
    const grant = await lock.acquire()
    await grant.release()
    await t.rejects(grant.release(), { code: 'RECIPE_NOT_HELD', message: /released before/ })
    const kept = await lock.acquire()
    await client.close()
    t.match(await aborted(kept.signal), { code: 'RECIPE_LOST', message: /closed/ })
    await kept.release()
    await t.rejects(lock.acquire(), { name: 'ClientClosedError' })
    await (await new Mutex(other, '/lock').acquire()).release()
  })
}
