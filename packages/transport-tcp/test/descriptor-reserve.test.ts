import { ManualClock } from '@menagerie/core/contract'
import t from 'tap'
import { DescriptorReserve } from '../dist/descriptor-reserve.js'

function reserve(max: number | undefined) {
  const lines: string[] = []
  const log = (_fields: unknown, line: string) => void lines.push(line)
  const clock = new ManualClock()
  return { lines, clock, reserve: new DescriptorReserve(max, clock, { debug: log, info: log, warn: log, error: log }) }
}

t.test('the last descriptors are for files of the server', async t => {
  const { reserve: r, lines, clock } = reserve(1024)
  t.ok(r.admit(959, '10.0.0.1'))
  t.notOk(r.admit(960, '10.0.0.1'))
  t.notOk(r.admit(961, '10.0.0.2'))
  t.equal(r.refusedCount, 2)
  t.equal(lines.length, 1, 'one line for both')
  t.match(lines[0], /10\.0\.0\.1: 960 files.* may have 1024, and the last 64 are kept.*ulimit -n.*maxCnxns/)
  clock.advance(1000)
  t.notOk(r.admit(960, '10.0.0.3'))
  t.match(lines[1], /10\.0\.0\.3.*\(and 1 more of these since the last line\)/)
})

t.test('of few descriptors clients get three in four', async t => {
  const { reserve: r } = reserve(40)
  t.ok(r.admit(29, '10.0.0.1'))
  t.notOk(r.admit(30, '10.0.0.1'))
})

t.test('where the limit or the descriptor is not known, nobody is refused', async t => {
  t.ok(reserve(undefined).reserve.admit(1_000_000, '10.0.0.1'))
  t.ok(reserve(100).reserve.admit(undefined, '10.0.0.1'))
  t.ok(reserve(100).reserve.admit(-1, '10.0.0.1'))
})
