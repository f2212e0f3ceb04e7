import { createHmac } from 'node:crypto'
import { ManualClock } from '@menagerie/core/contract'
import t from 'tap'
import { keyedPasswords, samePassword, sessionPassword } from '../../dist/sessions/password.js'
import { Session } from '../../dist/sessions/session.js'
import { SessionTracker } from '../../dist/sessions/session-tracker.js'
import { Seeded } from '../seeded.js'

function tracker(tickMs = 1000, serverId = 1, clock = new ManualClock(1_700_000_000_000)) {
  const sessions = new SessionTracker(clock, tickMs, serverId)
  const expired: [id: bigint, atMs: number][] = []
  sessions.start(session => expired.push([session.id, clock.monotonic()]))
  return { sessions, clock, expired }
}

t.test('a session expires at the tick after its timeout, never before it', async t => {
  for (const [startMs, timeoutMs] of [
    [0, 4000],
    [1, 4000],
    [999, 4000],
    [500, 4321],
    [0, 3999],
    [0, 4001],
  ]) {
    const { sessions, clock, expired } = tracker()
    clock.advance(startMs)
    sessions.add(1n, timeoutMs)
    clock.advance(timeoutMs - 1)
    t.strictSame(expired, [], `${startMs} + ${timeoutMs} - 1`)
    clock.advance(1001)
    t.equal(expired.length, 1)
    const atMs = expired[0][1]
    t.ok(atMs >= startMs + timeoutMs && atMs <= startMs + timeoutMs + 1000 && atMs % 1000 === 0, `expired at ${atMs}`)
  }
})

t.test('thousands of sessions touched at random expire as a list of deadlines says', async t => {
  for (const seed of [1, 2, 3]) {
    const random = new Seeded(seed)
    const { sessions, clock, expired } = tracker(100)
    const deadlines = new Map<bigint, number>()
    const due: bigint[] = []
    let nextId = 1n
    for (let step = 0; step < 3000; step++) {
      const kind = random.below(10)
      const id = deadlines.size > 0 ? random.pick([...deadlines.keys()]) : 0n
      if (kind < 3) {
        const timeoutMs = 100 + random.below(2000)
        deadlines.set(nextId, clock.monotonic() + timeoutMs)
        sessions.add(nextId++, timeoutMs)
      } else if (kind < 7 && id !== 0n) {
        const session = sessions.get(id)!
        sessions.touch(session)
        deadlines.set(id, clock.monotonic() + session.timeoutMs)
      } else if (kind === 7 && id !== 0n) {
        sessions.remove(id)
        deadlines.delete(id)
      } else {
        clock.advance(random.below(300))
        const tick = Math.floor(clock.monotonic() / 100)
        for (const [each, deadline] of deadlines) {
          if (Math.floor(deadline / 100) + 1 > tick) continue
          due.push(each)
          deadlines.delete(each)
          sessions.remove(each)
        }
      }
    }
    const sorted = (ids: bigint[]) => ids.map(String).sort()
    t.strictSame(sorted(expired.map(([id]) => id)), sorted(due), `seed ${seed}`)
    t.equal(sessions.count, deadlines.size)
    t.ok(
      (sessions as unknown as { role: { buckets: Map<number, unknown> } }).role.buckets.size <= 22,
      'no bucket is left behind',
    )
  }
})

t.test('a session that comes back with a shorter timeout expires by it', async t => {
  const { sessions, clock, expired } = tracker()
  const session = sessions.add(1n, 40_000)
  session.timeoutMs = 4000
  sessions.touch(session)
  clock.advance(5001)
  t.strictSame(
    expired.map(([id]) => id),
    [1n],
  )
})

t.test('one that expires is closing, is announced, and can no more be touched', async t => {
  const { sessions, clock, expired } = tracker()
  const events: string[] = []
  sessions.events$.subscribe(({ kind, id, timeoutMs }) => events.push(`${kind} ${id} ${timeoutMs}`))
  const session = sessions.add(5n, 2000)
  clock.advance(3000)
  t.ok(session.closing)
  sessions.touch(session)
  clock.advance(100_000)
  t.equal(expired.length, 1)
  t.equal(sessions.get(5n), session, 'until its close is committed')
  t.equal(sessions.remove(5n), session)
  t.equal(sessions.remove(5n), undefined)
  t.strictSame(events, ['created 5 2000', 'expired 5 2000'])
})

t.test('after a start every session has its full timeout again', async t => {
  const clock = new ManualClock()
  const sessions = new SessionTracker(clock, 1000, 1)
  sessions.add(1n, 4000)
  clock.advance(60_000)
  const expired: bigint[] = []
  sessions.start(session => expired.push(session.id))
  clock.advance(3999)
  t.strictSame(expired, [])
  clock.advance(1002)
  t.strictSame(expired, [1n])
  sessions.stop()
  t.equal(clock.pending, 0)
})

t.test('after a stall of the process, heartbeats that had arrived are read before anybody is expired', async t => {
  class StallingClock extends ManualClock {
    lateMs = 0
    override monotonic(): number {
      return super.monotonic() + this.lateMs
    }
  }
  const clock = new StallingClock()
  const sessions = new SessionTracker(clock, 1000, 1)
  const expired: bigint[] = []
  const quiet = sessions.add(1n, 4000)
  const lively = sessions.add(2n, 4000)
  sessions.start(session => expired.push(session.id))
  clock.advance(900)
  clock.lateMs = 10_000
  clock.advance(100) // the timer of the first tick, ten seconds late
  sessions.touch(lively) // a heartbeat that waited in its socket
  await Promise.resolve()
  t.strictSame(expired, [quiet.id])
  t.notOk(lively.closing)
  sessions.stop()
})

t.test('adding a known session keeps its object and takes the timeout', async t => {
  const { sessions } = tracker()
  const session = sessions.add(1n, 4000)
  t.equal(sessions.add(1n, 8000), session)
  t.strictSame([session.timeoutMs, sessions.count], [8000, 1])
})

t.test('ids carry the server in the top byte, differ, and are never one that means something else', async t => {
  for (const serverId of [0, 1, 127, 128, 255]) {
    for (const wallMs of [0, 1_700_000_000_000]) {
      const { sessions } = tracker(1000, serverId, new ManualClock(wallMs))
      const ids = Array.from({ length: 100 }, () => sessions.allocate(4000).id)
      t.equal(new Set(ids).size, 100)
      t.ok(
        ids.every(id => BigInt.asUintN(64, id) >> 56n === BigInt(serverId)),
        `server ${serverId}`,
      )
      t.ok(
        ids.every(id => id !== 0n && id !== -(2n ** 63n)),
        `server ${serverId} at ${wallMs}: no session, container`,
      )
    }
  }
  const { sessions } = tracker()
  const first = sessions.allocate(4000).id
  sessions.add(first + 1n, 4000)
  t.equal(sessions.allocate(4000).id, first + 2n, 'an id that a session has is passed over')
})

t.test('a session shows its id as Apache does, and keeps it in halves', async t => {
  t.equal(new Session(0x100000abcn, 1).name, '0x100000abc')
  t.equal(new Session(-1n, 1).name, '0xffffffffffffffff')
  const { high, low } = new Session(-0x123456789n, 1)
  t.equal((BigInt(high) << 32n) | BigInt(low >>> 0), -0x123456789n)
})

t.test('passwords are those of java.util.Random', async t => {
  // The reference, with 48 bits in a bigint.
  const reference = (id: bigint) => {
    let state = (id ^ 0xb3415c00n ^ 0x5deece66dn) & ((1n << 48n) - 1n)
    const bytes: number[] = []
    for (let i = 0; i < 4; i++) {
      state = (state * 0x5deece66dn + 0xbn) & ((1n << 48n) - 1n)
      const next = Number(state >> 16n)
      bytes.push(next & 255, (next >>> 8) & 255, (next >>> 16) & 255, (next >>> 24) & 255)
    }
    return bytes
  }
  const random = new Seeded(8)
  const ids = [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)]
  for (let i = 0; i < 500; i++) ids.push(BigInt.asIntN(64, (BigInt(random.next()) << 32n) | BigInt(random.next())))
  for (const id of ids) {
    const found = [...sessionPassword(id)]
    if (found.join() !== reference(id).join()) return t.strictSame(found, reference(id), `${id}`)
  }
})

t.test('passwords under a secret are the first half of an HMAC over the id', t => {
  const secret = 'a secret of the servers'
  for (const id of [1n, 0x100000000000000n, -2n]) {
    const message = Buffer.alloc(8)
    message.writeBigInt64BE(id)
    const expected = createHmac('sha256', secret).update(message).digest().subarray(0, 16)
    t.strictSame(Buffer.from(keyedPasswords(secret)(id)), Buffer.from(expected))
  }
  t.notSame(keyedPasswords(secret)(1n), sessionPassword(1n))
  t.end()
})

t.test('passwords compare by all their bytes', async t => {
  const password = sessionPassword(7n)
  t.ok(samePassword(password, password.slice()))
  t.notOk(samePassword(password, null))
  t.notOk(samePassword(password, password.slice(1)))
  for (let i = 0; i < 16; i++) {
    const other = password.slice()
    other[i] ^= 1
    t.notOk(samePassword(password, other))
  }
})

t.test('a session that a leader wanted to end lives on when that leader becomes a follower', async t => {
  const { sessions, clock, expired } = tracker()
  const session = sessions.add(1n, 4000)
  clock.advance(10_000)
  t.strictSame(expired.length, 1)
  t.ok(session.closing)
  sessions.follow()
  t.notOk(session.closing)
  sessions.touch(session)
  t.strictSame([...sessions.takeTouched()], [session], 'and its heartbeats reach the next leader')
})

t.test('nothing of one role is left for the next, of whichever kind they are', async t => {
  const begins = {
    leading: (sessions: SessionTracker) => sessions.start(() => {}),
    following: (sessions: SessionTracker) => sessions.follow(),
    neither: (sessions: SessionTracker) => sessions.stop(),
  }
  for (const [before, begin] of Object.entries(begins)) {
    for (const [after, next] of Object.entries(begins)) {
      const clock = new ManualClock()
      const sessions = new SessionTracker(clock, 1000, 1)
      begin(sessions)
      const session = sessions.add(1n, 4000)
      // One that a client has, and that no transaction has made known yet.
      const created = sessions.allocate(4000)
      sessions.creates(created)
      for (const each of [session, created]) {
        sessions.own(each, {})
        sessions.closes(each)
      }
      t.equal(sessions.find(created.id), created)
      next(sessions)
      for (const each of [session, created])
        t.strictSame([each.closing, each.owner], [false, null], `${before}, ${after}`)
      t.equal(sessions.find(created.id), undefined, 'its createSession may be lost')
      t.strictSame([...sessions.takeTouched()], [])
      clock.advance(1000)
      sessions.touch(session)
      t.strictSame([...sessions.takeTouched()], after === 'following' ? [session] : [])
      sessions.remove(1n)
      sessions.stop()
      t.ok(session.closing, 'but what is over is over')
      t.equal(clock.pending, 0, 'no timer of a role outlives it')
    }
  }
})

t.test('a session that goes from one tracker to another is over in neither', async t => {
  const { sessions, clock } = tracker()
  const others = tracker(1000, 1, clock)
  const session = sessions.add(1n, 4000)
  t.equal(sessions.release(1n), session)
  t.notOk(session.closing)
  others.sessions.add(1n, 4000, session)
  clock.advance(6000)
  t.strictSame(sessions.count, 0)
  t.strictSame(
    others.expired.map(([id]) => id),
    [1n],
  )
})
