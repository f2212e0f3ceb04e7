import t from 'tap'
import { type ACL, OpCode } from '../../dist/jute/index.js'
import type { TxnEntry } from '../../dist/tree/txn.js'
import { Seeded } from '../seeded.js'
import { contentAt, load, pieces, write } from './snapshot-support.js'
import {
  ACLS,
  contentsOf,
  differences,
  freshTree,
  header,
  inconsistencies,
  OPTIONS,
  RandomTransactions,
} from './support.js'

function grown(seed: number, transactions: number, largeOneIn = 0) {
  const stored = freshTree()
  const source = new RandomTransactions(new Seeded(seed), stored.tree, 0, largeOneIn)
  for (let i = 0; i < transactions; i++) {
    const { header, txn } = source.next()
    stored.tree.apply(header, txn)
  }
  return { ...stored, source }
}

/** A znode of each kind, and little data: who tries every byte of its snapshot has not too many. */
function oneOfEach() {
  const stored = freshTree()
  let zxid = 0
  const create = (path: string, data: Uint8Array | null, more: { acl?: readonly ACL[]; ttlMs?: number } = {}) => {
    const ephemeral = path === '/ephemeral'
    const type = more.ttlMs ? OpCode.createTTL : path === '/container' ? OpCode.createContainer : OpCode.create
    const txn = { path, data, acl: more.acl ?? ACLS[0], ephemeral, parentCVersion: -1, ttlMs: more.ttlMs ?? 0, type }
    stored.tree.apply(header(++zxid, 7n), txn)
  }
  create('/container', null)
  create('/container/child', new Uint8Array(0), { acl: ACLS[3] })
  create('/ephemeral', new Uint8Array([1]))
  create('/ü', new Uint8Array([1, 2, 3]), { acl: ACLS[2] })
  create('/ttl', null, { ttlMs: 1000 })
  return stored
}

t.test('a snapshot of a tree at rest loads as the same tree', async t => {
  for (const seed of [1, 2, 3]) {
    const stored = grown(seed, 800)
    const { tree } = stored
    const sessions = [[5n, 4000] as const, [-6n, 40_000] as const]
    const bytes = await write(stored, contentAt(tree.lastProcessedZxid, sessions))
    const loaded = load([bytes])
    t.strictSame(differences(loaded.tree, tree), [])
    t.strictSame(inconsistencies(loaded.tree), [])
    t.strictSame(loaded.loader.sessions, sessions)
    t.strictSame(loaded.loader.digest, {
      zxid: tree.lastProcessedZxid,
      version: 2,
      high: tree.digest.high,
      low: tree.digest.low,
    })
    t.equal(loaded.loader.lastProcessedZxid, tree.lastProcessedZxid)
    t.ok(loaded.tree.digest.equals(tree.digest))
  }
})

t.test('a snapshot taken while the tree changes, and the log from its zxid on, give the same tree', async t => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const stored = grown(seed, 900, 8)
    const { tree, source } = stored
    const zxid = tree.lastProcessedZxid
    const log: TxnEntry[] = []
    let chunks = 0
    const mutate = (count: number) => {
      for (let i = 0; i < count; i++) {
        const entry = source.next()
        tree.apply(entry.header, entry.txn)
        log.push(entry)
      }
    }
    const bytes = await write(stored, contentAt(zxid), () => {
      chunks++
      mutate(10)
    })
    t.ok(chunks > 5, `seed ${seed}: ${chunks} chunks`)
    const loaded = load(pieces(bytes, 100_000))
    const replay = loaded.tree
    replay.lastProcessedZxid = zxid
    for (const { header, txn } of log) replay.apply(header, txn)
    t.strictSame(differences(replay, tree), [], `seed ${seed}`)
    t.strictSame(inconsistencies(replay), [], `seed ${seed}`)
    t.ok(replay.digest.equals(tree.digest), `seed ${seed}: digest`)

    // Both go on alike: what only shows later, as ACL numbers given twice, shows here.
    log.length = 0
    mutate(300)
    for (const { header, txn } of log) replay.apply(header, txn)
    t.strictSame(differences(replay, tree), [], `seed ${seed}, later`)
    t.strictSame(inconsistencies(replay), [], `seed ${seed}, later`)
  }
})

t.test('changes between the request for a snapshot and its first chunk belong to the log', async t => {
  const { snapshotOf } = await import('../../dist/tree/snapshot-writer.js')
  const { ManualClock } = await import('@menagerie/core/contract')
  const stored = freshTree()
  const { tree, store } = stored
  const newcomer = [{ perms: 31, id: { scheme: 'ip', id: '10.1.1.1' } }]
  const other = [{ perms: 31, id: { scheme: 'ip', id: '10.2.2.2' } }]
  const txn = { type: OpCode.create, data: null, acl: ACLS[0], ephemeral: false, ttlMs: 0 } as const
  tree.apply(header(1), { ...txn, path: '/a', parentCVersion: 1 })
  tree.apply(header(2), { ...txn, path: '/b', parentCVersion: 2 })
  const source = snapshotOf(tree, store, contentAt(2), new ManualClock())
  const log = [
    [3, '/a', newcomer, 1],
    [4, '/b', other, 1],
  ] as const
  const setAcl = (at: (typeof log)[number]) =>
    [header(at[0]), { type: OpCode.setACL, path: at[1], acl: at[2], version: at[3] }] as const
  tree.apply(...setAcl(log[0]))
  const chunks: Uint8Array[] = []
  for await (const chunk of source.body) chunks.push(chunk.slice())
  tree.apply(...setAcl(log[1]))

  const { tree: replay } = load(chunks)
  // /b first: it takes the number that /a was written with.
  replay.apply(...setAcl(log[1]))
  replay.apply(...setAcl(log[0]))
  t.strictSame(replay.aclOf(replay.find('/a')), newcomer)
  t.strictSame(replay.aclOf(replay.find('/b')), other)
  t.strictSame(inconsistencies(replay), [])
})

t.test('a snapshot that is given up, or never begun, leaves nothing behind in the store', async t => {
  const { snapshotOf } = await import('../../dist/tree/snapshot-writer.js')
  const { ManualClock } = await import('@menagerie/core/contract')
  const { tree, store } = grown(14, 100)
  const { observers } = store as unknown as { observers: Set<unknown> }
  snapshotOf(tree, store, contentAt(100), new ManualClock())
  t.equal(observers.size, 0, 'never begun')
  for await (const chunk of snapshotOf(tree, store, contentAt(100), new ManualClock()).body) {
    t.ok(chunk.length > 0)
    break
  }
  t.equal(observers.size, 0, 'given up')
})

t.test('a znode whose ACL the snapshot does not list is closed to all, and stays so', async t => {
  const stored = freshTree()
  stored.tree.apply(header(1), {
    type: OpCode.create,
    path: '/a',
    data: null,
    acl: ACLS[3],
    ephemeral: false,
    parentCVersion: 1,
    ttlMs: 0,
  })
  const bytes = Buffer.from(await write(stored, contentAt(1)))
  // The znode's ACL number follows path and data; 99 is in no table.
  const at = bytes.indexOf('\0\0\0\x02/a\xff\xff\xff\xff', 0, 'latin1') + 10
  bytes.writeBigInt64BE(99n, at)
  const loaded = load([bytes])
  t.strictSame(loaded.tree.aclOf(loaded.tree.find('/a')), [{ perms: 0, id: { scheme: 'world', id: 'anyone' } }])
  t.strictSame(inconsistencies(loaded.tree), [])
  const again = load([await write(loaded, contentAt(1))])
  t.strictSame(again.tree.aclOf(again.tree.find('/a')), [{ perms: 0, id: { scheme: 'world', id: 'anyone' } }])
})

t.test('chunks may end anywhere', async t => {
  const stored = oneOfEach()
  const bytes = await write(stored, contentAt(stored.tree.lastProcessedZxid, [[7n, 4000]]))
  for (let cut = 0; cut <= bytes.length; cut++) {
    const { tree, loader } = load([bytes.slice(0, cut), bytes.slice(cut)])
    if (differences(tree, stored.tree).length > 0 || loader.lastProcessedZxid === null) t.fail(`cut at ${cut}`)
  }
  for (const size of [1, 2, 3, 7]) {
    t.strictSame(differences(load(pieces(bytes, size)).tree, stored.tree), [], `pieces of ${size}`)
  }
})

t.test('a snapshot cut short anywhere in its body does not load', async t => {
  const stored = oneOfEach()
  const { tree } = stored
  const content = {
    ...contentAt(tree.lastProcessedZxid, [[7n, 4000]]),
    withDigest: false,
    withLastProcessedZxid: false,
  }
  const bytes = await write(stored, content)
  t.doesNotThrow(() => load([bytes]))
  for (let length = 0; length < bytes.length; length++) {
    try {
      load([bytes.slice(0, length)])
      t.fail(`${length} of ${bytes.length} bytes loaded`)
    } catch (error) {
      if (!(error as Error).message.includes('snapshot ends among')) t.fail(`${length}: ${error}`)
    }
  }
})

t.test('a wrong byte anywhere either loads or is refused by a sentence, without hanging', async t => {
  const stored = oneOfEach()
  const bytes = await write(stored, contentAt(stored.tree.lastProcessedZxid, [[7n, 4000]]))
  const surprises = new Set<string>()
  for (let at = 0; at < bytes.length; at++) {
    for (const value of [bytes[at] ^ 0x80, bytes[at] ^ 1]) {
      const damaged = bytes.slice()
      damaged[at] = value
      try {
        contentsOf(load([damaged]).tree)
      } catch (error) {
        if ((error as Error).constructor !== Error) surprises.add(`${at}: ${error}`)
      }
    }
  }
  t.strictSame([...surprises], [])
})

t.test('what no server writes is refused with what is wrong', async t => {
  const int = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(value)
    return bytes
  }
  const znode = (path: string) => Buffer.concat([int(path.length), Buffer.from(path), int(-1), Buffer.alloc(68)])
  const none = Buffer.concat([int(0), int(0)])
  const cases: [name: string, bytes: Buffer, message: RegExp][] = [
    ['negative sessions', int(-1), /-1 sessions/],
    ['negative ACLs', Buffer.concat([int(0), int(-5)]), /-5 ACLs/],
    ['an ACL of negative length', Buffer.concat([int(0), int(1), Buffer.alloc(8), int(-2)]), /ACL of -2 entries/],
    [
      'a text of negative length',
      Buffer.concat([int(0), int(1), Buffer.alloc(8), int(1), int(31), int(-3)]),
      /text of -3 bytes/,
    ],
    ['a path of negative length', Buffer.concat([none, int(-1)]), /path of -1 bytes/],
    ['a huge path', Buffer.concat([none, int(0x40000001)]), /path of 1073741825 bytes/],
    ['huge data', Buffer.concat([none, int(0), int(0x7fffffff)]), /data of 2147483647 bytes/],
    ['data of negative length', Buffer.concat([none, int(0), int(-2)]), /data of -2 bytes/],
    ['a path without slash', Buffer.concat([none, znode(''), znode('abc')]), /path "abc"/],
    ['a child before its parent', Buffer.concat([none, znode(''), znode('/a/b')]), /\/a\/b before its parent/],
    [
      'another digest',
      Buffer.concat([none, znode(''), int(1), Buffer.from('/'), Buffer.alloc(8), int(3), Buffer.alloc(8)]),
      /digest of version 3/,
    ],
  ]
  for (const [name, bytes, message] of cases) t.throws(() => load([bytes]), { message }, name)
})

t.test('a record that comes in thousands of chunks is looked at once it is whole', async t => {
  const data = new Uint8Array(4_000_000).fill(7)
  const stored = grown(13, 20)
  stored.tree.store.setData(stored.tree.find('/zookeeper'), data)
  stored.tree.refreshDigest(stored.tree.find('/zookeeper'))
  const bytes = await write(stored, contentAt(stored.tree.lastProcessedZxid))
  const { tree } = load(pieces(bytes, 500))
  // Compared here: of millions of bytes tap would make a text first.
  t.ok(Buffer.from(data).equals(tree.dataOf(tree.find('/zookeeper'))!))
  t.ok(tree.digest.equals(stored.tree.digest))
})

t.test('a snapshot without trailers, as 3.5 wrote it, loads', async t => {
  const stored = grown(12, 100)
  const content = { ...contentAt(stored.tree.lastProcessedZxid), withDigest: false, withLastProcessedZxid: false }
  const loaded = load([await write(stored, content)])
  t.equal(loaded.loader.digest, null)
  t.strictSame(differences(loaded.tree, stored.tree), [])
})

t.test('a snapshot from before 3.5 gets its config znode', async t => {
  const stored = freshTree()
  stored.store.remove(stored.tree.find('/zookeeper/config'))
  stored.tree.acls.release(1)
  const { tree } = load([await write(stored, contentAt(0))])
  t.strictSame(tree.aclOf(tree.find('/zookeeper/config')), ACLS[1])
  t.strictSame(inconsistencies(tree), [])
})

t.test('loading finds the quotas and measures them afresh', async t => {
  const stored = freshTree()
  const { tree } = stored
  let zxid = 0
  const create = (path: string, data: string) =>
    tree.apply(header(++zxid), {
      type: OpCode.create,
      path,
      data: Buffer.from(data),
      acl: ACLS[0],
      ephemeral: false,
      parentCVersion: -1,
      ttlMs: 0,
    })
  for (const path of ['/q', '/q/r', '/zookeeper/quota/q']) create(path, 'four')
  create('/zookeeper/quota/q/zookeeper_limits', 'count=5,bytes=-1')
  create('/zookeeper/quota/q/zookeeper_stats', 'nonsense')
  const { tree: loaded } = load([await write(stored, contentAt(zxid))])
  t.equal(loaded.quotas.governing('/q/r/s'), '/q')
  t.equal(Buffer.from(loaded.dataOf(loaded.find('/zookeeper/quota/q/zookeeper_stats'))!).toString(), 'count=2,bytes=8')
  t.strictSame(inconsistencies(loaded), [])
})

t.test('without digests nothing is summed', async t => {
  const stored = grown(13, 50)
  const { tree } = load([await write(stored, contentAt(50))], { ...OPTIONS, digestEnabled: false })
  t.strictSame([tree.digest.high, tree.digest.low], [0, 0])
})
