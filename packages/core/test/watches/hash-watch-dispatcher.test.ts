import { type Counter, HashWatchDispatcher, type Metrics, type Watcher } from '@menagerie/core'
import { watchDispatcherContract } from '@menagerie/core/contract'
import t from 'tap'

const OPEN = -1
const silent = (): Watcher => ({ mayRead: () => true, event() {} })

t.test('the hash tables keep the contract', t => {
  watchDispatcherContract(
    (name, body) => {
      t.test(name, body)
    },
    () => new HashWatchDispatcher(),
  )
  t.end()
})

t.test('it observes how many watchers an event had, under the names that mntr prints', t => {
  const observed: string[] = []
  const unused = (): never => t.fail('not used') as never
  const metrics: Metrics = {
    counter: (): Counter => unused(),
    summary: name => ({ observe: value => observed.push(`${name} ${value}`) }),
    gauge: unused,
    read: unused,
    gaugeSet: unused,
    readings: unused,
    reset: unused,
  }
  const dispatcher = new HashWatchDispatcher(metrics)
  for (const watcher of [silent(), silent()]) dispatcher.add('/n', 'persistent', watcher)
  dispatcher.add('/m', 'data', silent())
  dispatcher.created('/n', 1, OPEN)
  dispatcher.dataChanged('/m', 2, OPEN)
  dispatcher.dataChanged('/m', 3, OPEN)
  dispatcher.childrenChanged('/n', 4, OPEN)
  dispatcher.deleted('/n', 5, OPEN)
  t.strictSame(observed, [
    'node_created_watch_count 2',
    'node_changed_watch_count 1',
    'node_children_watch_count 2',
    'node_deleted_watch_count 2',
  ])
  t.end()
})

t.test('many watches are found, fired and removed without touching the others', t => {
  const dispatcher = new HashWatchDispatcher()
  let heard = 0
  const watchers = Array.from({ length: 10 }, () => ({ mayRead: () => true, event: () => void heard++ }))
  for (let i = 0; i < 20_000; i++) dispatcher.add(`/parent/n${i}`, 'data', watchers[i % 10]!)
  t.equal(dispatcher.watchCount, 20_000)
  for (let i = 0; i < 20_000; i += 2) dispatcher.dataChanged(`/parent/n${i}`, i, OPEN)
  t.equal(heard, 10_000)
  dispatcher.removeWatcher(watchers[1]!)
  t.strictSame(dispatcher.summary(), { connections: 4, paths: 8_000, watches: 8_000 })
  t.end()
})
