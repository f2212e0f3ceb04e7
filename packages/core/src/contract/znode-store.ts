/** The test kit of the {@link ZnodeStore} seam: a tree of bytes and numbers that a plain Map agrees with. */
import { encodeUtf8 } from '../jute/utf8.js'
import { NO_NODE, type NodeId, type ZnodeStore, type ZnodeStoreFactory } from '../seams/index.js'
import { makeZxid } from '../zxid.js'
import { expect, expectEqual, type TestFunction } from './harness.js'
import { SeededChoice } from './seeded-choice.js'
import { childrenOf, dataOf, ModelledStore, nameOf, sameBytes } from './znode-model.js'

/** Values that each field must give back: both ends of its range, and beyond 32 bits where it has more. */
const ZXIDS = [0, 1, 2 ** 32 - 1, 2 ** 32, makeZxid(7, 9), Number.MAX_SAFE_INTEGER]
const TIMES = [0, 1, 1_700_000_000_123, Number.MAX_SAFE_INTEGER]
const INTS = [0, 1, -1, 0x7fffffff, -0x80000000]
const DIGESTS = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff]
const FIELDS = [
  ['setCzxid', 'czxid', ZXIDS],
  ['setMzxid', 'mzxid', ZXIDS],
  ['setPzxid', 'pzxid', ZXIDS],
  ['setCtime', 'ctime', TIMES],
  ['setMtime', 'mtime', TIMES],
  ['setVersion', 'version', INTS],
  ['setCversion', 'cversion', INTS],
  ['setAversion', 'aversion', INTS],
  ['setAclId', 'aclId', INTS],
  ['setDigest', 'digest', DIGESTS],
] as const

/** Lengths that make data grow and shrink in place, over the borders of blocks and over 64 KiB. -1 is null. */
const RESIZES = [0, 5, 40, 5000, 70_001, 70_002, 65_537, 65_536, 3000, 16, -1, 70_001, -1, 1, 0, -1, 0]

function add(store: ZnodeStore, parent: NodeId, name: string, data: Uint8Array | null = null): NodeId {
  const bytes = encodeUtf8(name)
  return store.create(parent, bytes, 0, bytes.length, data)
}

function find(store: ZnodeStore, path: string): NodeId {
  const bytes = encodeUtf8(path)
  return store.find(bytes, 0, bytes.length)
}

/** Every stat field and both halves of the owner. */
function stat(store: ZnodeStore, node: NodeId): number[] {
  return [...FIELDS.map(([, get]) => store[get](node)), store.ownerHigh(node), store.ownerLow(node)]
}

/** Holds a store to the seam's promises. Takes a second or so: some tests run over thousands of znodes. */
export function znodeStoreContract(test: TestFunction, create: ZnodeStoreFactory): void {
  const on = (name: string, body: (store: ZnodeStore) => void) => test(name, async () => body(create(0x5eed)))

  on('an empty store holds a root without children or siblings', store => {
    expect(store.root > 0, 'the root has a handle')
    expectEqual(store.count, 1, 'count')
    expectEqual(store.dataBytes, 0, 'data bytes')
    expectEqual([store.firstChild(store.root), store.childCount(store.root)], [NO_NODE, 0], 'children')
    expectEqual([store.pathOf(store.root), find(store, '/')], ['/', store.root], 'path')
    expectEqual(find(store, '/a'), NO_NODE, 'a path that is not there')
  })

  on('find takes the bytes of its range and none beside it', store => {
    const a = add(store, store.root, 'a')
    const ab = add(store, store.root, 'ab')
    const deep = add(store, a, 'b')
    const bytes = encodeUtf8('x/a/b/ab')
    expectEqual(store.find(bytes, 1, 3), a, '/a')
    expectEqual(store.find(bytes, 1, 5), deep, '/a/b')
    expectEqual(store.find(bytes, 5, 8), ab, '/ab')
    expectEqual(store.find(bytes, 5, 7), a, '/a at another place')
    expectEqual(store.find(bytes, 1, 2), store.root, '/')
    expectEqual(store.find(bytes, 3, 5), NO_NODE, '/b, which is no child of the root')
  })

  on('find tells paths apart that share names, beginnings or ends', store => {
    for (const path of ['/a', '/a/a', '/a/a/a', '/aa', '/aa/a', '/b', '/b/a', '/é', '/e']) {
      const slash = path.lastIndexOf('/')
      const node = add(store, slash === 0 ? store.root : find(store, path.slice(0, slash)), path.slice(slash + 1))
      expectEqual(find(store, path), node, path)
      expectEqual(store.pathOf(node), path, 'pathOf')
    }
    for (const path of ['/a/b', '/aaa', '/a/aa', '/ab', '/A', '/a/a/a/a', '/aa/aa', '/b/b', '/c']) {
      expectEqual(find(store, path), NO_NODE, `${path}, which is not there`)
    }
  })

  on('findChild takes a range of bytes, and finds children only', store => {
    const a = add(store, store.root, 'a')
    const b = add(store, a, 'b')
    const bytes = encodeUtf8('-a-b-bb')
    expectEqual(store.findChild(store.root, bytes, 1, 2), a, 'child of the root')
    expectEqual(store.findChild(a, bytes, 3, 4), b, 'child of /a')
    expectEqual(store.findChild(store.root, bytes, 3, 4), NO_NODE, 'a grandchild')
    expectEqual(store.findChild(a, bytes, 1, 2), NO_NODE, 'itself')
    expectEqual(store.findChild(a, bytes, 5, 7), NO_NODE, 'a longer name')
    expectEqual(store.findChild(b, bytes, 3, 4), NO_NODE, 'below a leaf')
  })

  on('create copies name and data, and tells null data from empty', store => {
    const choice = new SeededChoice(11)
    for (const length of [-1, 0, 1, 15, 16, 17, 1000, 65_535, 65_536, 65_537, 200_000]) {
      const data = length < 0 ? null : choice.bytes(length)
      const name = encodeUtf8(`<n${length}>`)
      const node = store.create(store.root, name, 1, name.length - 1, data)
      const kept = data === null ? null : data.slice()
      name.fill(0x21)
      data?.fill(0x21)
      expectEqual(store.dataLength(node), length, 'length of the data')
      expect(sameBytes(dataOf(store, node), kept), `data of ${length} bytes differs`)
      expectEqual(nameOf(store, node), encodeUtf8(`n${length}`), 'name')
      expectEqual(find(store, `/n${length}`), node, 'find')
    }
  })

  on('createFrom takes its data from the middle of an array', store => {
    const source = new SeededChoice(12).bytes(100_000)
    const ranges = [
      [0, -1],
      [5, 0],
      [5, 1],
      [7, 60],
      [9, 70_000],
      [99_999, 1],
    ] as const
    for (const [i, [start, length]] of ranges.entries()) {
      const name = encodeUtf8(`/${i}/`)
      const node = store.createFrom(store.root, name, 1, name.length - 1, source, start, length)
      const expected = length < 0 ? null : source.slice(start, start + length)
      expect(sameBytes(dataOf(store, node), expected), `data of ${length} bytes from ${start} differs`)
      expectEqual(store.pathOf(node), `/${i}`, 'path')
      expectEqual(store.parentOf(node), store.root, 'parent')
    }
  })

  on('copyName writes at its offset and nothing beside the name', store => {
    const node = add(store, store.root, 'name', encodeUtf8('data'))
    const target = encodeUtf8('..........')
    expectEqual(store.copyName(node, target, 3), 7, 'end offset')
    expectEqual(target, encodeUtf8('...name...'), 'target')
    expectEqual(store.copyData(node, target, 6), 10, 'end offset of the data')
    expectEqual(target, encodeUtf8('...namdata'), 'target')
  })

  on('a new znode has zeros in every field', store => {
    expectEqual(stat(store, add(store, store.root, 'new')), FIELDS.map(() => 0).concat(0, 0), 'fields')
  })

  on('every field keeps its whole range, apart from the others', store => {
    const [a, b] = [add(store, store.root, 'a'), add(store, store.root, 'b')]
    const expected = stat(store, a)
    const untouched = stat(store, b)
    for (const [i, [set, get, values]] of FIELDS.entries()) {
      for (const value of values) {
        store[set](a, value)
        expected[i] = value
        expectEqual(stat(store, a), expected, `fields after ${value} for ${get}`)
      }
    }
    for (const high of INTS) {
      for (const low of INTS) {
        store.setOwner(a, high, low)
        // Halves are compared as 32 bits: whether they come back signed is not promised.
        expectEqual([store.ownerHigh(a) | 0, store.ownerLow(a) | 0], [high, low], 'owner')
      }
    }
    expectEqual(stat(store, a).slice(0, FIELDS.length), expected.slice(0, FIELDS.length), 'fields after the owner')
    expectEqual(stat(store, b), untouched, 'fields of another znode')
  })

  on('setData grows, shrinks and clears data, and leaves the rest of the znode alone', store => {
    const choice = new SeededChoice(13)
    const before = add(store, store.root, 'before', encodeUtf8('B'))
    const node = add(store, store.root, 'node')
    const after = add(store, store.root, 'after', encodeUtf8('A'))
    const child = add(store, node, 'child')
    for (const [i, [set, , values]] of FIELDS.entries()) store[set](node, values[1 + (i % 2)])
    const fields = stat(store, node)
    const empty = store.dataBytes
    for (const length of RESIZES) {
      const data = length < 0 ? null : choice.bytes(length)
      store.setData(node, data)
      const kept = data === null ? null : data.slice()
      data?.fill(0)
      expect(sameBytes(dataOf(store, node), kept), `data of ${length} bytes differs`)
      expectEqual(store.dataBytes - empty, Math.max(length, 0), `data bytes with ${length}`)
      expectEqual([find(store, '/node'), find(store, '/node/child')], [node, child], 'handles')
      expectEqual(store.pathOf(child), '/node/child', 'path of the child')
      expectEqual(stat(store, node), fields, 'fields')
      const neighbours = [dataOf(store, before), dataOf(store, after)]
      expectEqual(neighbours, [encodeUtf8('B'), encodeUtf8('A')], 'data of the neighbours')
    }
  })

  on('the root keeps data and fields as any znode', store => {
    store.setData(store.root, encodeUtf8('root'))
    store.setPzxid(store.root, makeZxid(3, 4))
    add(store, store.root, 'a')
    expectEqual(dataOf(store, store.root), encodeUtf8('root'), 'data')
    expectEqual(store.pzxid(store.root), makeZxid(3, 4), 'pzxid')
    store.setData(store.root, null)
    expectEqual(dataOf(store, store.root), null, 'null data')
  })

  on('children are listed once each, whichever was removed', store => {
    const names = ['a', 'b', 'c', 'd', 'e']
    const handles = new Map(names.map(name => [name, add(store, store.root, name)]))
    for (const name of ['c', 'a', 'e', 'b', 'd']) {
      store.remove(handles.get(name)!)
      handles.delete(name)
      const left = [...handles.values()].sort()
      expectEqual(childrenOf(store, store.root).sort(), left, `children without ${name}`)
      expectEqual(store.childCount(store.root), left.length, `childCount without ${name}`)
      expectEqual(find(store, `/${name}`), NO_NODE, `find of /${name}`)
    }
  })

  on('random creates, removals and changes leave what a Map says', store => {
    const choice = new SeededChoice(14)
    const model = new ModelledStore(store)
    for (let step = 1; step <= 1500; step++) {
      model.randomStep(choice)
      if (step % 150 === 0) model.compare()
    }
    expect(store.count > 50, 'the tree has grown')
  })

  on('handles stay while thousands of znodes come and go', store => {
    const kept = Array.from({ length: 20 }, (_, i) => add(store, store.root, `kept-${i}`, encodeUtf8(`data-${i}`)))
    const moving: NodeId[] = []
    for (let i = 0; i < 6000; i++) {
      moving.push(add(store, kept[i % 20], `n${i}`, new Uint8Array(i % 90)))
      if (i % 3 === 2) store.remove(moving.splice(i % moving.length, 1)[0])
    }
    expectEqual(store.count, 1 + 20 + moving.length, 'count')
    for (const [i, node] of kept.entries()) {
      expectEqual(find(store, `/kept-${i}`), node, 'handle')
      expectEqual(dataOf(store, node), encodeUtf8(`data-${i}`), 'data')
    }
    for (const node of moving) expectEqual(find(store, store.pathOf(node)), node, 'handle of a moving znode')
  })

  on('handles of removed znodes are reused, and come back clean', store => {
    const seen = new Set<NodeId>()
    for (let i = 0; i < 2000; i++) {
      const node = add(store, store.root, `n${i}`, encodeUtf8('data'))
      const leaf = add(store, node, 'leaf')
      expectEqual(stat(store, node), FIELDS.map(() => 0).concat(0, 0), 'fields of a new znode')
      expectEqual([store.childCount(node), store.firstChild(leaf), store.nextSibling(leaf)], [1, 0, 0], 'links')
      for (const [set, , values] of FIELDS) store[set](node, values[1])
      store.setOwner(node, 1, 2)
      store.remove(leaf)
      store.remove(node)
      seen.add(node).add(leaf)
    }
    // Not how many, only that they do not grow with the number of znodes that there have been.
    expect(seen.size <= 200, `4000 znodes, two at a time, took ${seen.size} handles`)
  })

  on('dataBytes and count follow every change, and come back to nothing', store => {
    const levels = [-1, 0, 10, 70_000]
    const handles: NodeId[] = []
    let parent = store.root
    for (const length of levels) {
      const [count, bytes] = [store.count, store.dataBytes]
      parent = add(store, parent, 'name', length < 0 ? null : new Uint8Array(length))
      handles.push(parent)
      expectEqual(store.count, count + 1, 'count')
      const grown = store.dataBytes - bytes - Math.max(length, 0)
      expectEqual(grown, encodeUtf8(store.pathOf(parent)).length, 'bytes that a znode counts beside its data')
    }
    store.setData(handles[1], new Uint8Array(100))
    store.setData(handles[3], null)
    for (const node of handles.reverse()) store.remove(node)
    expectEqual([store.count, store.dataBytes], [1, 0], 'count and data bytes')
  })

  test('expect is a hint: right, wrong, missing or late, the store is the same', async () => {
    for (const hint of [undefined, 0, 1, 500, 100_000]) {
      const store = create(1)
      if (hint !== undefined) store.expect(hint)
      expectEqual([store.count, find(store, '/a')], [1, NO_NODE], `an empty store that expects ${hint}`)
      const model = new ModelledStore(store)
      for (let i = 0; i < 300; i++) model.create(i % 3 === 0 ? '/' : `/n${i - (i % 3)}`, `n${i}`, null)
      model.compare()
      store.expect(1000)
      model.compare()
    }
  })

  on('an observer is told of each removal while the znode is still there', store => {
    const parent = add(store, store.root, 'p')
    const nodes = ['a', 'b', 'c'].map(name => add(store, parent, name, encodeUtf8(name)))
    const told: string[] = []
    const stop = store.observeRemovals({
      removing(node) {
        const listed = childrenOf(store, parent).includes(node)
        told.push(`${store.pathOf(node)} ${listed} ${find(store, store.pathOf(node)) === node} ${store.count}`)
      },
    })
    add(store, parent, 'other')
    store.setData(nodes[0], null)
    expectEqual(told, [], 'changes that remove nothing')
    store.remove(nodes[1])
    store.remove(nodes[0])
    expectEqual(told, ['/p/b true true 6', '/p/a true true 5'], 'removals, with the count of before')
    stop()
    store.remove(nodes[2])
    expectEqual(told.length, 2, 'removals told after the end')
  })

  on('observers are told independently, and ending twice is fine', store => {
    const told: string[] = []
    const stops = ['a', 'b'].map(name => store.observeRemovals({ removing: () => told.push(name) }))
    store.remove(add(store, store.root, 'x'))
    stops[0]()
    stops[0]()
    store.remove(add(store, store.root, 'y'))
    expectEqual(told.sort(), ['a', 'b', 'b'], 'observers told')
  })

  on('a walk that steps on when told meets every znode that stays', store => {
    const nodes = Array.from({ length: 10 }, (_, i) => add(store, store.root, `n${i}`))
    let at = store.firstChild(store.root)
    const stop = store.observeRemovals({
      removing(node) {
        if (node === at) at = store.nextSibling(node)
      },
    })
    const removed = new Set([at, nodes[4], nodes[5]])
    const met = new Set<NodeId>()
    for (const node of removed) store.remove(node)
    for (; at !== NO_NODE; at = store.nextSibling(at)) met.add(at)
    stop()
    expectEqual(
      nodes.filter(node => !met.has(node)),
      nodes.filter(node => removed.has(node)),
      'znodes that were not met',
    )
  })

  on('a handle whose znode is gone never makes a read crash', store => {
    const target = new Uint8Array(400_000)
    const read = (node: NodeId) => {
      stat(store, node)
      store.parentOf(node)
      store.firstChild(node)
      store.nextSibling(node)
      store.childCount(node)
      store.nameLength(node)
      store.dataLength(node)
      store.copyName(node, target, 0)
      store.copyData(node, target, 0)
      store.pathOf(node)
      store.findChild(node, target, 0, 4)
    }
    const stale: NodeId[] = []
    for (const length of [-1, 0, 5, 1000, 70_000, 150_000]) {
      const parent = add(store, store.root, `n${length}`, length < 0 ? null : new Uint8Array(length))
      const child = add(store, parent, 'child', length < 0 ? null : new Uint8Array(length))
      stale.push(parent, child)
    }
    for (const node of [...stale].reverse()) store.remove(node)
    for (const node of stale) read(node)
    // Half of the memory in other hands, in another order.
    for (let i = 0; i < 6; i++) add(store, store.root, `again-${i}`, new Uint8Array(i * 30_000))
    for (const node of stale) read(node)
  })

  test('the seed changes nothing that a caller can see', async () => {
    const views = [0, 1, 0x7fffffff, 0xffffffff, -5].map(seed => {
      const model = new ModelledStore(create(seed))
      const choice = new SeededChoice(15)
      for (let step = 0; step < 400; step++) model.randomStep(choice)
      model.compare()
      return [model.paths, model.store.count, model.store.dataBytes]
    })
    for (const view of views) expectEqual(view, views[0], 'a store of another seed')
  })

  test('two stores share nothing', async () => {
    const [one, other] = [create(3), create(3)]
    const node = add(one, one.root, 'a', encodeUtf8('one'))
    const told: NodeId[] = []
    other.observeRemovals({ removing: removed => told.push(removed) })
    expectEqual([find(other, '/a'), other.count, other.childCount(other.root)], [NO_NODE, 1, 0], 'the other store')
    add(other, other.root, 'a', encodeUtf8('two'))
    expectEqual(dataOf(one, node), encodeUtf8('one'), 'data')
    one.remove(node)
    expectEqual([told.length, other.count], [0, 2], 'the other store after the removal')
  })
}
