import { Membership, type QuorumVerifier } from '@menagerie/core/zab'
import t from 'tap'
import { committable, committableWith, type Durable } from '../../dist/zab/leader/commit-rule.js'
import { majorityOf, serverLines, verifierOf } from './quorum/ensembles.js'

const VERIFIERS: Readonly<Record<string, QuorumVerifier>> = {
  'three voters': majorityOf([1, 2, 3], [4]),
  'four voters': majorityOf([1, 2, 3, 4]),
  groups: verifierOf(...serverLines([1, 2, 3, 4]), 'group.1=1:2', 'group.2=3', 'group.3=4'),
}

/** Every way in which four servers can have made zxids up to 3 durable. */
function* allVotes(): Generator<Durable[]> {
  for (let n = 0; n < 4 ** 4; n++) yield [1, 2, 3, 4].map(id => [id, (n >> (2 * (id - 1))) & 3])
}

const haveIt = (votes: readonly Durable[], zxid: number) =>
  new Set(votes.filter(([, durable]) => durable >= zxid).map(([id]) => id))

for (const [name, verifier] of Object.entries(VERIFIERS)) {
  t.test(`with ${name}, all that a quorum has made durable is committed, and no more`, async t => {
    for (const votes of allVotes()) {
      const zxid = committable(votes, new Membership(verifier), null)
      t.ok(zxid === 0 || verifier.containsQuorum(haveIt(votes, zxid)), `${zxid} of ${votes.join(' ')}`)
      t.notOk(verifier.containsQuorum(haveIt(votes, zxid + 1)), `not ${zxid + 1} of ${votes.join(' ')}`)
    }
  })

  t.test(`with ${name}, a voter is told of what only its own vote is missing for`, async t => {
    for (const votes of allVotes()) {
      const zxid = committableWith(2, votes, verifier)
      const most = Math.max(...votes.map(([, durable]) => durable))
      const after = votes.map<Durable>(([id, durable]) => [id, id === 2 ? most : durable])
      t.equal(zxid, committable(after, new Membership(verifier), null), votes.join(' '))
    }
  })
}

t.test('a reconfiguration under way needs a quorum of the old and of the new voters', async t => {
  const membership = new Membership(majorityOf([1, 2, 3]), majorityOf([3, 4, 5], [], '100000002'))
  const reconfigZxid = 2
  const votes = (four: number): Durable[] => [
    [1, 3],
    [2, 3],
    [3, 3],
    [4, four],
  ]
  t.equal(committable(votes(0), membership, reconfigZxid), 1, 'what came before it needs the old ones only')
  t.equal(committable(votes(2), membership, reconfigZxid), 2)
  t.equal(committable(votes(3), membership, reconfigZxid), 3)
})
