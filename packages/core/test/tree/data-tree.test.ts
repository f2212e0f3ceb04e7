import t from 'tap'
import { JuteWriter, KeeperCode, OpCode } from '../../dist/jute/index.js'
import type { CreateTxn, Txn } from '../../dist/tree/txn.js'
import { writeTxn } from '../../dist/tree/txn.js'
import { Seeded } from '../seeded.js'
import {
  ACLS,
  contentsOf,
  freshTree,
  header,
  inconsistencies,
  OPTIONS,
  pathsOf,
  RandomTransactions,
  readTxn,
  type StoredTree,
  statOf,
} from './support.js'

const SESSION = 0x1234567890abcdefn

function create(path: string, parentCVersion: number, rest: Partial<CreateTxn> = {}): CreateTxn {
  return {
    type: OpCode.create,
    path,
    data: new Uint8Array([1, 2, 3]),
    acl: ACLS[0],
    ephemeral: false,
    parentCVersion,
    ttlMs: 0,
    ...rest,
  }
}

function apply({ tree }: StoredTree, ...txns: Txn[]) {
  return txns.map(txn => tree.apply(header(tree.lastProcessedZxid + 1, SESSION), txn))
}

t.test('a fresh tree holds /, /zookeeper, its quota and its config', async t => {
  const { tree } = freshTree()
  t.strictSame(pathsOf(tree).sort(), ['/', '/zookeeper', '/zookeeper/config', '/zookeeper/quota'])
  t.strictSame(inconsistencies(tree), [])
  t.equal(tree.store.aversion(tree.find('/zookeeper/config')), -1)
  t.strictSame(tree.aclOf(tree.find('/zookeeper/config')), ACLS[1])
})

t.test('thousands of random transactions keep tree, ACL table, owner sets and digest consistent', async t => {
  for (const seed of [1, 2, 3]) {
    const { tree } = freshTree()
    const transactions = new RandomTransactions(new Seeded(seed), tree)
    for (let i = 1; i <= 3000; i++) {
      const { header, txn } = transactions.next()
      tree.apply(header, txn)
      if (i % 500 === 0) t.strictSame(inconsistencies(tree), [], `seed ${seed} after ${i}`)
    }
    t.ok(tree.store.count > 50, `seed ${seed} grew ${tree.store.count} znodes`)
  }
})

t.test('replicas with different hash seeds and encoded transactions in between are equal', async t => {
  const a = freshTree(OPTIONS, 1)
  const b = freshTree(OPTIONS, 0x7ffffffe)
  const transactions = new RandomTransactions(new Seeded(11), a.tree)
  for (let i = 0; i < 2000; i++) {
    const { header, txn } = transactions.next()
    const writer = new JuteWriter()
    writeTxn(writer, header, txn, null)
    const copy = readTxn(writer.take())
    a.tree.apply(header, txn)
    b.tree.apply(copy.header, copy.txn)
  }
  t.strictSame(contentsOf(b.tree), contentsOf(a.tree))
  t.ok(a.tree.digest.equals(b.tree.digest))
})

t.test('applying the latest transaction a second time changes nothing but the watches', async t => {
  for (const seed of [5, 6]) {
    const { tree } = freshTree()
    const transactions = new RandomTransactions(new Seeded(seed), tree)
    for (let i = 0; i < 1000; i++) {
      const { header, txn } = transactions.next()
      // A multi may create and delete one path: then its repetition is only right at the end of a replay.
      tree.apply(header, txn)
      if (i % 20 !== 0) continue
      const before = contentsOf(tree)
      tree.apply(header, txn)
      const after = contentsOf(tree)
      if (JSON.stringify(after) === JSON.stringify(before)) continue
      return t.strictSame(after, before, `seed ${seed}, transaction ${header.zxid} of type ${txn.type}`)
    }
    t.strictSame(inconsistencies(tree), [])
  }
})

t.test('a replay of the whole log over its own result gives that result', async t => {
  const { tree } = freshTree()
  const transactions = new RandomTransactions(new Seeded(21), tree)
  const log = Array.from({ length: 1500 }, () => {
    const entry = transactions.next()
    tree.apply(entry.header, entry.txn)
    return entry
  })
  const before = contentsOf(tree)
  for (const { header, txn } of log) tree.apply(header, txn)
  t.strictSame(contentsOf(tree), before)
  t.strictSame(inconsistencies(tree), [])
})

t.test('create', async t => {
  t.test('sets times, zxids and owner, and raises the counter of its parent', async t => {
    const stored = freshTree()
    const [result] = apply(stored, create('/a', 1))
    t.equal(result.code, KeeperCode.Ok)
    t.strictSame(statOf(stored.tree, '/a'), {
      czxid: 1,
      mzxid: 1,
      ctime: 1_000_001,
      mtime: 1_000_001,
      version: 0,
      cversion: 0,
      aversion: 0,
      ephemeralOwner: 0n,
      dataLength: 3,
      numChildren: 0,
      pzxid: 1,
    })
    const root = statOf(stored.tree, '/')
    t.equal(root.cversion, 0, '2 creates counted (of 1 stored) minus the children')
    t.equal(root.pzxid, 1)
  })

  t.test('below a missing parent gives NoNode', async t => {
    const [result] = apply(freshTree(), create('/a/b', 1))
    t.equal(result.code, KeeperCode.NoNode)
  })

  t.test('of an old log without parent counter counts by itself', async t => {
    const stored = freshTree()
    apply(stored, create('/a', -1), create('/b', -1))
    t.equal(stored.tree.store.cversion(stored.tree.store.root), 2)
  })

  t.test('over an existing znode takes the ACL and lets the counters of the parent only grow', async t => {
    const stored = freshTree()
    const { tree } = stored
    apply(stored, create('/a', 1), create('/b', 2), create('/c', 3))
    const [result] = apply(stored, create('/a', 1, { acl: ACLS[3], data: null }))
    t.equal(result.code, KeeperCode.NodeExists)
    t.strictSame(tree.aclOf(tree.find('/a')), ACLS[3])
    t.equal(tree.dataOf(tree.find('/a'))?.length, 3)
    t.equal(tree.store.cversion(tree.store.root), 3)
    t.equal(tree.store.pzxid(tree.store.root), 3)
    t.strictSame(inconsistencies(tree), [])
  })

  t.test('of an ephemeral, a container and a TTL znode fills the set of its kind', async t => {
    const stored = freshTree()
    const { tree } = stored
    apply(
      stored,
      create('/e', 1, { ephemeral: true }),
      create('/c', 2, { type: OpCode.createContainer }),
      create('/t', 3, { type: OpCode.createTTL, ttlMs: 0xff_ffff_ffff }),
    )
    t.strictSame(tree.ephemeralsOf(SESSION), ['/e'])
    t.strictSame([...tree.owned.containers], [tree.find('/c')])
    t.strictSame([...tree.owned.ttls], [tree.find('/t')])
    t.equal(statOf(tree, '/e').ephemeralOwner, SESSION)
    t.equal(statOf(tree, '/c').ephemeralOwner, 0n, 'clients see no owner of a container')
    t.equal(statOf(tree, '/t').ephemeralOwner, 0n, 'nor of a TTL znode')
    apply(stored, { type: OpCode.deleteContainer, path: '/c' }, { type: OpCode.deleteContainer, path: '/t' })
    t.equal(tree.owned.containers.size + tree.owned.ttls.size, 0)
  })

  t.test('without extended types a TTL owner is a session', async t => {
    const stored = freshTree({ ...OPTIONS, extendedTypesEnabled: false })
    apply(stored, create('/t', 1, { type: OpCode.createTTL, ttlMs: 5000 }))
    t.equal(stored.tree.owned.ttls.size, 0)
    t.equal(stored.tree.owned.ephemerals.size, 1)
  })
})

t.test('delete', async t => {
  t.test('of what is not there still tells the parent', async t => {
    const stored = freshTree()
    const [, result] = apply(stored, create('/a', 1), { type: OpCode.delete, path: '/a/none' })
    t.equal(result.code, KeeperCode.NoNode)
    t.equal(stored.tree.store.pzxid(stored.tree.find('/a')), 2)
    t.strictSame(inconsistencies(stored.tree), [])
  })

  t.test('below a missing parent gives NoNode', async t => {
    const [result] = apply(freshTree(), { type: OpCode.delete, path: '/a/b' })
    t.equal(result.code, KeeperCode.NoNode)
  })

  t.test('never sets back the pzxid of the parent', async t => {
    const { tree } = freshTree()
    tree.apply(header(10), create('/a', 1))
    tree.apply(header(20), create('/a/b', 1))
    tree.apply(header(15), { type: OpCode.delete, path: '/a/b' })
    t.equal(tree.store.pzxid(tree.find('/a')), 20)
  })

  t.test('of a znode that a fuzzy snapshot shows with later children takes them along', async t => {
    // Deleted (2), created again (3) and given a child (4) while Apache wrote the snapshot of zxid 1, which
    // shows the state after 4. The replay from 2 on must come to that state again.
    const { tree } = freshTree()
    const log: [number, Txn][] = [
      [2, { type: OpCode.delete, path: '/p' }],
      [3, create('/p', 2)],
      [4, create('/p/child', 1, { ephemeral: true })],
      [5, create('/p/child2', 2, { acl: ACLS[3] })],
    ]
    tree.apply(header(1, SESSION), create('/p', 1))
    for (const [zxid, txn] of log) tree.apply(header(zxid, SESSION), txn)
    const expected = contentsOf(tree)
    for (const [zxid, txn] of log) tree.apply(header(zxid, SESSION), txn)
    t.strictSame(contentsOf(tree), expected)
    t.strictSame(inconsistencies(tree), [])
    t.strictSame(tree.ephemeralsOf(SESSION), ['/p/child'])
  })
})

t.test('setData and setACL of what is not there give NoNode, and reconfig is a setData', async t => {
  const stored = freshTree()
  const [data, acl, config] = apply(
    stored,
    { type: OpCode.setData, path: '/none', data: null, version: 1 },
    { type: OpCode.setACL, path: '/none', acl: ACLS[0], version: 1 },
    { type: OpCode.reconfig, path: '/zookeeper/config', data: new Uint8Array([7]), version: -1 },
  )
  t.strictSame([data.code, acl.code, config.code], [KeeperCode.NoNode, KeeperCode.NoNode, KeeperCode.Ok])
  t.strictSame(stored.tree.dataOf(stored.tree.find('/zookeeper/config')), new Uint8Array([7]))
  t.strictSame(inconsistencies(stored.tree), [])
})

t.test('closeSession deletes what the transaction lists and what the tree still knows of the session', async t => {
  for (const paths of [null, ['/e1'], ['/e1', '/e2', '/none']]) {
    const stored = freshTree()
    apply(stored, create('/e1', 1, { ephemeral: true }), create('/e2', 2, { ephemeral: true }), create('/p', 3))
    const [result] = apply(stored, { type: OpCode.closeSession, paths })
    t.equal(result.code, KeeperCode.Ok)
    t.strictSame(
      pathsOf(stored.tree).filter(path => path.startsWith('/e')),
      [],
    )
    t.equal(stored.tree.store.pzxid(stored.tree.store.root), 4)
    t.strictSame(inconsistencies(stored.tree), [])
  }
})

t.test('multi', async t => {
  t.test('applies its parts in order and keeps the Stat that each had right then', async t => {
    const stored = freshTree()
    const [result] = apply(stored, {
      type: OpCode.multi,
      txns: [
        create('/a', 1),
        { type: OpCode.setData, path: '/a', data: null, version: 1 },
        { type: OpCode.check, path: '/a', version: 2 },
        { type: OpCode.delete, path: '/a' },
      ],
    })
    t.equal(result.code, KeeperCode.Ok)
    t.strictSame(
      result.results?.map(part => [part.type, part.code]),
      [
        [OpCode.create, 0],
        [OpCode.setData, 0],
        [OpCode.check, 0],
        [OpCode.delete, 0],
      ],
    )
    const versions = result.results?.map(part => part.stat && Buffer.from(part.stat).readInt32BE(32))
    t.strictSame(versions, [0, 1, undefined, undefined])
    t.equal(stored.tree.find('/a'), 0)
    t.equal(stored.tree.lastProcessedZxid, 1)
  })

  t.test('that failed does nothing, though Apache logs what came before the failing part as it was', async t => {
    const stored = freshTree()
    const before = contentsOf(stored.tree)
    const [result] = apply(stored, {
      type: OpCode.multi,
      txns: [
        create('/a', 1),
        { type: OpCode.setData, path: '/a', data: null, version: 1 },
        { type: OpCode.error, code: KeeperCode.NoNode },
        { type: OpCode.error, code: KeeperCode.RuntimeInconsistency },
      ],
    })
    t.strictSame(contentsOf(stored.tree), before)
    t.strictSame(
      result.results?.map(part => [part.type, part.code]),
      [
        [OpCode.error, KeeperCode.Ok],
        [OpCode.error, KeeperCode.Ok],
        [OpCode.error, KeeperCode.NoNode],
        [OpCode.error, KeeperCode.RuntimeInconsistency],
      ],
    )
  })
})

t.test('an error transaction counts as processed and changes nothing', async t => {
  const stored = freshTree()
  const before = contentsOf(stored.tree)
  const [result] = apply(stored, { type: OpCode.error, code: -103 })
  t.equal(result.code, -103)
  t.equal(stored.tree.lastProcessedZxid, 1)
  t.strictSame(contentsOf(stored.tree), before)
})

t.test('without digests the sum is left alone', async t => {
  const stored = freshTree({ ...OPTIONS, digestEnabled: false })
  const { high, low } = stored.tree.digest
  apply(stored, create('/a', 1), { type: OpCode.delete, path: '/a' })
  t.strictSame([stored.tree.digest.high, stored.tree.digest.low], [high, low])
})
