import t from 'tap'
import { type ACL, KeeperCode, OpCode } from '../../dist/jute/index.js'
import { sequenceSuffix } from '../../dist/requests/prepare/create.js'
import type { MultiOp } from '../../dist/requests/prepare/multi.js'
import { nextVersion } from '../../dist/requests/prepare/preparation.js'
import type { WriteRequest } from '../../dist/requests/write-request.js'
import { Seeded } from '../seeded.js'
import { contentsOf, inconsistencies, pathsOf } from '../tree/support.js'
import { Proposer } from './proposer.js'

const OPEN: readonly ACL[] = [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }]
const READ: readonly ACL[] = [{ perms: 1, id: { scheme: 'world', id: 'anyone' } }]

type Create = Extract<WriteRequest, { flags: number }>

function create(path: string, rest: Partial<Create> = {}): Create {
  return { type: OpCode.create, path, data: new Uint8Array([1]), acl: OPEN, flags: 0, ttlMs: -1, ...rest }
}
const del = (path: string, version = -1) => ({ type: OpCode.delete, path, version }) as const
const set = (path: string, data: Uint8Array | null = null, version = -1) =>
  ({ type: OpCode.setData, path, data, version }) as const
const setAcl = (path: string, acl: readonly ACL[] | null, version = -1) =>
  ({ type: OpCode.setACL, path, acl, version }) as const
const check = (path: string, version = -1) => ({ type: OpCode.check, path, version }) as const
const multi = (...ops: MultiOp[]) => ({ type: OpCode.multi, ops }) as const

/** The codes of a multi's parts, as they are proposed. */
function partsOf(p: Proposer): number[] {
  const { txn } = p.queue[p.queue.length - 1]
  if (txn.type !== OpCode.multi) return []
  return txn.txns.map(part => (part.type === OpCode.error ? part.code : 0))
}

const NO_CHANGE = { joiningServers: null, leavingServers: null, newMembers: null, curConfigId: -1 }

t.test('requests that wait for the log come to what they would have come to one by one', async t => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const random = new Seeded(seed)
    const pipelined = new Proposer()
    const single = new Proposer()
    const ids = [11n, 12n, -0x0f00000000000003n]
    const sessionsOf = (p: Proposer) => ids.map(id => p.session(id))
    const [a, b] = [sessionsOf(pipelined), sessionsOf(single)]
    const expected: string[] = []
    const found: string[] = []
    const show = (p: Proposer) => {
      const { header, txn, digest } = p.queue[p.queue.length - 1]
      const sorted = txn.type === OpCode.closeSession ? { ...txn, paths: [...(txn.paths ?? [])].sort() } : txn
      return JSON.stringify([header, sorted, digest])
    }
    for (let i = 0; i < 1200; i++) {
      const request = randomRequest(random, [...pathsOf(single.tree), '/a', '/b'])
      const who = random.below(ids.length)
      if (request.type === OpCode.closeSession) {
        // A closed session asks for nothing more: another takes its place.
        ids[who] += 100n
      }
      single.propose(request, b[who])
      expected.push(show(single))
      single.deliver()
      const before = pipelined.kernel.transactions.outstanding
      const digest = [before.digest.high, before.digest.low]
      const pending = new Map((before as unknown as { byPath: Map<string, unknown> }).byPath)
      pipelined.propose(request, a[who])
      if (partsOf(pipelined).some(code => code !== 0)) {
        t.strictSame([before.digest.high, before.digest.low], digest, 'a failed multi leaves the digest')
        const after = (before as unknown as { byPath: Map<string, unknown> }).byPath
        if (after.size !== pending.size || [...after].some(([path, record]) => pending.get(path) !== record)) {
          t.fail('a failed multi leaves nothing outstanding')
        }
      }
      found.push(show(pipelined))
      if (request.type === OpCode.closeSession) {
        a[who] = pipelined.session(ids[who])
        b[who] = single.session(ids[who])
      }
      const deliver = random.chance(6) ? random.below(pipelined.queue.length + 1) : 0
      for (let n = 0; n < deliver; n++) deliverOne(pipelined)
      if (found[i] !== expected[i])
        return t.strictSame(JSON.parse(found[i]), JSON.parse(expected[i]), `seed ${seed}, request ${i}`)
    }
    while (pipelined.queue.length > 0) deliverOne(pipelined)
    t.strictSame(contentsOf(pipelined.tree), contentsOf(single.tree))
    t.strictSame(inconsistencies(pipelined.tree), [])
    t.equal((pipelined.kernel.transactions.outstanding as unknown as { byPath: Map<string, unknown> }).byPath.size, 0)
    t.ok(pipelined.kernel.transactions.outstanding.digest.equals(pipelined.tree.digest))
    t.ok(
      pipelined.applied.some(({ result }) => result.results?.some(part => part.code !== 0)),
      'some multis failed',
    )
    t.ok(pipelined.tree.store.count > 20, `${pipelined.tree.store.count} znodes`)

    function deliverOne(p: Proposer): void {
      const proposal = p.queue[0]
      p.deliver(1)
      const { result } = p.applied[p.applied.length - 1]
      if (proposal.txn.type !== OpCode.error && result.code !== 0) t.fail(`applying gave ${result.code}`)
      if (proposal.digest !== null && !p.tree.digest.equals(proposal.digest)) {
        t.fail(
          `seed ${seed}: the digest announced for ${proposal.header.zxid} of type ${proposal.txn.type} is not the tree's`,
        )
      }
    }
  }
})

function randomRequest(random: Seeded, paths: string[]): WriteRequest {
  const kind = random.below(30)
  if (kind === 0) return { type: OpCode.closeSession }
  if (kind === 1) return { type: OpCode.deleteContainer, path: random.pick(paths) }
  if (kind < 7) return multi(...Array.from({ length: random.below(5) }, () => randomOp(random, paths)))
  if (kind < 10) return setAcl(random.pick(paths), random.pick([OPEN, READ, null, []]), random.below(4) - 1)
  const op = randomOp(random, paths)
  return op.type === OpCode.check ? set(op.path, null, op.version) : op
}

function randomOp(random: Seeded, paths: string[]): MultiOp {
  const path = random.pick(paths)
  const kind = random.below(12)
  if (kind < 6) {
    const child = `${path === '/' ? '' : path}/${random.pick(['a', 'b', 'c', 's-', '', 'x/y'])}`
    const type = random.pick([OpCode.create, OpCode.create2, OpCode.createContainer, OpCode.createTTL] as const)
    const ttlMs = type === OpCode.createTTL ? 5000 : -1
    const flags =
      type === OpCode.createTTL ? 5 + random.below(2) : type === OpCode.createContainer ? 4 : random.below(4)
    return create(child, { type, ttlMs, flags, acl: random.chance(8) ? READ : OPEN })
  }
  if (kind < 8) return del(path, random.chance(3) ? random.below(3) : -1)
  if (kind < 11) return set(path, random.bytes(random.below(20)), random.chance(3) ? random.below(4) : -1)
  return check(path, random.below(3) - 1)
}

t.test('create is refused', async t => {
  const p = new Proposer({ extendedTypesEnabled: false })
  const [session, other] = [p.session(1n), p.session(2n)]
  p.do(create('/a'), session)
  p.do(create('/e', { flags: 1 }), session)
  p.do(create('/r', { acl: READ }), session)
  const closing = p.session(3n)
  p.kernel.sessions.closes(closing)
  const acl = null
  // Each breaks all that the later ones break: the first check that fails decides, in Apache's order.
  const cases: [string, Create, number, typeof session?][] = [
    ['for flags that are none', create('/none', { flags: 7, acl }), KeeperCode.BadArguments, closing],
    ['for negative flags', create('/none', { flags: -1, acl }), KeeperCode.BadArguments, closing],
    ['for a TTL where they are off', create('none', { flags: 5, acl }), KeeperCode.Unimplemented, closing],
    ['for a ttl that the mode has not', create('none', { ttlMs: 5, acl }), KeeperCode.BadArguments, closing],
    ['in a session that closes', create('none', { acl }), KeeperCode.SessionExpired, closing],
    ['for a path without slash', create('none', { acl }), KeeperCode.BadArguments],
    ['for a path with NUL', create('/no\0ne', { acl }), KeeperCode.BadArguments],
    ['without ACL', create('/none/x', { acl }), KeeperCode.InvalidACL],
    ['with an empty ACL', create('/none/x', { acl: [] }), KeeperCode.InvalidACL],
    ['below what is not there', create('/none/..'), KeeperCode.NoNode],
    ['without CREATE on the parent', create('/r/..'), KeeperCode.NoAuth],
    ['for a path that is none', create('/e/..'), KeeperCode.BadArguments],
    ['for a trailing slash', create('/a/'), KeeperCode.BadArguments],
    ['where it is there already', create('/a'), KeeperCode.NodeExists],
    ['below an ephemeral', create('/e/x'), KeeperCode.NoChildrenForEphemerals],
    ['for the root', create('/'), KeeperCode.NodeExists],
  ]
  for (const [name, request, code, who = other] of cases) t.equal(p.do(request, who), code, name)
  t.equal(p.do(create('/a/ok'), other), 0)
})

t.test('TTLs are between 1 ms and 40 bits, and belong to createTTL alone', async t => {
  const p = new Proposer()
  const session = p.session(1n)
  const ttl = (ttlMs: number, flags = 5) => create('/t', { type: OpCode.createTTL, ttlMs, flags })
  for (const request of [
    ttl(0),
    ttl(-1),
    ttl(2 ** 40),
    ttl(5, 0),
    ttl(-1, 0),
    create('/t', { flags: 5 }),
    create('/t', { flags: 6 }),
  ]) {
    t.equal(p.do(request, session), KeeperCode.BadArguments, JSON.stringify(request))
  }
  t.equal(p.do(ttl(2 ** 40 - 1), session), 0)
})

t.test('delete, setData, setACL and check are refused in Apache’s order', async t => {
  const p = new Proposer()
  const session = p.session(1n)
  const closing = p.session(3n)
  p.kernel.sessions.closes(closing)
  p.do(create('/r'), session)
  p.do(create('/r/x'), session)
  p.do(create('/a'), session)
  p.do(create('/a/b'), session)
  p.do(setAcl('/r', READ), session)
  p.do(create('/w'), session)
  p.do(setAcl('/w', [{ perms: 2, id: { scheme: 'world', id: 'anyone' } }]), session)
  const cases: [string, WriteRequest, number, typeof session?][] = [
    ['delete when closing', del('/'), KeeperCode.SessionExpired, closing],
    ['delete of the root', del('/'), KeeperCode.BadArguments],
    ['delete of /zookeeper', del('/zookeeper'), KeeperCode.BadArguments],
    ['delete of /zookeeper/quota', del('/zookeeper/quota', 99), KeeperCode.BadArguments],
    ['delete of /zookeeper/config', del('/zookeeper/config'), KeeperCode.BadArguments],
    ['delete without slash', del('a'), KeeperCode.BadArguments],
    ['delete below nothing', del('/none/x'), KeeperCode.NoNode],
    ['delete without DELETE on the parent', del('/r/none'), KeeperCode.NoAuth],
    ['delete of nothing', del('/none', 9), KeeperCode.NoNode],
    ['delete of another version before NotEmpty', del('/a', 9), KeeperCode.BadVersion],
    ['delete with children', del('/a'), KeeperCode.NotEmpty],
    ['setData when closing', set(''), KeeperCode.SessionExpired, closing],
    ['setData of no path', set('/a/'), KeeperCode.BadArguments],
    ['setData of nothing', set('/none'), KeeperCode.NoNode],
    ['setData without WRITE', set('/r', null, 99), KeeperCode.NoAuth],
    ['setData of another version', set('/a', null, 99), KeeperCode.BadVersion],
    ['setACL when closing', setAcl('', null), KeeperCode.SessionExpired, closing],
    ['setACL of no path', setAcl('a', null), KeeperCode.BadArguments],
    ['setACL without ACL', setAcl('/none', []), KeeperCode.InvalidACL],
    ['setACL of nothing', setAcl('/none', OPEN), KeeperCode.NoNode],
    ['setACL without ADMIN', setAcl('/r', OPEN, 99), KeeperCode.NoAuth],
    ['setACL of another version', setAcl('/a', OPEN, 99), KeeperCode.BadVersion],
    ['deleteContainer of nothing', { type: OpCode.deleteContainer, path: '/none' }, KeeperCode.NoNode],
    ['deleteContainer with children', { type: OpCode.deleteContainer, path: '/a' }, KeeperCode.NotEmpty],
    ['deleteContainer of the root', { type: OpCode.deleteContainer, path: '/' }, KeeperCode.BadArguments],
    ['reconfig', { type: OpCode.reconfig, change: NO_CHANGE }, KeeperCode.ReconfigDisabled],
    ['what could not be read', { type: OpCode.error }, KeeperCode.MarshallingError],
  ]
  for (const [name, request, code, who = session] of cases) t.equal(p.do(request, who), code, name)
  p.do(create('/e', { flags: 1 }), session)
  t.equal(
    p.do({ type: OpCode.deleteContainer, path: '/e' }, session),
    KeeperCode.BadVersion,
    'an ephemeral is no container',
  )

  const checks: [string, MultiOp, number][] = [
    ['of no path', check('a'), KeeperCode.BadArguments],
    ['of nothing', check('/none'), KeeperCode.NoNode],
    ['without READ', check('/w', 99), KeeperCode.NoAuth],
    ['of another version', check('/a', 99), KeeperCode.BadVersion],
  ]
  for (const [name, op, code] of checks) {
    p.propose(multi(op), session)
    t.strictSame(partsOf(p), [code], `check ${name}`)
  }
})

t.test('what is outstanding counts', async t => {
  const p = new Proposer()
  const session = p.session(1n)
  const codes = [
    create('/a'),
    create('/a'),
    create('/a/b'),
    del('/a'),
    set('/a', null, 0),
    set('/a', null, 0),
    set('/a', null, 1),
    setAcl('/a', READ),
    del('/a/b'),
    create('/a/c'),
    del('/a/b'),
  ].map(request => p.propose(request, session))
  t.strictSame(codes, [
    0,
    KeeperCode.NodeExists,
    0,
    KeeperCode.NotEmpty,
    0,
    KeeperCode.BadVersion,
    0,
    0,
    KeeperCode.NoAuth,
    KeeperCode.NoAuth,
    KeeperCode.NoAuth,
  ])
  p.deliver()
  t.strictSame(inconsistencies(p.tree), [])
})

t.test('sequence numbers go on through creates that wait, and are given back by no delete', async t => {
  const p = new Proposer()
  const session = p.session(1n)
  p.propose(create('/q'), session)
  for (let i = 0; i < 3; i++) p.propose(create('/q/n-', { flags: 2 }), session)
  p.propose(del('/q/n-0000000002'), session)
  p.propose(create('/q/n-', { flags: 3 }), session)
  p.propose(multi(create('/q/n-', { flags: 2 }), create('/q/n-', { flags: 2 }), del('/none')), session)
  p.propose(create('/q/n-', { flags: 2 }), session)
  p.deliver()
  t.strictSame(
    pathsOf(p.tree)
      .filter(path => path.startsWith('/q/'))
      .sort(),
    ['/q/n-0000000000', '/q/n-0000000001', '/q/n-0000000003', '/q/n-0000000004'],
  )
  t.strictSame([0, 7, 2147483647, -2147483648, -5].map(sequenceSuffix), [
    '0000000000',
    '0000000007',
    '2147483647',
    '-2147483648',
    '-000000005',
  ])
})

t.test('versions go past -1, which stands for any', async t => {
  t.strictSame([nextVersion(0, -1), nextVersion(0, 0), nextVersion(1, 0)], [1, 1, null])
  t.strictSame([nextVersion(2147483647, -1), nextVersion(-2, -2)], [-2147483648, 0])
})

t.test('a multi', async t => {
  t.test('sees its own changes', async t => {
    const p = new Proposer()
    const session = p.session(1n)
    p.propose(
      multi(create('/a'), set('/a', null, 0), check('/a', 1), create('/a/b'), del('/a/b'), del('/a', 1)),
      session,
    )
    t.strictSame(partsOf(p), [0, 0, 0, 0, 0, 0])
    p.deliver()
    t.equal(p.tree.find('/a'), 0)
    t.strictSame(inconsistencies(p.tree), [])
  })

  t.test('that fails says where, and takes back everything', async t => {
    const p = new Proposer()
    const session = p.session(1n)
    p.propose(create('/a'), session)
    p.propose(multi(set('/a'), create('/a/b'), check('/a', 0), del('/none')), session)
    t.strictSame(partsOf(p), [0, 0, KeeperCode.BadVersion, KeeperCode.RuntimeInconsistency])
    t.equal(p.propose(set('/a', null, 0), session), 0)
    t.equal(p.propose(del('/a', 1), session), 0, 'no child is left outstanding')
    p.deliver()
    t.strictSame(inconsistencies(p.tree), [])
  })

  t.test('may be empty', async t => {
    const p = new Proposer()
    t.equal(p.do(multi(), p.session(1n)), 0)
    t.strictSame(p.applied[0].result.results, [])
  })
})

t.test('closeSession leaves what somebody else is about to put in the place of an ephemeral', async t => {
  const p = new Proposer()
  const [session, other, third] = [p.session(1n), p.session(2n), p.session(3n)]
  for (const path of ['/kept', '/theirs', '/back']) p.do(create(path, { flags: 1 }), session)
  for (const path of ['/kept', '/theirs', '/back']) p.propose(del(path), other)
  p.propose(create('/kept'), other)
  p.propose(create('/theirs', { flags: 1 }), third)
  p.propose(create('/back', { flags: 1 }), session)
  p.propose({ type: OpCode.closeSession }, session)
  const { txn } = p.queue[p.queue.length - 1]
  t.strictSame(txn, { type: OpCode.closeSession, paths: ['/back'] })
  p.deliver()
  t.strictSame(
    ['/kept', '/theirs', '/back'].map(path => p.tree.find(path) !== 0),
    [true, true, false],
  )
  t.ok(p.kernel.transactions.outstanding.digest.equals(p.tree.digest))
})

t.test('deleteContainer from a client needs the right to delete; the server does without', async t => {
  const p = new Proposer()
  const session = p.session(1n)
  p.do(create('/open'), session)
  p.do(create('/shut', { acl: READ }), session)
  for (const path of ['/open/c', '/shut/c']) {
    const made = create(path, { type: OpCode.createContainer, flags: 4 })
    p.do(made, session, path === '/shut/c' ? [{ scheme: 'super', id: '' }] : [])
  }
  t.equal(p.do({ type: OpCode.deleteContainer, path: '/shut/c' }, session), KeeperCode.NoAuth)
  t.equal(p.do({ type: OpCode.deleteContainer, path: '/open/c' }, session), KeeperCode.Ok)
  t.equal(p.do({ type: OpCode.deleteContainer, path: '/shut/c' }, p.session(0n)), KeeperCode.Ok)
})

t.test(
  'closeSession takes ephemerals that wait, leaves those whose deletion waits, and refuses what follows',
  async t => {
    for (const closeSessionTxnEnabled of [true, false]) {
      const p = new Proposer({ closeSessionTxnEnabled })
      const [session, other] = [p.session(1n), p.session(2n)]
      p.do(create('/e1', { flags: 1 }), session)
      p.do(create('/e2', { flags: 1 }), session)
      p.propose(create('/p'), other)
      p.propose(create('/p/e3', { flags: 1 }), session)
      p.propose(del('/e2'), other)
      p.propose({ type: OpCode.closeSession }, session)
      const { txn, digest } = p.queue[p.queue.length - 1]
      t.strictSame(txn, { type: OpCode.closeSession, paths: closeSessionTxnEnabled ? ['/e1', '/p/e3'] : null })
      t.equal(p.propose(create('/e4', { flags: 1 }), session), KeeperCode.SessionExpired)
      t.equal(p.propose(create('/e1'), other), 0, 'the path is free already')
      t.equal(p.propose(del('/p'), other), 0, 'the parent is empty already')
      p.deliver(4)
      t.ok(p.tree.digest.equals(digest!))
      p.deliver()
      t.equal(p.tree.owned.ephemerals.size, 0)
      t.strictSame(inconsistencies(p.tree), [])
    }
  },
)

t.test('quotas', async t => {
  const limited = (limits: string, enforceQuota = true) => {
    const p = new Proposer({ enforceQuota })
    const session = p.session(1n)
    const text = (value: string) => new TextEncoder().encode(value)
    p.do(create('/q', { data: text('1234') }), session)
    p.do(create('/zookeeper/quota/q'), session)
    p.do(create('/zookeeper/quota/q/zookeeper_limits', { data: text(limits) }), session)
    p.do(create('/zookeeper/quota/q/zookeeper_stats', { data: text('count=0,bytes=0') }), session)
    const usage = () => new TextDecoder().decode(p.tree.dataOf(p.tree.find('/zookeeper/quota/q/zookeeper_stats'))!)
    return { p, session, text, usage }
  }

  t.test('count znodes and bytes below their path, the path itself included', async t => {
    const { p, session, text, usage } = limited('count=1,bytes=1')
    t.equal(usage(), 'count=1,bytes=4')
    p.do(create('/q/a', { data: text('12') }), session)
    p.do(create('/q/a/b', { data: null }), session)
    p.do(create('/qq', { data: text('12') }), session)
    p.do(set('/q/a', text('12345')), session)
    t.equal(usage(), 'count=3,bytes=9', 'soft limits refuse nothing')
    p.do(del('/q/a/b'), session)
    p.do(set('/q/a', null), session)
    t.equal(usage(), 'count=2,bytes=4')
    p.do(del('/zookeeper/quota/q/zookeeper_limits'), session)
    p.do(del('/q/a'), session)
    t.equal(usage(), 'count=2,bytes=4', 'nothing is counted without limits')
  })

  t.test('keep what else stands in the usage, in the order of its names', async t => {
    const { p, session, text, usage } = limited('count=1,bytes=1')
    const stat = '/zookeeper/quota/q/zookeeper_stats'
    p.do(set(stat, text('later=7;count=1,bytes=4=;countHardLimit=-1')), session)
    p.do(create('/q/a', { data: text('12') }), session)
    t.equal(usage(), 'count=2,bytes=6=;countHardLimit=-1;later=7')
    p.do(del(stat), session)
    p.do(create(stat, { data: text('later=7') }), session)
    t.equal(usage(), 'count=2,bytes=6', 'what is counted afresh has none of it')
  })

  t.test('refuse what goes above a hard limit, with what is outstanding, in a multi too', async t => {
    const { p, session, text, usage } = limited('count=-1,bytes=-1=;byteHardLimit=10;countHardLimit=3')
    t.equal(p.propose(create('/q/a', { data: text('123') }), session), 0)
    t.equal(p.propose(create('/q/b', { data: text('1234') }), session), KeeperCode.QuotaExceeded, 'bytes')
    t.equal(p.propose(create('/q/b', { data: text('123') }), session), 0)
    t.equal(p.propose(create('/q/c', { data: null }), session), KeeperCode.QuotaExceeded, 'count')
    t.equal(p.propose(set('/q/a', text('1234')), session), KeeperCode.QuotaExceeded, 'bytes of a setData')
    t.equal(p.propose(set('/q/a', text('12')), session), 0, 'fewer bytes are fine')
    p.deliver()
    t.equal(usage(), 'count=3,bytes=9')
    p.do(del('/q/b'), session)
    p.propose(multi(create('/q/b', { data: null }), create('/q/c', { data: null })), session)
    t.strictSame(partsOf(p), [0, KeeperCode.QuotaExceeded])
    t.equal(p.propose(create('/q/b', { data: null }), session), 0, 'the failed multi counts no more')
    p.deliver()
    t.equal(usage(), 'count=3,bytes=6')
  })

  t.test('count nothing for a request that is refused for something else', async t => {
    const { p, session, text } = limited('count=-1,bytes=-1=;byteHardLimit=10')
    t.equal(p.propose(set('/q', text('1234567890'), 99), session), KeeperCode.BadVersion)
    t.equal(p.propose(create('/q/a', { data: text('123456') }), session), 0)
  })

  t.test('are warned of when they are passed, at once and then now and again', async t => {
    for (const enforceQuota of [true, false]) {
      const { p, session, text } = limited('count=2,bytes=5=;byteHardLimit=-1;countHardLimit=-1', enforceQuota)
      p.do(create('/q/a', { data: text('1') }), session)
      t.strictSame(p.warnings, [], 'at the limit')
      for (const name of ['b', 'c', 'd']) t.equal(p.do(create(`/q/${name}`, { data: null }), session), 0)
      const count = { path: '/q', limit: 'count', allowed: 2 }
      t.strictSame(p.warnings.splice(0), [[{ ...count, found: 3, unsaid: 0 }, 'quota exceeded']])
      t.equal(p.do(set('/q/a', text('123')), session), 0)
      const bytes = { path: '/q', limit: 'bytes', allowed: 5, found: 7, unsaid: 0 }
      t.strictSame(p.warnings.splice(0), [[bytes, 'quota exceeded']])
      p.clock.advance(10_000)
      p.do(create('/q/e', { data: null }), session)
      t.strictSame(p.warnings.splice(0), [[{ ...count, found: 6, unsaid: 2 }, 'quota exceeded']])
      p.do(set('/q/a', null), session)
      t.strictSame(p.warnings, [], 'bytes below their limit')
    }
    const { p, session } = limited('count=1,bytes=-1=;countHardLimit=2')
    p.do(create('/q/a'), session)
    t.strictSame(p.warnings, [], 'a hard limit stands for the soft one')
    t.equal(p.do(create('/q/b'), session), KeeperCode.QuotaExceeded)
    const hard = { path: '/q', limit: 'countHardLimit', allowed: 2, found: 3, unsaid: 0 }
    t.strictSame(p.warnings, [[hard, 'quota exceeded: the write is refused']])
  })

  t.test('limit nothing while no znode keeps the usage, as between the two creates of a client', async t => {
    const { p, session, text } = limited('countHardLimit=1;byteHardLimit=1')
    t.equal(p.do(create('/q/a'), session), KeeperCode.QuotaExceeded)
    t.equal(p.do(del('/zookeeper/quota/q/zookeeper_stats'), session), 0)
    t.equal(p.do(create('/q/a', { data: text('1234') }), session), 0)
  })

  t.test('are only watched where enforceQuota is off, and text that is no quota limits nothing', async t => {
    const { p, session } = limited('countHardLimit=1', false)
    t.equal(p.do(create('/q/a'), session), 0)
    const nonsense = limited('countHardLimit=x;byteHardLimit;=5;;bytes=')
    t.equal(nonsense.p.do(create('/q/a'), nonsense.session), 0)
  })
})
