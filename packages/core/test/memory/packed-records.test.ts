import type { LogRecord } from '@menagerie/core'
import { record } from '@menagerie/core/contract'
import t, { type Test } from 'tap'
import { PackedRecords } from '../../dist/memory/packed-records.js'

/** Sizes of which some fill a chunk between them, some fit beside others, and some are larger than one. */
const SIZES = [100, 150_000, 150_000, 20, 300_000, 0, 7, 262_112, 1, 260_000, 2000, 10]
/** Not in a row, as those of epochs are not. */
const RECORDS = SIZES.map((size, index) => record(10 + 3 * index, size))
const LAST = RECORDS[RECORDS.length - 1].zxid

function filled(records: readonly LogRecord[] = RECORDS): PackedRecords {
  const packed = new PackedRecords()
  for (const each of records) packed.push(each)
  return packed
}

function same(t: Test, found: Iterable<LogRecord>, wanted: readonly LogRecord[], what: string): void {
  const key = ({ zxid, bytes }: LogRecord) => `${zxid} ${bytes.length} ${Buffer.from(bytes).toString('latin1')}`
  const [left, right] = [[...found].map(key).join(), wanted.map(key).join()]
  t.ok(left === right, what)
}

t.test('without a record', async t => {
  const packed = new PackedRecords()
  t.equal(packed.last, 0)
  t.equal(packed.bytes, 0)
  t.equal(packed.lastBelow(5), 0)
  t.strictSame([...packed.between(0, 9)], [])
  packed.truncateAfter(3)
  packed.dropThrough(-1)
  packed.dropThrough(3)
  t.strictSame([...packed], [])
})

t.test('between gives what lies between, for every pair of zxids', async t => {
  const packed = filled()
  t.ok(packed.bytes >= RECORDS.reduce((sum, { bytes }) => sum + bytes.length, 0))
  for (let first = 8; first <= LAST + 2; first++) {
    for (let last = 8; last <= LAST + 2; last++) {
      const wanted = RECORDS.filter(({ zxid }) => zxid >= first && zxid <= last).map(({ zxid }) => zxid)
      const batches = [...packed.between(first, last)]
      const found = batches.flat().map(({ zxid }) => zxid)
      if (found.join() !== wanted.join() || batches.some(({ length }) => length === 0)) {
        t.strictSame(found, wanted, `from ${first} to ${last}`)
      }
    }
  }
  same(t, packed, RECORDS, 'all of them, byte for byte')
})

t.test('lastBelow gives the nearest zxid, at every place', async t => {
  const packed = filled()
  for (let zxid = 0; zxid <= LAST + 2; zxid++) {
    const wanted = RECORDS.filter(each => each.zxid < zxid).at(-1)?.zxid ?? 0
    if (packed.lastBelow(zxid) !== wanted) t.equal(packed.lastBelow(zxid), wanted, `below ${zxid}`)
  }
})

t.test('both ends can be dropped at every place, and others added behind what is left', async t => {
  const added = [record(LAST + 1, 5), record(LAST + 2, 200_000), record(LAST + 3, 9)]
  for (let zxid = 8; zxid <= LAST + 2; zxid++) {
    const before = filled()
    before.truncateAfter(zxid)
    const kept = RECORDS.filter(each => each.zxid <= zxid)
    t.equal(before.last, kept.at(-1)?.zxid ?? 0, `last after a truncation to ${zxid}`)
    for (const each of added) before.push(each)
    same(t, before, [...kept, ...added], `truncated after ${zxid}`)

    const behind = filled()
    behind.dropThrough(zxid)
    for (const each of added) behind.push(each)
    same(t, behind, [...RECORDS.filter(each => each.zxid > zxid), ...added], `dropped through ${zxid}`)
  }
})

t.test('what is done to the records does not disturb who reads them', async t => {
  const others = RECORDS.map(({ zxid }, index) => record(zxid, SIZES[SIZES.length - 1 - index]))
  for (const { zxid } of RECORDS) {
    const packed = filled()
    const begun = packed.between(0, LAST)[Symbol.iterator]()
    const first = begun.next().value as readonly LogRecord[]
    const unread = packed.between(0, LAST)
    packed.truncateAfter(zxid)
    for (const each of others) if (each.zxid > zxid) packed.push(each)
    packed.dropThrough(zxid)
    same(t, [...unread].flat(), RECORDS, `a reader that begins later, cut at ${zxid}`)
    const rest = [...{ [Symbol.iterator]: () => begun }].flat()
    same(t, [...first, ...rest], RECORDS, `a reader that has begun, cut at ${zxid}`)
  }
})
