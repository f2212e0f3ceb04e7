/** The test kit of the {@link WatchDispatcher} seam: each kind's semantics, and nobody told twice. */
import { EventType } from '../jute/codes.js'
import type { WatchDispatcher, Watcher, WatchKind } from '../seams/index.js'
import { containsWatcher, removeWatch } from '../watches/removal.js'
import { expect, expectEqual, type TestFunction } from './harness.js'

const { NodeCreated, NodeDeleted, NodeDataChanged, NodeChildrenChanged } = EventType
const KINDS: readonly WatchKind[] = ['data', 'child', 'persistent', 'persistentRecursive']
const OPEN = -1
const SECRET = 7

/** Writes down what it hears as `name type path zxid`, in a list that several may share. */
class Listener implements Watcher {
  /** What it does when told, beside writing down. */
  onEvent: () => void = () => {}
  constructor(
    readonly name: string,
    readonly heard: string[] = [],
    readonly readable = (acl: number, _path: string) => acl !== SECRET,
  ) {}
  mayRead(acl: number, path: string): boolean {
    return this.readable(acl, path)
  }
  event(type: number, path: string, zxid: number): void {
    this.heard.push(`${this.name} ${type} ${path} ${zxid}`)
    this.onEvent()
  }
}

/** Reports one change of each type at `path`, zxids 1 to 4 being created, data, children, deleted. */
function everyChange(dispatcher: WatchDispatcher, path: string): void {
  dispatcher.created(path, 1, OPEN)
  dispatcher.dataChanged(path, 2, OPEN)
  dispatcher.childrenChanged(path, 3, OPEN)
  dispatcher.deleted(path, 4, OPEN)
}

/** The tests of every watch dispatcher; `create` makes an empty one. */
export function watchDispatcherContract(test: TestFunction, create: () => WatchDispatcher): void {
  const on = (name: string, body: (dispatcher: WatchDispatcher, heard: string[]) => void) =>
    test(name, async () => body(create(), []))

  on('a data watch hears of one creation, change or deletion and is gone', (dispatcher, heard) => {
    const a = new Listener('a', heard)
    for (const [type, change] of [
      [NodeCreated, () => dispatcher.created('/n', 9, OPEN)],
      [NodeDataChanged, () => dispatcher.dataChanged('/n', 9, OPEN)],
      [NodeDeleted, () => dispatcher.deleted('/n', 9, OPEN)],
    ] as const) {
      dispatcher.add('/n', 'data', a)
      dispatcher.childrenChanged('/n', 8, OPEN)
      change()
      change()
      expectEqual(heard.splice(0), [`a ${type} /n 9`], 'events of a data watch')
    }
    expect(dispatcher.isEmpty, 'the watch is gone')
  })

  on('a child watch hears of changed children or of the deletion, once', (dispatcher, heard) => {
    const a = new Listener('a', heard)
    for (const [type, change] of [
      [NodeChildrenChanged, () => dispatcher.childrenChanged('/n', 9, OPEN)],
      [NodeDeleted, () => dispatcher.deleted('/n', 9, OPEN)],
    ] as const) {
      dispatcher.add('/n', 'child', a)
      dispatcher.created('/n', 7, OPEN)
      dispatcher.dataChanged('/n', 8, OPEN)
      change()
      change()
      expectEqual(heard.splice(0), [`a ${type} /n 9`], 'events of a child watch')
    }
    expect(dispatcher.isEmpty, 'the watch is gone')
  })

  on('a persistent watch hears of every change of its path, and stays', (dispatcher, heard) => {
    dispatcher.add('/n', 'persistent', new Listener('a', heard))
    everyChange(dispatcher, '/n')
    everyChange(dispatcher, '/n/child')
    everyChange(dispatcher, '/')
    expectEqual(heard.splice(0), ['a 1 /n 1', 'a 3 /n 2', 'a 4 /n 3', 'a 2 /n 4'], 'first round')
    everyChange(dispatcher, '/n')
    expectEqual(heard, ['a 1 /n 1', 'a 3 /n 2', 'a 4 /n 3', 'a 2 /n 4'], 'second round')
  })

  on('a recursive watch hears of its path and everything below, without child events', (dispatcher, heard) => {
    dispatcher.add('/n', 'persistentRecursive', new Listener('a', heard))
    everyChange(dispatcher, '/n')
    everyChange(dispatcher, '/n/x/y')
    expectEqual(
      heard.splice(0),
      ['a 1 /n 1', 'a 3 /n 2', 'a 2 /n 4', 'a 1 /n/x/y 1', 'a 3 /n/x/y 2', 'a 2 /n/x/y 4'],
      'events',
    )
    for (const path of ['/', '/nn', '/m', '/m/n']) everyChange(dispatcher, path)
    expectEqual(heard, [], 'events elsewhere, a longer name with the same beginning included')
  })

  on('a recursive watch on the root hears of every znode', (dispatcher, heard) => {
    dispatcher.add('/', 'persistentRecursive', new Listener('a', heard))
    for (const path of ['/', '/n', '/n/x']) dispatcher.dataChanged(path, 5, OPEN)
    expectEqual(heard, ['a 3 / 5', 'a 3 /n 5', 'a 3 /n/x 5'], 'events')
  })

  on('a watcher hears of one event once, whatever matches', (dispatcher, heard) => {
    const a = new Listener('a', heard)
    for (const kind of KINDS) dispatcher.add('/n/x', kind, a)
    for (const kind of KINDS) dispatcher.add('/n', kind, a)
    dispatcher.add('/', 'persistentRecursive', a)
    everyChange(dispatcher, '/n/x')
    expectEqual(heard, ['a 1 /n/x 1', 'a 3 /n/x 2', 'a 4 /n/x 3', 'a 2 /n/x 4'], 'events')
  })

  on('a deletion takes data and child watches of one watcher with a single event', (dispatcher, heard) => {
    const a = new Listener('a', heard)
    dispatcher.add('/n', 'data', a)
    dispatcher.add('/n', 'child', a)
    dispatcher.deleted('/n', 5, OPEN)
    expectEqual(heard, ['a 2 /n 5'], 'events')
    expect(dispatcher.isEmpty, 'both watches are gone')
  })

  on('watchers on one path are told independently', (dispatcher, heard) => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(name => new Listener(name, heard)) as [
      Listener,
      Listener,
      Listener,
      Listener,
    ]
    dispatcher.add('/n', 'data', a)
    dispatcher.add('/n', 'data', b)
    dispatcher.add('/n', 'persistent', c)
    dispatcher.add('/n', 'child', d)
    dispatcher.dataChanged('/n', 1, OPEN)
    expectEqual(heard.splice(0).sort(), ['a 3 /n 1', 'b 3 /n 1', 'c 3 /n 1'], 'data')
    dispatcher.childrenChanged('/n', 2, OPEN)
    expectEqual(heard.splice(0).sort(), ['c 4 /n 2', 'd 4 /n 2'], 'children')
    dispatcher.deleted('/n', 3, OPEN)
    expectEqual(heard, ['c 2 /n 3'], 'deletion')
  })

  on('add says whether the watch is new, and kinds do not replace one another', dispatcher => {
    const a = new Listener('a')
    for (const kind of KINDS) {
      expect(dispatcher.add('/n', kind, a), `${kind} is new`)
      expect(!dispatcher.add('/n', kind, a), `${kind} was there`)
    }
    dispatcher.dataChanged('/n', 1, OPEN)
    const left = KINDS.filter(kind => dispatcher.has('/n', kind, a))
    expectEqual(left, ['child', 'persistent', 'persistentRecursive'], 'kinds left after a data event')
    expect(dispatcher.add('/n', 'data', a), 'a data watch can be set again')
  })

  on('has and remove know exactly path, kind and watcher', dispatcher => {
    const [a, b] = [new Listener('a'), new Listener('b')]
    for (const kind of KINDS) {
      dispatcher.add('/n', kind, a)
      for (const other of KINDS) expectEqual(dispatcher.has('/n', other, a), other === kind, `${other} beside ${kind}`)
      expect(!dispatcher.has('/n', kind, b), 'another watcher')
      expect(!dispatcher.has('/m', kind, a), 'another path')
      expect(!dispatcher.remove('/n', kind, b), 'removal for another watcher')
      expect(!dispatcher.remove('/m', kind, a), 'removal at another path')
      expect(dispatcher.remove('/n', kind, a), `removal of ${kind}`)
      expect(!dispatcher.remove('/n', kind, a), `second removal of ${kind}`)
      expect(dispatcher.isEmpty, `nothing is left of ${kind}`)
    }
  })

  on('a removed watch hears nothing, others go on', (dispatcher, heard) => {
    const watchers = ['a', 'b', 'c'].map(name => new Listener(name, heard))
    for (const kind of KINDS) for (const watcher of watchers) dispatcher.add('/n', kind, watcher)
    for (const kind of KINDS) dispatcher.remove('/n', kind, watchers[1]!)
    everyChange(dispatcher, '/n')
    expect(!heard.some(line => line.startsWith('b')), 'the removed watcher is silent')
    expectEqual(heard.length, 8, 'events of the other two')
  })

  on('removeWatcher forgets all of a watcher and nothing of others', (dispatcher, heard) => {
    const [a, b] = [new Listener('a', heard), new Listener('b', heard)]
    for (const kind of KINDS) for (const path of ['/n', '/n/x', '/']) dispatcher.add(path, kind, a)
    dispatcher.add('/n', 'data', b)
    dispatcher.removeWatcher(a)
    dispatcher.removeWatcher(a)
    everyChange(dispatcher, '/n')
    everyChange(dispatcher, '/n/x')
    expectEqual(heard, ['b 1 /n 1'], 'events')
    expect(dispatcher.isEmpty && dispatcher.watchCount === 0, 'nothing is left')
  })

  on('a watcher may be removed while it is told', (dispatcher, heard) => {
    const watchers = ['a', 'b', 'c'].map(name => new Listener(name, heard))
    for (const watcher of watchers) {
      watcher.onEvent = () => dispatcher.removeWatcher(watcher)
      for (const kind of KINDS) dispatcher.add('/n', kind, watcher)
    }
    dispatcher.dataChanged('/n', 1, OPEN)
    dispatcher.dataChanged('/n', 2, OPEN)
    expectEqual(heard.sort(), ['a 3 /n 1', 'b 3 /n 1', 'c 3 /n 1'], 'events')
    expect(dispatcher.isEmpty, 'nothing is left')
  })

  on('of many watchers of one path, those who went hear nothing, and those who came later hear once', dispatcher => {
    const log: string[] = []
    const crowd = (name: string) => Array.from({ length: 500 }, (_, n) => new Listener(`${name}${n}`, log))
    const watch = (watchers: Listener[]) => {
      for (const watcher of watchers) for (const kind of KINDS) dispatcher.add('/n', kind, watcher)
    }
    const [early, late] = [crowd('early'), crowd('late')]
    watch(early)
    const stay = early.filter((watcher, index) => index % 3 === 0 || dispatcher.removeWatcher(watcher))
    watch(late)
    dispatcher.deleted('/n', 1, OPEN)
    const expected = [...stay, ...late].map(({ name }) => `${name} 2 /n 1`)
    expectEqual(log.sort(), expected.sort(), 'events')
    expectEqual(dispatcher.watchCount, 2 * expected.length, 'watches that stay')
    for (const watcher of [...early, ...late]) dispatcher.removeWatcher(watcher)
    expect(dispatcher.isEmpty, 'nothing is left')
  })

  on('an event reaches only those who may read the znode, by the ACL of the change', (dispatcher, heard) => {
    const a = new Listener('a', heard, acl => acl === SECRET)
    const b = new Listener('b', heard)
    for (const watcher of [a, b]) dispatcher.add('/n', 'persistent', watcher)
    dispatcher.dataChanged('/n', 1, OPEN)
    dispatcher.dataChanged('/n', 2, SECRET)
    dispatcher.created('/n', 3, OPEN)
    dispatcher.childrenChanged('/n', 4, SECRET)
    dispatcher.deleted('/n', 5, SECRET)
    expectEqual(heard, ['b 3 /n 1', 'a 3 /n 2', 'b 1 /n 3', 'a 4 /n 4', 'a 2 /n 5'], 'events')
  })

  on('who may read is asked with the path that changed, once for each event', dispatcher => {
    const asked: string[] = []
    const a = new Listener('a', [], (acl, path) => asked.push(`${acl} ${path}`) > 0)
    dispatcher.add('/', 'persistentRecursive', a)
    dispatcher.add('/n', 'persistent', a)
    dispatcher.add('/n', 'child', a)
    dispatcher.deleted('/n', 1, 3)
    expectEqual(asked, ['3 /n'], 'questions')
  })

  on('a one-shot watch whose event was withheld is gone all the same', (dispatcher, heard) => {
    const a = new Listener('a', heard)
    dispatcher.add('/n', 'data', a)
    dispatcher.add('/n', 'child', a)
    dispatcher.deleted('/n', 1, SECRET)
    expectEqual(heard, [], 'events')
    expect(dispatcher.isEmpty, 'the watches are gone')
  })

  on('a change that nobody watches tells nobody and keeps every watch', (dispatcher, heard) => {
    for (const kind of KINDS) dispatcher.add('/n/x', kind, new Listener('a', heard))
    for (const path of ['/', '/n', '/n/y', '/n/xx', '/o/x']) everyChange(dispatcher, path)
    expectEqual(heard, [], 'events')
    expectEqual(dispatcher.watchCount, 5, 'watches')
  })

  on('isEmpty follows each kind', dispatcher => {
    const a = new Listener('a')
    expect(dispatcher.isEmpty, 'empty at first')
    for (const kind of KINDS) {
      dispatcher.add('/n', kind, a)
      expect(!dispatcher.isEmpty, `not with a ${kind} watch`)
      dispatcher.removeWatcher(a)
      expect(dispatcher.isEmpty, `again without the ${kind} watch`)
    }
  })

  on('watchCount counts a path and watcher once among data and once among child watches', dispatcher => {
    const [a, b] = [new Listener('a'), new Listener('b')]
    const counts = [
      ['/n', 'data', a, 1],
      ['/n', 'persistent', a, 2],
      ['/n', 'child', a, 2],
      ['/n', 'persistentRecursive', a, 2],
      ['/n', 'persistentRecursive', b, 3],
      ['/m', 'persistent', a, 5],
      ['/m', 'child', b, 6],
    ] as const
    for (const [path, kind, watcher, count] of counts) {
      dispatcher.add(path, kind, watcher)
      expectEqual(dispatcher.watchCount, count, `watches with ${kind} on ${path}`)
    }
    dispatcher.deleted('/n', 1, OPEN)
    expectEqual(dispatcher.watchCount, 6, 'watches after the deletion')
    dispatcher.removeWatcher(a)
    expectEqual(dispatcher.watchCount, 2, 'watches without a')
  })

  on('summary and entries show all but child watches, each path and watcher once', dispatcher => {
    const [a, b, c] = [new Listener('a'), new Listener('b'), new Listener('c')]
    expectEqual(dispatcher.summary(), { connections: 0, paths: 0, watches: 0 }, 'summary of nothing')
    dispatcher.add('/n', 'data', a)
    dispatcher.add('/n', 'data', b)
    dispatcher.add('/n', 'persistent', a)
    dispatcher.add('/n', 'persistentRecursive', a)
    dispatcher.add('/m', 'persistent', b)
    dispatcher.add('/r', 'persistentRecursive', a)
    dispatcher.add('/hidden', 'child', c)
    const { connections, paths, watches } = dispatcher.summary()
    expectEqual([connections, paths, watches], [2, 3, 4], 'connections, paths, watches')
    const shown = [...dispatcher.entries()].map(([path, watchers]) => [
      path,
      [...watchers].map(watcher => (watcher as Listener).name).sort(),
    ])
    expectEqual(
      shown.sort(([x], [y]) => (x! < y! ? -1 : 1)),
      [
        ['/m', ['b']],
        ['/n', ['a', 'b']],
        ['/r', ['a']],
      ],
      'entries',
    )
  })

  on('checkWatches and removeWatches: each type is its own kind, and Any is all', dispatcher => {
    const a = new Listener('a')
    const found = () => [1, 2, 3, 4, 5].map(type => containsWatcher(dispatcher, '/n', type, a))
    const no = -121
    expectEqual(found(), [no, no, no, no, no], 'without watches')
    for (const [kind, type] of [
      ['child', 1],
      ['data', 2],
      ['persistent', 4],
      ['persistentRecursive', 5],
    ] as const) {
      dispatcher.add('/n', kind, a)
      expectEqual(
        found(),
        [1, 2, 3, 4, 5].map(t => (t === type || t === 3 ? 0 : no)),
        `with a ${kind} watch`,
      )
      expectEqual(removeWatch(dispatcher, '/n', type === 1 ? 2 : 1, a), no, `another type than ${kind}`)
      expectEqual(removeWatch(dispatcher, '/n', type, a), 0, `removal of ${kind}`)
      expectEqual(removeWatch(dispatcher, '/n', type, a), no, `second removal of ${kind}`)
    }
    for (const kind of KINDS) dispatcher.add('/n', kind, a)
    expectEqual(removeWatch(dispatcher, '/n', 3, a), 0, 'removal of Any')
    expect(dispatcher.isEmpty, 'Any removed every kind')
  })
}
