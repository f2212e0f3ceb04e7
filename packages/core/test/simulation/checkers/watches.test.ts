import { EventType, KeeperCode } from '@menagerie/core/jute'
import { checkWatches, type SetWatchesRequest } from '@menagerie/core/simulation'
import t from 'tap'
import { HistoryBuilder, messages } from './build.js'

const other = { session: 2n, connection: 2 }
const watchData = { kind: 'getData', path: '/a', watch: true } as const
const watchChildren = { kind: 'getChildren', path: '/a', watch: true } as const
const setWatches = (relativeZxid: number, held: Partial<SetWatchesRequest>): SetWatchesRequest => ({
  kind: 'setWatches',
  relativeZxid,
  data: [],
  exist: [],
  child: [],
  persistent: [],
  recursive: [],
  ...held,
})

/** Session 1 has seen /a, and session 2 changes it. */
function watched(): HistoryBuilder {
  const history = new HistoryBuilder(1n, 2n)
  history.create('/a', other)
  return history
}

t.test('an event ahead of the reply that shows the change is as it should be', async t => {
  const history = watched()
  history.read(watchData, { code: 0, zxid: 3 })
  history.set('/a', 'x', other)
  history.event(EventType.NodeDataChanged, '/a')
  history.read({ kind: 'ping' }, { code: 0, zxid: 4 })
  // It is told once: nothing comes of this.
  history.set('/a', 'y', other)
  history.read({ kind: 'ping' }, { code: 0, zxid: 5 })
  t.strictSame(checkWatches(history), [])
})

t.test('a reply that shows a change ahead of its event is told', async t => {
  for (const late of [true, false]) {
    const history = watched()
    history.read(watchData, { code: 0, zxid: 3 })
    history.set('/a', 'x', other)
    history.read({ kind: 'ping' }, { code: 0, zxid: 4 })
    if (late) history.event(EventType.NodeDataChanged, '/a')
    t.match(messages(checkWatches(history))[0], /a reply at zxid 0x4 came before the event of 0x4 \(type 3, \/a\)/)
  }
})

t.test('an event of the wrong kind, of nothing, or a second one is told', async t => {
  const history = watched()
  history.read(watchData, { code: 0, zxid: 3 })
  history.event(EventType.NodeDataChanged, '/b')
  history.set('/a', 'x', other)
  history.event(EventType.NodeDeleted, '/a')
  history.event(EventType.NodeDataChanged, '/a')
  history.event(EventType.NodeDataChanged, '/a')
  t.match(messages(checkWatches(history)), [/type 3 at \/b/, /type 2 at \/a/, /type 3 at \/a that no watch waits for/])
})

t.test('a persistent watch hears of every change in order, a recursive one of what is below', async t => {
  const history = watched()
  history.read({ kind: 'addWatch', path: '/a', recursive: false }, { code: 0, zxid: 3 })
  history.read({ kind: 'addWatch', path: '/', recursive: true }, { code: 0, zxid: 3 })
  history.create('/a/b', other)
  history.event(EventType.NodeCreated, '/a/b')
  history.event(EventType.NodeChildrenChanged, '/a')
  history.set('/a', 'x', other)
  history.event(EventType.NodeDataChanged, '/a')
  history.delete('/a/b', other)
  history.event(EventType.NodeDeleted, '/a/b')
  t.strictSame(checkWatches(history), [])
  history.read({ kind: 'ping' }, { code: 0, zxid: 6 })
  t.match(messages(checkWatches(history)), [
    /came before the event of 0x6 \(type 4, \/a\) for the persistent watch on \/a/,
  ])
})

t.test('after a reconnect', async t => {
  /** Session 1 has a data and a child watch on /a, and a watch for /none, and is away. */
  const away = (): HistoryBuilder => {
    const history = watched()
    history.read(watchData, { code: 0, zxid: 3 })
    history.read(watchChildren, { code: 0, zxid: 3 })
    history.read({ kind: 'exists', path: '/none', watch: true }, { code: KeeperCode.NoNode, zxid: 3 })
    history.session(1n, 'disconnected')
    return history
  }
  const back = (history: HistoryBuilder, zxid: number, ...events: [type: number, path: string][]): string[] => {
    history.session(1n, 'attached')
    const request = history.ask(setWatches(3, { data: ['/a'], child: ['/a'], exist: ['/none'] }), { connection: 9 })
    for (const [type, path] of events) history.event(type, path)
    history.answer(request, { code: 0, zxid })
    return messages(checkWatches(history))
  }

  t.test('nothing is told if nothing has changed', async t => t.strictSame(back(away(), 3), []))

  t.test('each change is told once, as what it came to', async t => {
    const history = away()
    history.set('/a', 'x', other)
    history.create('/none', other)
    history.create('/a/b', other)
    t.strictSame(
      back(
        history,
        6,
        [EventType.NodeDataChanged, '/a'],
        [EventType.NodeChildrenChanged, '/a'],
        [EventType.NodeCreated, '/none'],
      ),
      [],
    )
    const gone = away()
    gone.delete('/a', other)
    t.strictSame(back(gone, 4, [EventType.NodeDeleted, '/a']), [])
    const again = away()
    again.delete('/a', other)
    again.create('/a', other)
    t.strictSame(back(again, 5, [EventType.NodeDataChanged, '/a'], [EventType.NodeChildrenChanged, '/a']), [])
  })

  t.test('a change that is not told is', async t => {
    const history = away()
    history.set('/a', 'x', other)
    history.create('/none', other)
    history.create('/a/b', other)
    t.match(back(history, 6), [
      /the data watch on \/a was set again at zxid 0x6, and of a change since zxid 0x3 no event came/,
      /the child watch on \/a .* a change of children/,
      /the data watch on \/none .* the creation/,
    ])
    const gone = away()
    gone.delete('/a', other)
    t.match(back(gone, 4), [/data watch on \/a .* the deletion/, /child watch on \/a .* the deletion/])
  })

  t.test('a znode that came and went has nothing to tell', async t => {
    const history = away()
    history.create('/none', other)
    history.delete('/none', other)
    t.strictSame(back(history, 5), [])
  })
})
