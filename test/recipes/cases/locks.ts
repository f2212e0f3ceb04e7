import { executionAsyncResource } from 'node:async_hooks'
import { OpCode } from '@menagerie/client'
import { MultiLock, Mutex, ReadWriteLock, ReentrantMutex, Semaphore } from '@menagerie/recipes'
import { aborted, type Cases, until } from '../support/lab.js'

/** How much each new turn of this process carries along for contexts like those of the re-entrant mutex. */
function carriedAlong(): Promise<number> {
  return new Promise(resolve => {
    setImmediate(() => resolve(Object.getOwnPropertySymbols(executionAsyncResource()).length))
  })
}

export const reentrantCases: Cases = on => {
  on('one that nobody is inside of costs the rest of the process nothing', async (t, lab) => {
    const [client] = await lab.clients(1)
    const before = await carriedAlong()
    for (const path of ['/a', '/b', '/c']) {
      const lock = new ReentrantMutex(client, path)
      await lock.run(() => lock.run(() => t.equal(lock.depth, 2)))
      await lock.run(() => t.equal(lock.depth, 1))
      t.equal(lock.depth, 0)
    }
    t.equal(await carriedAlong(), before)
  })

  on('whoever is inside enters again, everybody else waits', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    const mine = new ReentrantMutex(one, '/lock')
    const theirs = new Mutex(two, '/lock')
    t.equal(mine.depth, 0)
    const tokens = await mine.run(async outer => {
      await one.sync()
      return await mine.run(async inner => {
        t.equal(mine.depth, 2)
        t.equal(await theirs.tryAcquire(), undefined)
        return [outer.fencingToken, inner.fencingToken]
      })
    })
    t.equal(tokens[0], tokens[1])
    t.equal(mine.depth, 0)
    await (await theirs.acquire()).release()
  })

  on('another task of the same process waits', async (t, lab) => {
    const [client] = await lab.clients(1)
    const lock = new ReentrantMutex(client, '/lock')
    let inside = 0
    const task = () =>
      lock.run(async () => {
        t.equal(++inside, 1)
        await lock.run(() => client.sync())
        inside--
      })
    await Promise.all([task(), task(), task()])
  })

  on('what was started inside and goes on outside holds until it is done, and enters anew later', async (t, lab) => {
    const [client, other] = await lab.clients(2)
    const lock = new ReentrantMutex(client, '/lock')
    const theirs = new Mutex(other, '/lock')
    let finish = () => {}
    const finished = new Promise<void>(resolve => {
      finish = resolve
    })
    let late: Promise<unknown> = Promise.resolve()
    await lock.run(() => {
      late = lock.run(() => finished).then(() => lock.run(async () => t.equal(lock.depth, 1)))
    })
    t.equal(await theirs.tryAcquire(), undefined)
    finish()
    await late
    await (await theirs.acquire()).release()
  })

  on('failures inside release the lock, and a lost lock is not entered again', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    const lock = new ReentrantMutex(one, '/lock')
    await t.rejects(
      lock.run(() => Promise.reject(new Error('inside'))),
      { message: 'inside' },
    )
    const entered = lock.run(async grant => {
      await two.delete(grant.path)
      await aborted(grant.signal)
      await lock.run(() => t.fail('entered'))
    })
    await t.rejects(entered, { code: 'RECIPE_LOST' })
    await (await new Mutex(two, '/lock').acquire()).release()
  })
}

export const readWriteCases: Cases = on => {
  for (const dialect of ['curator', 'kazoo', 'zookeeper'] as const) {
    on(`readers share, writers exclude, and nobody overtakes (${dialect})`, async (t, lab) => {
      const [one, two, three] = await lab.clients(3)
      const lock = (client = one) => new ReadWriteLock(client, '/lock', { dialect })
      const [first, second] = await Promise.all([lock(one).read.acquire(), lock(two).read.acquire()])
      t.equal(await lock(three).write.tryAcquire(), undefined)
      const order: string[] = []
      const writing = lock(three)
        .write.acquire()
        .then(grant => {
          order.push('write')
          return grant
        })
      await until(one, '/lock', names => names.length === 3)
      const reading = lock(one)
        .read.acquire()
        .then(grant => {
          order.push('read')
          return grant
        })
      await until(one, '/lock', names => names.length === 4)
      t.equal(await lock(two).read.tryAcquire(), undefined, 'a reader behind a writer waits')
      await first.release()
      await second.release()
      const writer = await writing
      t.ok(writer.fencingToken > second.fencingToken)
      t.equal(await lock(one).read.tryAcquire(), undefined)
      await writer.release()
      const last = await reading
      t.ok(last.fencingToken > writer.fencingToken)
      t.strictSame(order, ['write', 'read'])
      await last.release()
      t.strictSame(await one.getChildren('/lock'), [])
    })
  }

  on('a writer takes the read lock along, and no other writer comes in between', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    const mine = new ReadWriteLock(one, '/lock')
    const theirs = new ReadWriteLock(two, '/lock')
    const write = await mine.write.acquire()
    const other = theirs.write.acquire()
    await until(one, '/lock', names => names.length === 2)
    const read = await write.downgrade()
    t.ok(read.fencingToken > write.fencingToken)
    t.match(read.path, /__READ__\d{10}$/)
    await write.release()
    t.equal(await theirs.read.tryAcquire(), undefined)
    await one.sync()
    t.ok(read.held)
    t.equal((await one.getChildren('/lock')).length, 2)
    await read.release()
    await (await other).release()
    await t.rejects(write.downgrade(), { code: 'RECIPE_NOT_HELD' })
    const kazoo = await new ReadWriteLock(one, '/kazoo', { dialect: 'kazoo' }).write.acquire()
    await t.rejects(kazoo.downgrade(), { code: 'RECIPE_ARGUMENT' })
  })

  on('the service says of a token whether its lock is held', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    const lock = new ReadWriteLock(one, '/lock')
    const asked = new ReadWriteLock(two, '/lock')
    t.equal(await asked.read.isHeld(1), false, 'nobody has been there')
    const writer = await lock.write.acquire()
    const readers = [lock.read.acquire(), lock.read.acquire()]
    await until(two, '/lock', names => names.length === 3)
    const waiting = await Promise.all(
      (await asked.read.participants()).slice(1).map(async ({ path }) => (await two.exists(path))!.czxid),
    )
    t.equal(await asked.write.isHeld(writer.fencingToken), true)
    t.equal(await asked.read.isHeld(writer.fencingToken), false, 'in another mode')
    t.equal(await asked.write.isHeld(writer.fencingToken - 1), false)
    for (const token of waiting) t.equal(await asked.read.isHeld(token), false, 'one that waits')
    await writer.release()
    t.equal(await asked.write.isHeld(writer.fencingToken), false)
    const reading = await Promise.all(readers)
    const last = lock.write.acquire()
    await until(two, '/lock', names => names.length === 3)
    for (const { fencingToken } of reading) t.equal(await asked.read.isHeld(fencingToken), true)
    await Promise.all(reading.map(grant => grant.release()))
    t.equal(await asked.write.isHeld((await last).fencingToken), true)
    await (await last).release()
  })

  on('it refuses a plain lock on its path', async (t, lab) => {
    const [client] = await lab.clients(1)
    await new Mutex(client, '/lock').acquire()
    const refused = { code: 'RECIPE_FOREIGN_NODES', message: /a path of its own/ }
    await t.rejects(new ReadWriteLock(client, '/lock').read.acquire(), refused)
    await t.rejects(new ReadWriteLock(client, '/lock').write.acquire(), refused)
  })
}

export const multiLockCases: Cases = on => {
  on('all or none', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    const of = (client = one, ...paths: string[]) => new MultiLock(paths.map(path => new Mutex(client, path)))
    const both = await of(one, '/b', '/a').acquire()
    t.match(both.grants, [{ path: /^\/b/ }, { path: /^\/a/ }])
    const abort = new AbortController()
    const waiting = of(two, '/0', '/a').acquire({ signal: abort.signal })
    await until(one, '/a', names => names.length === 2)
    abort.abort(new Error('enough'))
    await t.rejects(waiting, { message: 'enough' })
    t.equal((await of(two, '/0').acquire()).held, true)
    await both.release()
    await t.rejects(both.release(), { code: 'RECIPE_NOT_HELD' })
    await using again = await of(two, '/a', '/b').acquire()
    await one.delete(again.grants[1].path)
    await aborted(again.signal)
    t.notOk(again.held)
    t.throws(() => new MultiLock([]), { code: 'RECIPE_ARGUMENT' })
    t.throws(() => of(one, '/a', '/a'), { code: 'RECIPE_ARGUMENT' })
  })

  on('two that want the same in another order do not wait for each other', async (t, lab) => {
    const clients = await lab.clients(4)
    let inside = 0
    await Promise.all(
      clients.map(async (client, index) => {
        const paths = index % 2 === 0 ? ['/a', '/b'] : ['/b', '/a']
        for (let round = 0; round < 3; round++) {
          await using _ = await new MultiLock(paths.map(path => new Mutex(client, path))).acquire()
          t.equal(++inside, 1)
          await client.sync()
          inside--
        }
      }),
    )
  })
}

export const semaphoreCases: Cases = on => {
  for (const dialect of ['curator', 'kazoo'] as const) {
    on(`never more hold it than there are leases (${dialect})`, async (t, lab) => {
      const clients = await lab.clients(6)
      let inside = 0
      let most = 0
      let meet = () => {}
      const two = new Promise<void>(resolve => {
        meet = resolve
      })
      const tokens: number[] = []
      await Promise.all(
        clients.map(client =>
          new Semaphore(client, '/semaphore', { leases: 2, dialect }).run(async ({ fencingToken }) => {
            most = Math.max(most, ++inside)
            tokens.push(fencingToken)
            if (inside === 2) meet()
            await two
            await client.sync()
            inside--
          }),
        ),
      )
      t.equal(most, 2)
      t.equal(new Set(tokens).size, 6)
      const leases = dialect === 'curator' ? '/semaphore/leases' : '/semaphore'
      t.strictSame(await clients[0].getChildren(leases), [])
    })

    on(`the lease of an expired session is free again (${dialect})`, async (t, lab) => {
      const [one, two] = await lab.clients(2)
      const lost = await new Semaphore(one, '/semaphore', { leases: 1, dialect }).acquire()
      const next = new Semaphore(two, '/semaphore', { leases: 1, dialect }).acquire()
      await lab.expire(one)
      const lease = await next
      t.ok(lease.fencingToken > lost.fencingToken)
      t.notOk(lost.held)
      await lease.release()
      await t.rejects(lease.release(), { code: 'RECIPE_NOT_HELD' })
    })

    on(`an abort and a lost reply leave nothing behind (${dialect})`, async (t, lab) => {
      const [one] = await lab.clients(1)
      const { client, proxy } = await lab.proxied()
      const semaphore = new Semaphore(client, '/semaphore', { leases: 1, dialect })
      const held = await new Semaphore(one, '/semaphore', { leases: 1, dialect }).acquire()
      const abort = new AbortController()
      const waiting = semaphore.acquire({ signal: abort.signal })
      const leases = dialect === 'curator' ? '/semaphore/leases' : '/semaphore'
      const guard = dialect === 'curator' ? '/semaphore/locks' : '/semaphore-__lock__'
      await until(one, guard, names => names.length === 1)
      abort.abort()
      await t.rejects(waiting, { name: 'AbortError' })
      t.equal((await one.getChildren(leases)).length, 1)
      t.strictSame(await one.getChildren(guard), [])
      await held.release()
      const dropped = proxy.dropReplyTo(OpCode.create2)
      const lease = await semaphore.acquire()
      await dropped
      t.equal((await one.getChildren(leases)).length, 1)
      await lease.release()
      t.strictSame(await one.getChildren(leases), [])
      t.strictSame(await one.getChildren(guard), [])
    })
  }

  on('the other library, another number and no number are refused', async (t, lab) => {
    const [client] = await lab.clients(1)
    const of = (path: string, leases: number, dialect: 'curator' | 'kazoo') =>
      new Semaphore(client, path, { leases, dialect })
    await of('/c', 1, 'curator').acquire()
    await t.rejects(of('/c', 1, 'kazoo').acquire(), { code: 'RECIPE_FOREIGN_NODES', message: /Curator/ })
    await of('/k', 1, 'kazoo').acquire()
    await t.rejects(of('/k', 1, 'curator').acquire(), { code: 'RECIPE_FOREIGN_NODES', message: /kazoo/ })
    await t.rejects(of('/k', 2, 'kazoo').acquire(), { code: 'RECIPE_ARGUMENT', message: /has 1 leases, and 2/ })
    t.throws(() => of('/s', 0, 'curator'), { code: 'RECIPE_ARGUMENT' })
    t.throws(() => of('/s', 1, 'zookeeper' as 'kazoo'), { code: 'RECIPE_ARGUMENT' })
  })
}
