import { EventType, type TreeChange } from '@menagerie/client'
import t from 'tap'
import { KnownTree } from '../dist/known-tree.js'
import { STAT } from './support/fake-client.js'

const stat = (czxid: number, mzxid = czxid, pzxid = czxid) => ({ ...STAT, czxid, mzxid, pzxid })
const lines = (changes: readonly TreeChange[]) => changes.map(({ type, path }) => `${type} ${path}`)
const { NodeCreated, NodeDeleted, NodeDataChanged, NodeChildrenChanged } = EventType

/** A tree /r with /r/a and /r/a/b, read as of transaction 10. */
function read(recursive = true): KnownTree {
  const tree = new KnownTree('/r', recursive, false)
  tree.readingBegins()
  tree.seen('/r', stat(1), ['a'], 10)
  if (recursive) {
    tree.seen('/r/a', stat(2), ['b'], 10)
    tree.seen('/r/a/b', stat(3), [], 10)
  }
  tree.readingEnds()
  return tree
}

t.test('what is known of a tree', async t => {
  t.test('says nothing of what is there at first, unless it is to be announced', async t => {
    const silent = new KnownTree('/r', true, false)
    silent.readingBegins()
    t.strictSame(silent.seen('/r', stat(1), [], 5), [])
    const loud = new KnownTree('/r', true, true)
    loud.readingBegins()
    t.strictSame(loud.seen('/r', stat(1), [], 5), [{ type: 'created', path: '/r', zxid: 1 }])
  })

  t.test('passes on what it is told before the first reading is complete', async t => {
    const tree = new KnownTree('/r', true, false)
    tree.readingBegins()
    t.strictSame(lines(tree.told(NodeDataChanged, '/r/x', 7)), ['changed /r/x'])
    t.strictSame(lines(tree.told(NodeDeleted, '/r/y', 8)), ['deleted /r/y'])
  })

  t.test('announces once what it is told of before the first reading, and finds there', async t => {
    for (const beforehand of [true, false]) {
      const tree = new KnownTree('/r', true, true)
      const told: TreeChange[] = []
      if (beforehand) told.push(...tree.told(NodeCreated, '/r/a', 5))
      tree.readingBegins()
      if (!beforehand) told.push(...tree.told(NodeCreated, '/r/a', 5))
      const found = [...tree.seen('/r', stat(1), ['a'], 6), ...tree.seen('/r/a', stat(5), [], 6)]
      t.strictSame(lines([...told, ...found]), ['created /r', 'created /r/a'])
    }
  })

  t.test('finds what changed, came and went during a gap', async t => {
    const tree = read()
    tree.gapBegins(10)
    tree.readingBegins()
    t.strictSame(lines(tree.seen('/r', stat(1, 12), ['a', 'n'], 20)), ['changed /r'])
    t.strictSame(lines(tree.seen('/r/a', stat(2), [], 20)), ['deleted /r/a/b'])
    t.strictSame(lines(tree.seen('/r/n', stat(15), [], 20)), ['created /r/n'])
  })

  t.test('takes a znode with another czxid for deleted and created again, with all below it', async t => {
    const tree = read()
    tree.gapBegins(10)
    tree.readingBegins()
    t.strictSame(lines(tree.seen('/r/a', stat(11), ['b'], 20)), ['deleted /r/a/b', 'deleted /r/a', 'created /r/a'])
    t.strictSame(lines(tree.seen('/r/a/b', stat(12), [], 20)), ['created /r/a/b'])
  })

  t.test('does not announce again what it was told, even by servers that name no transaction', async t => {
    const tree = read()
    t.strictSame(lines(tree.told(NodeDataChanged, '/r/a', -1)), ['changed /r/a'])
    tree.gapBegins(10)
    tree.readingBegins()
    t.strictSame(tree.seen('/r/a', stat(2, 9), ['b'], 20), [])
    // Transaction 25 came after the watches were set: it was told.
    t.strictSame(tree.seen('/r/a/b', stat(3, 25), [], 20), [])
  })

  t.test('announces what came in a gap within the first reading', async t => {
    const tree = new KnownTree('/r', true, false)
    tree.watchedSince(5)
    tree.readingBegins()
    t.strictSame(tree.seen('/r', stat(1), ['a'], 5), [])
    tree.gapBegins(6)
    tree.readingBegins()
    t.strictSame(tree.seen('/r', stat(1, 1, 8), ['a', 'n', 'o'], 10), [])
    t.strictSame(lines(tree.seen('/r/a', stat(2, 7), [], 10)), ['changed /r/a'])
    t.strictSame(lines(tree.seen('/r/n', stat(8), [], 10)), ['created /r/n'])
    t.strictSame(lines(tree.seen('/r/o', stat(3, 4), [], 10)), [])
  })

  t.test('announces a parent before a child that is told of first', async t => {
    const tree = read()
    tree.gapBegins(10)
    tree.readingBegins()
    t.strictSame(tree.told(NodeCreated, '/r/n/child', 21), [])
    t.strictSame(lines(tree.seen('/r/n', stat(15), ['child'], 20)), ['created /r/n'])
    t.strictSame(lines(tree.seen('/r/n/child', stat(21), [], 20)), ['created /r/n/child'])
  })

  t.test('drops the deletion of what nobody heard of', async t => {
    const tree = read()
    t.strictSame(tree.told(NodeDeleted, '/r/unheard', 12), [])
    t.strictSame(tree.missing('/r/unheard'), [])
    t.strictSame(lines(tree.missing('/r')), ['deleted /r/a/b', 'deleted /r/a', 'deleted /r'])
  })

  t.test('of one znode only, says that children came or went', async t => {
    const tree = read(false)
    t.strictSame(lines(tree.told(NodeChildrenChanged, '/r', 11)), ['children /r'])
    tree.gapBegins(11)
    tree.readingBegins()
    t.strictSame(lines(tree.seen('/r', stat(1, 1, 13), [], 20)), ['children /r'])
    t.strictSame(read().told(NodeChildrenChanged, '/r', 11), [])
  })
})
