import { MemoryLog } from '@menagerie/core'
import { ManualClock } from '@menagerie/core/contract'
import t from 'tap'
import { OpCode } from '../../dist/jute/index.js'
import type { Proposal } from '../../dist/requests/proposal.js'
import { TxnReader } from '../../dist/tree/txn.js'
import { StandaloneBroadcast } from '../../dist/zab/standalone.js'
import { COUNTER_MAX, makeZxid } from '../../dist/zxid.js'
import { HeldLog, settle } from '../server/harness.js'
import { header } from '../tree/support.js'

function proposal(zxid: number, bytes = 10): Proposal {
  return {
    header: header(zxid),
    txn: { type: OpCode.setData, path: '/a', data: new Uint8Array(bytes).fill(zxid), version: 1 },
    digest: null,
    changes: [],
    usage: [],
    bytes: 0,
    session: null,
    origin: null,
  }
}

async function opened(log = new HeldLog(), last = 0, deliver: (zxid: number) => void = () => {}) {
  await log.open()
  const delivered: number[][] = []
  const failures: Error[] = []
  const host = {
    readsAnswered: 0,
    deliver(proposals: readonly Proposal[]) {
      delivered.push(proposals.map(({ header }) => header.zxid))
      for (const { header } of proposals) deliver(header.zxid)
    },
    failed: (error: Error) => void failures.push(error),
  }
  return { broadcast: new StandaloneBroadcast(log, new ManualClock(), host, last), log, host, delivered, failures }
}

t.test('proposals of one turn share a flush, and those that come during a flush share the next', async t => {
  const { broadcast, log, delivered } = await opened()
  log.hold()
  for (let i = 0; i < 3; i++) broadcast.propose(proposal(broadcast.nextZxid()))
  await settle()
  for (let i = 0; i < 4; i++) {
    broadcast.propose(proposal(broadcast.nextZxid()))
    await settle()
  }
  t.strictSame([log.syncs, delivered], [1, []])
  log.release()
  await settle()
  t.equal(log.syncs, 2)
  t.strictSame(delivered.flat(), [1, 2, 3, 4, 5, 6, 7])
})

t.test('the log may hold the thread for a flush only while no reads are answered', async t => {
  const hints: (boolean | undefined)[] = []
  class NotingLog extends HeldLog {
    override sync(alone?: boolean) {
      hints.push(alone)
      return super.sync()
    }
  }
  const { broadcast, host } = await opened(new NotingLog())
  for (const reads of [0, 0, 3, 0, 1]) {
    host.readsAnswered += reads
    broadcast.propose(proposal(broadcast.nextZxid()))
    await settle()
  }
  t.strictSame(hints, [true, true, false, true, false])
})

t.test('what is delivered is in the log, as it was proposed, whatever its size', async t => {
  const { broadcast, log, delivered } = await opened()
  const sizes = [0, 10, 70_000, 5, 300_000, 260_000, 65_000, 1, 1_000_000, 3]
  for (const size of sizes) broadcast.propose(proposal(broadcast.nextZxid(), size))
  await settle()
  t.equal(delivered.flat().length, sizes.length)
  const reader = new TxnReader()
  for (const [i, { zxid, bytes }] of [...log.medium.records].entries()) {
    const { header, txn } = reader.read(bytes)
    t.equal(header.zxid, zxid)
    const data = txn.type === OpCode.setData ? txn.data! : new Uint8Array(0)
    t.ok(data.length === sizes[i] && data.every(byte => byte === zxid), `record of ${sizes[i]} bytes`)
  }
})

t.test('a proposal from within a delivery goes into the next flush', async t => {
  let again = 3
  const parts = await opened(new HeldLog(), 0, () => {
    if (again-- > 0) parts.broadcast.propose(proposal(parts.broadcast.nextZxid()))
  })
  parts.broadcast.propose(proposal(parts.broadcast.nextZxid()))
  await settle()
  t.strictSame(parts.delivered, [[1], [2], [3], [4]])
})

t.test('an epoch whose counter is used up is followed by the next', async t => {
  const last = makeZxid(3, COUNTER_MAX - 2)
  const { broadcast } = await opened(new HeldLog(), last)
  t.equal(broadcast.nextZxid(), makeZxid(3, COUNTER_MAX - 1))
  t.equal(broadcast.nextZxid(), makeZxid(4, 1))
})

t.test('a flush that fails is reported once, and nothing is delivered after it', async t => {
  const { broadcast, log, delivered, failures } = await opened()
  log.hold()
  broadcast.propose(proposal(broadcast.nextZxid()))
  await settle()
  const reason = new Error('no space')
  log.fail(reason)
  await settle()
  log.release()
  broadcast.propose(proposal(broadcast.nextZxid()))
  await settle()
  t.strictSame([delivered, failures], [[], [reason]])
})

t.test('a record that the log refuses is a failure too', async t => {
  const { broadcast, failures } = await opened(new HeldLog(), 5)
  broadcast.propose(proposal(broadcast.nextZxid()))
  broadcast.propose(proposal(2))
  t.match(failures, [{ code: 'LOG_OUT_OF_ORDER' }])
})

t.test('a delivery that throws stops the broadcast instead of being lost', async t => {
  const { broadcast, failures, delivered } = await opened(new HeldLog(), 0, () => {
    throw new Error('a broken invariant')
  })
  broadcast.propose(proposal(broadcast.nextZxid()))
  await settle()
  t.match(failures, [{ message: 'a broken invariant' }])
  broadcast.propose(proposal(broadcast.nextZxid()))
  await settle()
  t.strictSame(delivered, [[1]])
})

t.test('a log that throws no Error is reported as LOG_IO', async t => {
  const log = new (class extends MemoryLog {
    override sync(): Promise<number> {
      return Promise.reject('just text')
    }
  })()
  const { broadcast, failures } = await opened(log as HeldLog)
  broadcast.propose(proposal(broadcast.nextZxid()))
  await settle()
  t.match(failures, [{ code: 'LOG_IO', message: /just text/ }])
})

/** Has so many proposals of 1 KB flushed together, so that the broadcast knows how much is under way. */
async function flushTogether(parts: Awaited<ReturnType<typeof opened>>, count: number): Promise<void> {
  proposeMany(parts, count)
  await settle()
  parts.log.releaseOne()
  await settle()
}

function proposeMany({ broadcast }: Awaited<ReturnType<typeof opened>>, count: number): void {
  for (let i = 0; i < count; i++) broadcast.propose(proposal(broadcast.nextZxid(), 1000))
}

t.test('of much that is under way the first half is flushed before the turn ends', async t => {
  const parts = await opened()
  const { log, delivered } = parts
  log.hold()
  await flushTogether(parts, 400)
  proposeMany(parts, 199)
  t.equal(log.syncs, 1)
  proposeMany(parts, 2)
  t.equal(log.syncs, 2)
  await settle()
  log.releaseOne()
  await settle()
  t.equal(delivered.flat().length, 601)
})

t.test('the second half is on its way to the disk before the first is delivered', async t => {
  const syncsAtDelivery: number[] = []
  const parts = await opened(new HeldLog(), 0, zxid => {
    if (zxid % 100 === 1) syncsAtDelivery.push(parts.log.syncs)
  })
  const { log, delivered } = parts
  log.hold()
  await flushTogether(parts, 400)
  proposeMany(parts, 450)
  t.equal(log.syncs, 2)
  log.releaseOne()
  await settle()
  t.strictSame(syncsAtDelivery.slice(4), [3, 3, 3, 3, 3])
  log.release()
  await settle()
  t.strictSame(
    delivered.flat(),
    Array.from({ length: 850 }, (_, n) => n + 1),
  )
})
