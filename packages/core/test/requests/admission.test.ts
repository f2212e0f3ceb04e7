import { Admission, Deadlines, type Logger } from '@menagerie/core'
import { ManualClock } from '@menagerie/core/contract'
import t from 'tap'

t.test('a flood of refusals is logged once a second, naming address and limit, and counted', async t => {
  const clock = new ManualClock()
  const lines: string[] = []
  const log = (_fields: unknown, line: string) => void lines.push(line)
  const logger: Logger = { debug: log, info: log, warn: log, error: log }
  const admission = new Admission({ connectionsMax: 0, connectionsPerAddressMax: 1 }, clock, logger)
  t.equal(admission.admit('10.0.0.1'), true)
  for (let n = 0; n < 500; n++) t.equal(admission.admit('10.0.0.1'), false)
  t.equal(lines.length, 1)
  t.match(lines[0], /10\.0\.0\.1: 1 are open from there, the limit for one address \(maxClientCnxns\) is 1/)
  clock.advance(1000)
  admission.admit('10.0.0.1')
  t.equal(lines.length, 2)
  t.match(lines[1], /and 499 more of these/)
  t.equal(admission.rejectedCount, 501)
  t.equal(admission.admit('10.0.0.2'), true, 'another address has places of its own')
  admission.release('10.0.0.1')
  t.equal(admission.admit('10.0.0.1'), true)
  t.equal(admission.openCount, 2)
})

t.test('deadlines', async t => {
  t.test('thousands of things wait on one timer, and none is left when nothing waits', async t => {
    const clock = new ManualClock()
    const expired: number[] = []
    const deadlines = new Deadlines<number>(clock, 1000, 100, item => expired.push(item))
    for (let n = 0; n < 5000; n++) deadlines.add(n)
    t.equal(clock.pending, 1)
    for (let n = 0; n < 5000; n++) if (n % 1000 !== 0) deadlines.remove(n)
    clock.advance(999)
    t.strictSame(expired, [])
    clock.advance(1)
    t.strictSame(expired, [0, 1000, 2000, 3000, 4000])
    t.equal(clock.pending, 0)
    t.equal(deadlines.size, 0)
  })

  t.test('each expires after its own wait, at most the granularity late', async t => {
    const clock = new ManualClock()
    const expired: string[] = []
    const deadlines = new Deadlines<string>(clock, 1000, 100, item => expired.push(`${item} ${clock.monotonic()}`))
    deadlines.add('a')
    clock.advance(500)
    deadlines.add('b')
    deadlines.add('a again')
    clock.advance(30)
    deadlines.add('c')
    clock.advance(2000)
    t.strictSame(expired, ['a 1000', 'b 1500', 'a again 1500', 'c 1600'])
  })

  t.test('adding anew restarts the wait; expiring may add and remove', async t => {
    const clock = new ManualClock()
    const expired: string[] = []
    const deadlines = new Deadlines<string>(clock, 1000, 100, item => {
      expired.push(item)
      if (item === 'a') deadlines.remove('b')
      if (expired.length < 3) deadlines.add('a')
    })
    deadlines.add('a')
    deadlines.add('b')
    clock.advance(1000)
    t.strictSame(expired, ['a'])
    clock.advance(10_000)
    t.strictSame(expired, ['a', 'a', 'a'])
    deadlines.add('x')
    deadlines.clear()
    clock.advance(10_000)
    t.equal(expired.length, 3)
    t.equal(clock.pending, 0)
  })
})
