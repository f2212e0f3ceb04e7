import t from 'tap'
import {
  CURATOR_DELAY,
  CURATOR_PRIORITY,
  CURATOR_QUEUE,
  entriesOf,
  KAZOO_QUEUE,
  ZOOKEEPER_QUEUE,
} from '../dist/queues/layout.js'
import { decodeItems, encodeItems } from '../dist/queues/multi-item.js'

const bytes = (...values: number[]) => new Uint8Array(values)

t.test("entries are encoded as Curator's are", async t => {
  const encoded = bytes(0, 1, 0, 1, 1, 0, 0, 0, 2, 7, 8, 1, 0, 0, 0, 0, 2)
  t.strictSame(encodeItems([bytes(7, 8), bytes()]), encoded)
  t.strictSame(decodeItems(encoded), [bytes(7, 8), bytes()])
  t.strictSame(decodeItems(new Uint8Array([...encoded, 9, 9])), [bytes(7, 8), bytes()], 'what follows is not read')
})

t.test('damaged entries are told by what is wrong', async t => {
  t.throws(() => decodeItems(bytes(0, 1)), /2 bytes is too short/)
  t.throws(() => decodeItems(bytes(0, 1, 0, 2, 2)), /version 10002/)
  t.throws(() => decodeItems(bytes(0, 1, 0, 1)), /without its end mark/)
  t.throws(() => decodeItems(bytes(0, 1, 0, 1, 3)), /mark 3 at byte 4/)
  for (const length of [5, -1]) {
    t.throws(() => decodeItems(bytes(0, 1, 0, 1, 1, length >> 24, 0, 0, length, 1, 2)), /byte 4 is cut short/)
  }
  t.throws(() => decodeItems(bytes(0, 1, 0, 1, 1, 0)), /cut short/)
})

t.test('names say priority and due time', async t => {
  t.equal(CURATOR_PRIORITY.prefix(5), 'queue-100000005')
  t.equal(CURATOR_PRIORITY.prefix(-1), 'queue-0FFFFFFFF')
  t.match(CURATOR_PRIORITY.parse('queue-0FFFFFFFF0000000003'), { rank: -1, sequence: 3 })
  t.equal(CURATOR_DELAY.prefix(255), 'queue-|000000FF|')
  t.match(CURATOR_DELAY.parse('queue-|18BCFE56800|-2147483648'), { rank: 1_700_000_000_000, sequence: -2147483648 })
  t.equal(KAZOO_QUEUE.prefix(7), 'entry-007-')
  t.match(KAZOO_QUEUE.parse('entry-007-0000000001'), { rank: 7, sequence: 1 })
  t.equal(ZOOKEEPER_QUEUE.parse('queue-0000000001'), undefined)
})

t.test('entries come by rank and then by number; other queues are refused', async t => {
  const order = entriesOf('/q', ['entry-100-0000000002', 'entry-100-0000000001', 'entry-099-0000000003'], KAZOO_QUEUE)
  t.strictSame(
    order.map(({ sequence }) => sequence),
    [3, 1, 2],
  )
  t.strictSame(entriesOf('/q', ['something'], CURATOR_QUEUE), [])
  const foreign = { code: 'RECIPE_FOREIGN_NODES' }
  t.throws(() => entriesOf('/q', ['qn-0000000001'], CURATOR_QUEUE), foreign)
  t.throws(() => entriesOf('/q', ['queue-0000000001'], CURATOR_DELAY), foreign)
  t.throws(() => entriesOf('/q', ['queue-|00|0000000001'], CURATOR_QUEUE), foreign)
})
