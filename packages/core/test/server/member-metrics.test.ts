import { ManualClock } from '@menagerie/core/contract'
import { BehaviorSubject } from 'rxjs'
import t from 'tap'
import { MetricsRegistry } from '../../dist/monitor/index.js'
import { MemberMetrics } from '../../dist/server/member-metrics.js'
import type { PeerRole } from '../../dist/zab/peer/quorum-peer-options.js'

function member() {
  const clock = new ManualClock(1_000)
  const registry = new MetricsRegistry()
  const role = new BehaviorSubject<PeerRole>('looking')
  const metrics = new MemberMetrics(registry, clock, role)
  const read = (name: string) => registry.read().get(name)
  return { clock, role, metrics, read }
}

t.test('the time without a leader runs from the first election to the next term', async t => {
  const { clock, role, read } = member()
  clock.advance(300)
  role.next('looking')
  clock.advance(200)
  role.next('following')
  t.equal(read('looking_count'), 2, 'each election counts')
  t.match(read('unavailable_time'), { count: 1, sum: 500 })
  t.match(read('leader_unavailable_time'), { count: 0 })
  clock.advance(10_000)
  role.next('looking')
  clock.advance(40)
  role.next('leading')
  t.match(read('unavailable_time'), { count: 2, min: 40, max: 500 })
  t.match(read('leader_unavailable_time'), { count: 1, sum: 40 })
})

t.test('transactions count as what they are to this role', async t => {
  const { role, metrics, read } = member()
  const names = ['proposal_count', 'commit_count', 'learner_proposal_received_count', 'learner_commit_received_count']
  const counts = () => names.map(read)
  role.next('leading')
  metrics.delivered(2)
  t.strictSame(counts(), [2, 2, 0, 0])
  role.next('following')
  metrics.delivered(3)
  t.strictSame(counts(), [2, 2, 3, 3])
  role.next('observing')
  metrics.delivered(4)
  t.strictSame(counts(), [2, 2, 3, 7])
})
