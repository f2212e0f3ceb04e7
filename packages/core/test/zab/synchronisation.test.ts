import { makeZxid } from '@menagerie/core'
import t from 'tap'
import { CommittedWindow } from '../../dist/zab/leader/committed-window.js'
import { planSynchronisation, snapshotIsShorter } from '../../dist/zab/leader/synchronisation.js'

const at = (counter: number, epoch = 1) => makeZxid(epoch, counter)

t.test('a learner is sent the log while it lacks less of it than a third of the znodes', async t => {
  t.equal(snapshotIsShorter(at(1), at(100_001), 1_000_000, 0.33), false)
  t.equal(snapshotIsShorter(at(1), at(400_000), 1_000_000, 0.33), true)
})

t.test('a few transactions are always sent as such, however small the tree is', async t => {
  t.equal(snapshotIsShorter(at(1), at(10_001), 5, 0.33), false)
  t.equal(snapshotIsShorter(at(1), at(10_002), 5, 0.33), true)
})

t.test('of an earlier epoch only what the present one has added is known to be missing', async t => {
  t.equal(snapshotIsShorter(at(500_000, 1), at(20, 2), 1_000_000, 0.33), false)
  t.equal(snapshotIsShorter(at(500_000, 1), at(400_000, 2), 1_000_000, 0.33), true)
})

t.test('a server that has nothing is sent a snapshot, whatever the log begins with', async t => {
  t.same(planSynchronisation(0, at(3), new CommittedWindow(500)), { kind: 'snapshot' })
  t.same(planSynchronisation(0, 0, new CommittedWindow(500)), { kind: 'diff', records: [] }, 'unless there is nothing')
})

t.test('a factor of 0 or less sends snapshots only', async t => {
  t.equal(snapshotIsShorter(at(1), at(2), 1_000_000, 0), true)
  t.equal(snapshotIsShorter(at(1), at(2), 1_000_000, -1), true)
})
