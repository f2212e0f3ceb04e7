import { type ACL, OpCode } from '@menagerie/core/jute'
import type { Actor } from '../support/actor.js'
import * as r from '../support/requests.js'
import { type Act, chooser, type RandomOptions, seeded } from './random.js'
import type { Stage } from './scenario.js'

/** Paths that mean something, and such as no client library sends. */
const NODES = ['/t/a', '/t/b', '/t/a/x', '/t/a/y', '/t/ä b', '/t/.x', '/t/a/x/deep']
const ODD_PATHS = [
  ...['', '/', '//', '/t/', '/t//a', '/t/./a', '/t/..', '/t/../t', 't/a', 'nowhere', '/none/x', '/t/a/x/'],
  ...['/t/a\u0000', '/t/\u0001', '/t/\u007f', '/t/\u009f', '/t/\ue000', '/t/\ufff0', '/t/\ufffd'],
  ...['/zookeeper', '/zookeeper/config', '/zookeeper/quota', '/zookeeper/quota/t', `/t/${'n'.repeat(900)}`],
]
/** Not UTF-8: a byte of its own, one cut short, an overlong form, a surrogate. */
const NOT_TEXT = ['2f742fff', '2f742fc3', '2f742fc080', '2f742feda080'].map(r.hex)
const VERSIONS = [-1, -1, 0, 0, 1, 2, -2, 7, -2147483648, 2147483647]
/** Of create: what they mean ends at 6, and 5 and 6 need a TTL, which create has no place for. */
const FLAGS = [0, 0, 0, 1, 2, 3, 4, 5, 6, 7, -1, 100]
const TTLS = [0, -1, 1, 100_000, 1_099_511_627_775, 1_099_511_627_776, -9_007_199_254_740_991, 9_007_199_254_740_991]
const WORLD = r.acl(31, 'world', 'anyone')
/** Each lets everybody read what takes it: Debian's 3.8.0 forgets to ask, in exists and for events. */
const LISTS: readonly (ACL[] | null)[] = [
  [WORLD],
  [WORLD],
  [WORLD],
  [],
  null,
  [WORLD, WORLD],
  [r.acl(1, 'world', 'anyone')],
  [r.acl(-1, 'world', 'anyone')],
  [r.acl(31, 'world', 'someone')],
  [r.acl(31, 'world', '')],
  [WORLD, r.acl(31, 'nosuch', 'x')],
  [WORLD, r.acl(31, '', '')],
  [WORLD, r.acl(0, 'auth', 'ignored')],
  [WORLD, r.acl(31, 'digest', 'nocolon')],
  [WORLD, r.acl(1, 'digest', 'a:b:c')],
  [WORLD, r.acl(31, 'digest', 'user:hash')],
  [WORLD, r.acl(31, 'ip', '127.0.0.1/33')],
  [r.acl(17, 'ip', '127.0.0.0/8')],
  [WORLD, r.acl(31, 'ip', '1.2.3')],
  [WORLD, r.acl(31, 'super', 'x')],
  [WORLD, r.acl(31, 'x509', 'CN=x')],
]
/** Debian's 3.8.0 answers a null list inside a multi as one of no ACLs; since 3.9 such a multi cannot be read. */
const LISTS_IN_MULTI = LISTS.filter(list => list !== null)
/** Opcodes that no server has, or that only servers send each other. */
const NO_OPCODES = [10, 23, 99, 108, 1000, -2, -12, 2147483647, -2147483648]

/**
 * Requests of three sessions that are in order and such as are not, in turns, so that what a refusal leaves behind
 * shows in what comes after it. Everything in it is answered alike by 3.8.0 and 3.9.5. A session whose connection
 * the server has closed comes back to it.
 */
export async function playOdd(s: Stage, { seed, operations }: RandomOptions): Promise<void> {
  const random = seeded(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]
  const chance = (share: number) => random() < share
  const number = (below: number) => Math.floor(random() * below)
  const node = () => pick(NODES)
  const path = () => (chance(0.7) ? node() : pick(ODD_PATHS))
  const data = () => pick(['', 'd', 'some data', null, 'x'.repeat(1000)])
  const flags = () => pick(FLAGS)
  const zxid = () => pick([0, -1, 1, Number(s.base) + number(50), Number.MAX_SAFE_INTEGER])
  const paths = () => Array.from({ length: number(4) }, path)
  const inMulti = (): r.Operation => {
    const choice = number(12)
    if (choice < 3)
      return r.op.create(path(), { data: data(), flags: pick([0, 0, 1, 2, 3]), acl: pick(LISTS_IN_MULTI) })
    if (choice < 5) return r.op.setData(path(), data(), pick(VERSIONS))
    if (choice < 7) return r.op.delete(path(), pick(VERSIONS))
    if (choice < 10) return r.op.check(path(), pick(VERSIONS))
    if (choice === 10) return r.op.createContainer(path(), { data: data() })
    return r.op.createTtl(node(), pick(TTLS))
  }
  const read = (): r.Operation => (chance(0.5) ? r.op.getData(path()) : r.op.getChildren(path()))
  const readNoText = (who: Actor) => {
    const bytes = pick(NOT_TEXT)
    const opcode = pick([OpCode.exists, OpCode.getData, OpCode.getChildren2, OpCode.getACL])
    return who.call(opcode, r.concat(r.int32(bytes.length), bytes, Uint8Array.of(0)))
  }
  const choose = chooser<Act>(random, [
    [10, who => who.create(path(), { data: data(), flags: flags(), acl: pick(LISTS) })],
    [6, who => who.create(node(), { data: data() })],
    [4, who => who.create2(path(), { data: data(), flags: flags(), acl: pick(LISTS) })],
    [3, who => who.createContainer(path(), { flags: pick([4, 4, 4, 0, 2, 9]) })],
    [3, who => who.createTtl(path(), pick(TTLS), { flags: pick([5, 6]) })],
    [8, who => who.delete(path(), pick(VERSIONS))],
    [8, who => who.setData(path(), data(), pick(VERSIONS))],
    [4, who => who.setAcl(path(), pick(LISTS), pick(VERSIONS))],
    [3, who => who.getAcl(path())],
    [5, who => who.getData(path(), chance(0.5))],
    [5, who => who.exists(path(), chance(0.5))],
    [3, who => who.getChildren(path(), chance(0.5))],
    [3, who => who.getChildren2(path(), chance(0.5))],
    [8, who => who.multi(...Array.from({ length: number(5) }, inMulti))],
    [2, who => who.multiRead(...Array.from({ length: number(4) }, read))],
    [2, who => who.getEphemerals(pick(['/', '/t', '/t/a', '', '/none']))],
    [2, who => who.getAllChildrenNumber(node())],
    [2, who => who.sync(path())],
    [2, who => who.whoAmI()],
    [1, who => who.addWatch(path(), pick([2, -1, 7]))],
    [
      1,
      who =>
        who.setWatches({ relativeZxid: zxid(), dataWatches: paths(), existWatches: paths(), childWatches: paths() }),
    ],
    [
      1,
      who =>
        who.auth(pick(['digest', 'digest', 'ip', 'world', 'nosuch', '', null]), pick(['user:pw', 'nocolon', '', null])),
    ],
    [1, who => who.call(pick(NO_OPCODES), r.hex('00000000'))],
    [
      1,
      who => who.call(OpCode.reconfig, r.reconfigBody(pick([null, '', 'x']), pick([null, '1']), null, pick([-1, 0]))),
    ],
    [2, readNoText],
  ])

  let generation = 0
  const actors = [await s.client('a'), await s.client('b'), await s.client('c')]
  for (let i = 0; i < operations; i++) {
    const at = number(actors.length)
    const fate = random()
    if (fate < 0.01) {
      await actors[at].close()
    } else if (fate < 0.02) {
      actors[at].drop()
    } else if (fate < 0.03) {
      const timeoutMs = pick([-1, 0, 1, 10_000, 2147483647])
      const lastZxidSeen = pick([0, -1, actors[at].lastZxid])
      actors[at].drop()
      await actors[at].reconnect({ timeoutMs, lastZxidSeen, readOnly: pick([true, false, null]) })
    } else {
      await choose()(actors[at])
      await actors[at].settle()
    }
    for (const actor of actors) {
      if (!actor.connection.closed) await actor.barrier()
      if (!actor.connection.closed) continue
      if (actor.sessionId !== 0n) await actor.reconnect()
      else actors[actors.indexOf(actor)] = await s.client(`${actor.label[0]}${++generation}`)
    }
  }
  const reader = await s.client('reader')
  await reader.auth('digest', 'super:test')
  for (const node of ['/t', ...NODES, '/zookeeper', '/zookeeper/quota']) {
    await reader.getData(node)
    await reader.getAcl(node)
    await reader.getChildren2(node)
  }
}
