import {
  BitWatchDispatcher,
  type Counter,
  HashWatchDispatcher,
  type Metrics,
  type WatchDispatcher,
  type Watcher,
  type WatchKind,
} from '@menagerie/core'
import { watchDispatcherContract } from '@menagerie/core/contract'
import t from 'tap'
import { Seeded } from '../seeded.js'

const OPEN = -1
const KINDS: readonly WatchKind[] = ['data', 'child', 'persistent', 'persistentRecursive']

class Listener implements Watcher {
  heard: string[] = []
  onEvent: () => void = () => {}
  constructor(readonly name: string) {}
  mayRead(acl: number): boolean {
    return acl === OPEN
  }
  event(type: number, path: string, zxid: number): void {
    this.heard.push(`${type} ${path} ${zxid}`)
    this.onEvent()
  }
}

const listeners = (count: number) => Array.from({ length: count }, (_, n) => new Listener(String(n)))

t.test('the bit sets keep the contract', t => {
  watchDispatcherContract(
    (name, body) => {
      t.test(name, body)
    },
    () => new BitWatchDispatcher(),
  )
  t.end()
})

t.test('many watchers of one path each hear once, and the path is forgotten', async t => {
  const dispatcher = new BitWatchDispatcher()
  const watchers = listeners(5000)
  t.ok(watchers.every(watcher => dispatcher.add('/n', 'data', watcher)))
  for (const watcher of watchers) dispatcher.add('/n', 'persistent', watcher)
  for (const watcher of watchers) dispatcher.add('/', 'persistentRecursive', watcher)
  t.equal(dispatcher.add('/n', 'data', watchers[77]), false)
  t.equal(dispatcher.watchCount, 15_000)
  dispatcher.dataChanged('/n', 1, OPEN)
  dispatcher.dataChanged('/n', 2, OPEN)
  t.ok(watchers.every(({ heard }) => heard.join() === '3 /n 1,3 /n 2'))
  t.equal(dispatcher.has('/n', 'data', watchers[77]), false)
  t.equal(dispatcher.has('/n', 'persistent', watchers[77]), true)
})

t.test('a number that is used again does not inherit the watches of the one before', async t => {
  const dispatcher = new BitWatchDispatcher()
  for (let round = 0; round < 20; round++) {
    const watchers = listeners(300)
    for (const watcher of watchers) {
      for (const kind of KINDS) dispatcher.add(`/n${round % 3}`, kind, watcher)
    }
    dispatcher.deleted(`/n${round % 3}`, round, OPEN)
    t.ok(watchers.every(({ heard }) => heard.length === 1))
    for (const watcher of watchers) dispatcher.removeWatcher(watcher)
    t.ok(dispatcher.isEmpty)
  }
  t.strictSame(dispatcher.summary(), { connections: 0, paths: 0, watches: 0 })
  t.strictSame([...dispatcher.entries()], [])
})

t.test('watchers that are gone are not shown, told or counted before their watches are dropped', async t => {
  const observed: number[] = []
  const unused = (): never => t.fail('not used') as never
  const metrics: Metrics = {
    counter: (): Counter => unused(),
    summary: () => ({ observe: value => observed.push(value) }),
    gauge: unused,
    read: unused,
    gaugeSet: unused,
    readings: unused,
    reset: unused,
  }
  const dispatcher = new BitWatchDispatcher(metrics)
  const watchers = listeners(10)
  for (const watcher of watchers) dispatcher.add('/n', 'data', watcher)
  dispatcher.add('/gone', 'data', watchers[3])
  dispatcher.removeWatcher(watchers[3])
  t.equal(dispatcher.watchCount, 9)
  t.equal(dispatcher.has('/n', 'data', watchers[3]), false)
  dispatcher.dataChanged('/gone', 1, OPEN)
  dispatcher.dataChanged('/n', 2, OPEN)
  t.strictSame(observed, [9])
  t.strictSame(watchers[3].heard, [])
  t.ok(dispatcher.isEmpty)
})

t.test('watchers may go as they hear of an event that others hear too', async t => {
  const dispatcher = new BitWatchDispatcher()
  const watchers = listeners(3000)
  for (const watcher of watchers) {
    watcher.onEvent = () => dispatcher.removeWatcher(watcher)
    for (const kind of KINDS) for (const path of ['/n', '/m']) dispatcher.add(path, kind, watcher)
  }
  dispatcher.deleted('/n', 1, OPEN)
  t.ok(watchers.every(({ heard }) => heard.length === 1))
  t.ok(dispatcher.isEmpty)
  dispatcher.deleted('/m', 2, OPEN)
  t.ok(watchers.every(({ heard }) => heard.length === 1))
})

/** Everything that shows from outside. */
function shown(dispatcher: WatchDispatcher): unknown {
  const { connections, paths, watches } = dispatcher.summary()
  const entries = [...dispatcher.entries()].map(([path, watchers]) => [
    path,
    [...watchers].map(watcher => (watcher as Listener).name).sort(),
  ])
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return { connections, paths, watches, entries, watchCount: dispatcher.watchCount, isEmpty: dispatcher.isEmpty }
}

t.test('random operations show the same as with the hash tables', async t => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = new Seeded(seed)
    const below = (bound: number) => random.below(bound)
    const both = [new HashWatchDispatcher(), new BitWatchDispatcher()].map(dispatcher => ({
      dispatcher: dispatcher as WatchDispatcher,
      watchers: listeners(seed % 3 === 0 ? 400 : 12),
    }))
    const paths = ['/', '/a', '/a/b', '/a/b/c', '/d']
    for (let step = 0; step < 3000; step++) {
      const [action, which, at, kind] = [below(20), below(both[0].watchers.length), below(5), below(4)]
      const acl = below(4) === 0 ? 1 : OPEN
      const answers = both.map(({ dispatcher, watchers }) => {
        const watcher = watchers[which]
        const path = paths[at]
        if (action < 11) return dispatcher.add(path, KINDS[kind], watcher)
        if (action < 13) return dispatcher.remove(path, KINDS[kind], watcher)
        if (action < 14) return dispatcher.has(path, KINDS[kind], watcher)
        if (action < 16) return dispatcher.removeWatcher(watcher)
        if (action < 17) return dispatcher.created(path, step, acl)
        if (action < 18) return dispatcher.deleted(path, step, acl)
        if (action < 19) return dispatcher.dataChanged(path, step, acl)
        return dispatcher.childrenChanged(path, step, acl)
      })
      if (answers[0] !== answers[1]) t.strictSame(answers[1], answers[0], `seed ${seed}, step ${step}`)
      if (step % 500 === 0) t.strictSame(shown(both[1].dispatcher), shown(both[0].dispatcher), `seed ${seed}`)
    }
    t.strictSame(
      both[1].watchers.map(({ heard }) => heard),
      both[0].watchers.map(({ heard }) => heard),
      `events with seed ${seed}`,
    )
  }
})
