/** What a leader makes of a learner's packets, by how far that is. */
import t from 'tap'
import { hear, type LearnerMaster } from '../../dist/zab/leader/learner-dialogue.js'
import { LearnerHandle } from '../../dist/zab/leader/learner-handle.js'
import { PacketType } from '../../dist/zab/packets/index.js'
import { makeZxid, type Zxid } from '../../dist/zxid.js'

const EPOCH = 1
const SENT = makeZxid(EPOCH, 1000)

/** A learner that was sent transactions up to {@link SENT} and NEWLEADER, and its leader. */
function synchronised(): { learner: LearnerHandle; acknowledge: (zxid: Zxid) => void; inStep: () => number } {
  const learner = new LearnerHandle({ remote: 'test', send: () => true } as unknown as LearnerHandle['link'], 0)
  learner.beginSynchronisation()
  learner.acked = SENT
  learner.endSynchronisation()
  let inStep = 0
  const master = { epoch: EPOCH, inStep: () => inStep++ } as unknown as LearnerMaster
  const acknowledge = (zxid: Zxid) => {
    hear(master, learner, { type: PacketType.ACK, zxid, data: null, authInfo: null })
  }
  return { learner, acknowledge, inStep: () => inStep }
}

t.test('ACKs of what it was sent may come before that of NEWLEADER, and do not stand for it', async t => {
  const { learner, acknowledge, inStep } = synchronised()
  for (const zxid of [makeZxid(EPOCH, 1), SENT]) acknowledge(zxid)
  t.equal(learner.phase, 'new-leader')
  t.equal(inStep(), 0)
  acknowledge(makeZxid(EPOCH, 0))
  t.equal(learner.phase, 'active')
  t.equal(inStep(), 1)
})

t.test('any other ACK in its place ends the link', async t => {
  for (const zxid of [SENT + 1, makeZxid(EPOCH - 1, 0), makeZxid(EPOCH + 1, 0), makeZxid(EPOCH + 1, 1)]) {
    const { acknowledge, inStep } = synchronised()
    t.throws(() => acknowledge(zxid), { code: 'ZAB_PROTOCOL', message: /it acknowledged another leader/ })
    t.equal(inStep(), 0)
  }
})
