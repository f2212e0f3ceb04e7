import t from 'tap'
import { ReplyQueue } from '../../dist/requests/reply-queue.js'
import { Seeded } from '../seeded.js'

const FRAME = new Uint8Array(8)
const REPLY = new Uint8Array(20)

function start() {
  const progress = { inProgress: 0 }
  const queue = new ReplyQueue(progress)
  let next = 1
  const push = (frame: Uint8Array | null) => queue.push(next++, 1, frame, 0, 0)
  return { progress, queue, push }
}

t.test('requests leave in the order in which they came, however many wait', async t => {
  const { progress, queue, push } = start()
  const random = new Seeded(3)
  let expected = 1
  for (let round = 0; round < 400; round++) {
    for (let i = random.below(20); i > 0; i--) push(FRAME)
    for (let i = random.below(round < 200 ? 12 : 30); i > 0 && !queue.isEmpty; i--) {
      const head = queue.head
      if (queue.shift() !== head || head.xid !== expected++) t.fail(`not the head, or not ${expected - 1}`)
    }
    if (progress.inProgress !== queue.length) t.fail(`${progress.inProgress} in progress, ${queue.length} wait`)
  }
  while (!queue.isEmpty) t.equal(queue.shift().xid, expected++)
  t.equal(queue.head, undefined)
  t.equal(queue.length, 0)
  t.ok(expected > 1000)
})

t.test('the first uncommitted write is the first one without a reply', async t => {
  const { queue, push } = start()
  t.equal(queue.firstUncommitted(), undefined)
  push(FRAME)
  t.equal(queue.firstUncommitted(), undefined)
  const [first, , second] = [push(null), push(FRAME), push(null)]
  t.equal(queue.firstUncommitted(), first)
  first.reply = REPLY
  t.equal(queue.firstUncommitted(), second)
  second.reply = REPLY
  t.equal(queue.firstUncommitted(), undefined)
})

t.test('what waits for a client that does not read is not in progress', async t => {
  const { progress, queue, push } = start()
  for (let i = 0; i < 3; i++) push(FRAME)
  queue.leaveProgress()
  t.equal(progress.inProgress, 0)
  push(FRAME)
  queue.shift()
  t.equal(progress.inProgress, 0, 'nor what comes and goes meanwhile')
  queue.leaveProgress()
  t.equal(progress.inProgress, 0, 'once is enough')
  queue.rejoinProgress()
  queue.rejoinProgress()
  t.equal(progress.inProgress, 3)
})

t.test('nothing is in progress once nobody waits any more', async t => {
  for (const reads of [true, false]) {
    const { progress, queue, push } = start()
    progress.inProgress = 5
    push(FRAME)
    push(null)
    if (!reads) queue.leaveProgress()
    queue.clear()
    t.equal(progress.inProgress, 5)
    t.ok(queue.isEmpty)
    t.equal(queue.length, 0)
  }
})
