import { setImmediate } from 'node:timers/promises'
import { LeaderElection, LeaderLatch, type Term } from '@menagerie/recipes'
import { firstValueFrom, toArray } from 'rxjs'
import { aborted, type Cases, until } from '../support/lab.js'

const path = '/leader'

export const electionCases: Cases = on => {
  for (const dialect of ['curator', 'kazoo', 'zookeeper'] as const) {
    on(`candidates lead in turn, one at a time (${dialect})`, async (t, lab) => {
      const clients = await lab.clients(3)
      const order: string[] = []
      const tokens: number[] = []
      let leaders = 0
      await Promise.all(
        clients.map(async (client, index) => {
          const election = new LeaderElection(client, path, { id: `c${index}`, dialect })
          let rounds = 0
          for await (const term of election.terms()) {
            t.equal(++leaders, 1)
            t.equal((await election.leader())?.id, term.id)
            order.push(term.id)
            tokens.push(term.fencingToken)
            leaders--
            // The first to come may be alone at first: a turn for everybody counts once all are here.
            if (++rounds === 3) break
          }
        }),
      )
      t.equal(order.length, 9)
      t.strictSame(
        tokens,
        [...tokens].sort((a, b) => a - b),
      )
      t.strictSame(await clients[0].getChildren(path), [])
    })
  }

  on('a candidate whose create got lost does not take the znode of another one with its id', async (t, lab) => {
    const { client, proxy } = await lab.proxied()
    const terms = () => new LeaderElection(client, path, { id: 'same', dialect: 'zookeeper' }).terms()
    const first = await terms().next()
    proxy.silence(true)
    const second = terms().next()
    await setImmediate()
    proxy.cut()
    proxy.silence(false)
    const [watcher] = await lab.clients(1)
    await until(watcher, path, names => names.length === 2)
    await first.value?.release()
    const { value } = await second
    t.not(value?.path, first.value?.path)
    await value?.release()
    t.strictSame(await watcher.getChildren(path), [])
  })

  on('a signal ends the term and the loop', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    const abort = new AbortController()
    const seen: Term[] = []
    for await (const term of new LeaderElection(one, path, { id: 'one' }).terms({ signal: abort.signal })) {
      seen.push(term)
      abort.abort()
      await aborted(term.signal)
    }
    t.equal(seen.length, 1)
    for await (const term of new LeaderElection(two, path, { id: 'two' }).terms()) {
      t.ok(term.fencingToken > seen[0].fencingToken)
      const waiting = new LeaderElection(one, path, { id: 'one' }).terms({ signal: AbortSignal.timeout(1) })
      t.strictSame(await waiting.next(), { value: undefined, done: true })
      break
    }
    t.strictSame(await one.getChildren(path), [])
  })

  on('an expired leader is told, and the next one leads', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    const mine = new LeaderElection(one, path, { id: 'one' }).terms()
    const theirs = new LeaderElection(two, path, { id: 'two' }).terms()
    const { value: first } = await mine.next()
    const second = theirs.next()
    await until(two, path, names => names.length === 2)
    await lab.expire(one)
    t.match(await aborted((first as Term).signal), { code: 'RECIPE_LOST' })
    t.ok(((await second).value as Term).fencingToken > (first as Term).fencingToken)
    await t.rejects(mine.next(), { name: 'SessionExpiredError' })
    await theirs.return()
  })

  on('a transaction of a term is carried out while the term lasts, and not when another leads', async (t, lab) => {
    const one = await lab.client({ renewSession: true })
    const two = await lab.client()
    const mine = new LeaderElection(one, path, { id: 'one' }).terms()
    const theirs = new LeaderElection(two, path, { id: 'two' }).terms()
    const first = (await mine.next()).value as Term
    await first.multi().create('/plan', Buffer.from('of one')).commit()
    const second = theirs.next()
    await until(two, path, names => names.length === 2)
    await lab.expire(one)
    const present = (await second).value as Term
    await one.whenConnected() // in its next session, in which it does not lead
    await t.rejects(first.multi().setData('/plan', Buffer.from('late')).commit(), { name: 'MultiError', index: 0 })
    await present.multi().setData('/plan', Buffer.from('of two')).commit()
    t.equal(Buffer.from((await one.getData('/plan')).data!).toString(), 'of two')
    await theirs.return()
    await t.rejects(present.multi().delete('/plan').commit(), { name: 'MultiError', index: 0 }, 'resigned')
    await mine.return()
  })

  on('closing the client ends the loop quietly', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    const [leading] = await Promise.all([new LeaderElection(one, path, { id: 'one' }).terms().next()])
    t.notOk(leading.done)
    const waiting = new LeaderElection(two, path, { id: 'two' }).terms().next()
    await until(one, path, names => names.length === 2)
    await two.close()
    t.strictSame(await waiting, { value: undefined, done: true })
    t.throws(() => new LeaderElection(one, path, { id: '' }), { code: 'RECIPE_ARGUMENT' })
    t.throws(() => new LeaderElection(one, 'leader', { id: 'x' }), { code: 'RECIPE_ARGUMENT' })
  })
}

export const latchCases: Cases = on => {
  on('the first leads until it closes, then the next', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    const mine = new LeaderLatch(one, path, { id: 'one' })
    await using theirs = new LeaderLatch(two, path, { id: 'two' })
    t.notOk(mine.leads)
    const term = await mine.untilLeading()
    t.ok(mine.leads)
    theirs.start().start()
    await until(one, path, names => names.length === 2)
    t.match(await mine.candidates(), [
      { id: 'one', first: true },
      { id: 'two', first: false },
    ])
    t.notOk(theirs.leads)
    await t.rejects(theirs.untilLeading({ signal: AbortSignal.abort() }), { name: 'AbortError' })
    const history = firstValueFrom(mine.leadership$.pipe(toArray()))
    await mine.close()
    t.strictSame(await history, [term, undefined])
    t.match(await aborted(term.signal), { code: 'RECIPE_NOT_HELD' })
    const next = await theirs.untilLeading()
    t.ok(next.fencingToken > term.fencingToken)
    await mine.close()
    t.throws(() => mine.start(), { code: 'RECIPE_CLOSED' })
  })

  on('a leader whose znode is deleted queues again', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    await using mine = new LeaderLatch(one, path, { id: 'one' })
    const first = await mine.untilLeading()
    await two.delete(first.path)
    await aborted(first.signal)
    const second = await mine.untilLeading()
    t.ok(second.fencingToken > first.fencingToken)
  })

  on('an expired session ends it with the error', async (t, lab) => {
    const [one] = await lab.clients(1)
    const latch = new LeaderLatch(one, path, { id: 'one' })
    await latch.untilLeading()
    const end = firstValueFrom(latch.leadership$.pipe(toArray()))
    end.catch(() => {})
    await lab.expire(one)
    await t.rejects(end, { name: 'SessionExpiredError' })
    t.equal(latch.term, undefined)
    await t.rejects(latch.untilLeading(), { name: 'SessionExpiredError' })
    await latch.close()
  })
}
