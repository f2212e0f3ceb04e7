import { formatConfig } from '@menagerie/core/zab'
import t from 'tap'
import { majorityOf } from '../quorum/ensembles.js'
import { Script, show } from './script.js'

const larger = majorityOf([1, 2, 3, 5], [4], '100000005')
const config = formatConfig(larger)

t.test('a newer configuration of a peer is adopted while looking, and a new round begins', async t => {
  const one = new Script(1)
  one.look(5, 1)
  t.strictSame(one.hear(2, 'looking 2 at 9 of epoch 1, round 1', { config }), [
    'config 100000005',
    'to 2 3 5: looking 1 at 5 of epoch 1, round 2',
    'timer 200',
    'to 2: looking 1 at 5 of epoch 1, round 2',
  ])
  t.equal(one.election.verifier.version, 0x1_0000_0005)
})

t.test('its own notifications carry it from then on', async t => {
  const one = new Script(1)
  one.look(5, 1)
  const before = formatConfig(one.election.verifier)
  const configs = (effects: ReturnType<typeof one.election.timeout>) =>
    new Set(effects.map(effect => (effect.type === 'send' ? effect.notification.config : config)))
  t.strictSame(configs(one.election.timeout()), new Set([before, config]))
  one.hear(2, 'looking 2 at 5 of epoch 1, round 1', { config })
  t.strictSame(configs(one.election.timeout()), new Set([config]))
})

t.test('a newer version with the same members does not disturb the round', async t => {
  const one = new Script(1)
  one.look(5, 1)
  const same = formatConfig(majorityOf([1, 2, 3], [4], '100000005'))
  t.strictSame(one.hear(3, 'looking 1 at 5 of epoch 1, round 1', { config: same }), ['config 100000005', 'timer 25'])
})

t.test('an older one, one that cannot be read, and any when reconfiguration is off, change nothing', async t => {
  const one = new Script(1, { verifier: larger })
  one.look(5, 1)
  const older = formatConfig(majorityOf([1, 2, 3], [], '100000004'))
  t.strictSame(one.hear(3, 'looking 1 at 5 of epoch 1, round 1', { config: older }), [])
  t.strictSame(one.hear(2, 'looking 1 at 5 of epoch 1, round 1', { config: 'version=ffff' }), [
    'warning: the configuration that server 2 sent: it lists no server',
    'timer 25',
  ])
  const off = new Script(1, { adoptsConfigs: false })
  off.look(5, 1)
  t.strictSame(off.hear(3, 'looking 1 at 5 of epoch 1, round 1', { config }), ['timer 25'])
})

t.test('in a role, configurations come with the broadcast only', async t => {
  const one = new Script(1)
  one.election.settle('following', { leader: 3, zxid: 5, peerEpoch: 1, electionEpoch: 6 })
  const effects = one.hear(3, 'leading 3 at 5 of epoch 1, round 6', { config })
  t.strictSame([effects, one.election.verifier.version], [[], 0])
})

t.test('a server that is left out of the new configuration votes no more', async t => {
  const three = new Script(3)
  three.look(9, 1)
  const without = formatConfig(majorityOf([1, 2], [3, 4], '100000006'))
  t.strictSame(three.hear(1, 'looking 1 at 5 of epoch 1, round 2', { config: without }), [
    'config 100000006',
    'to 1 2: looking nobody, round 2',
    'timer 200',
    'to 1 2: looking 1 at 5 of epoch 1, round 2',
    'timer 200',
  ])
  t.strictSame(three.hear(2, 'looking 1 at 5 of epoch 1, round 2'), ['no timer', 'elected 1'])
  t.equal(three.election.state, 'observing')
})

t.test('reconfigure: a looking server begins anew if the members differ, another goes on', async t => {
  const one = new Script(1)
  t.strictSame(one.election.reconfigure(majorityOf([1, 2, 3], [4], '1')), [])
  one.look(5, 1)
  t.strictSame(one.election.reconfigure(majorityOf([1, 2, 3], [4], '2')), [])
  t.strictSame(show(one.election.reconfigure(larger)), ['to 2 3 5: looking 1 at 5 of epoch 1, round 2', 'timer 200'])
  one.election.settle('leading', { leader: 1, zxid: 5, peerEpoch: 1, electionEpoch: 6 })
  t.strictSame(one.election.reconfigure(majorityOf([1], [], '3')), [])
  t.strictSame(one.hear(2, 'looking nobody at 0 of epoch 0, round 1'), ['to 2: leading 1 at 5 of epoch 1, round 6'])
})

t.test('while a reconfiguration is under way, both configurations have to agree', async t => {
  // From 1 2 3 to 3 4 5.
  const next = majorityOf([3, 4, 5], [], '100000005')
  const three = new Script(3, { verifier: majorityOf([1, 2, 3]), next })
  t.strictSame(three.look(5, 1), ['to 1 2 4 5: looking 3 at 5 of epoch 1, round 1', 'timer 200'])
  t.strictSame(three.hear(1, 'looking 3 at 5 of epoch 1, round 1'), [])
  t.strictSame(three.hear(2, 'looking 3 at 5 of epoch 1, round 1'), [], 'all of the old, none of the new')
  t.strictSame(three.hear(4, 'looking 3 at 5 of epoch 1, round 1'), ['timer 25'])
  t.strictSame(three.hear(5, 'looking 3 at 5 of epoch 1, round 1'), ['no timer', 'elected 3'])
})

t.test(
  'a voter of the configuration to come, which may vote for nobody yet, draws the others into its round',
  async t => {
    // From 2 3 to 1 4: nobody is in both. Server 4 has been looking before, and is a round ahead.
    const old = majorityOf([2, 3])
    const next = majorityOf([1, 4], [], '100000005')
    const three = new Script(3, { verifier: old, next })
    three.look(5, 1)
    t.strictSame(three.hear(4, 'looking nobody at 0 of epoch 0, round 2'), [
      'to 2 1 4: looking 3 at 5 of epoch 1, round 2',
      'timer 200',
    ])
    t.strictSame(three.hear(2, 'looking 3 at 5 of epoch 1, round 2'), [])
    t.strictSame(three.hear(1, 'looking 3 at 5 of epoch 1, round 2'), [], 'half of the new')
    t.strictSame(three.hear(4, 'looking 3 at 5 of epoch 1, round 2'), ['no timer', 'elected 3'])
  },
)

t.test('it is told at once where it looks in the same round, and passes the vote on', async t => {
  const old = majorityOf([2, 3])
  const next = majorityOf([1, 4], [], '100000005')
  const three = new Script(3, { verifier: old, next })
  three.look(5, 1)
  t.strictSame(three.hear(4, 'looking nobody at 0 of epoch 0, round 1'), ['to 4: looking 3 at 5 of epoch 1, round 1'])
  // Whether it knows of the configuration to come, in which alone it votes, or not.
  for (const options of [{ verifier: old, next }, { verifier: old }]) {
    const four = new Script(4, options)
    four.look(5, 1)
    const [passedOn] = four.hear(3, 'looking 3 at 5 of epoch 1, round 1')
    t.match(passedOn, /^to 2 3.*: looking 3 at 5 of epoch 1, round 1$/)
    t.strictSame(four.hear(4, 'looking nobody at 0 of epoch 0, round 9'), [], 'its own voice is nothing new')
  }
})

t.test('a configuration that is not newer than the present one is not under way any more', async t => {
  const one = new Script(1)
  one.look(5, 1)
  t.strictSame(one.election.reconfigure(majorityOf([1, 2, 3], [4], '9'), majorityOf([1, 7], [], '9')), [])
  t.strictSame(one.timeout(), ['to 2 3: looking 1 at 5 of epoch 1, round 1', 'timer 400'])
  const begun = one.election.reconfigure(majorityOf([1, 2, 3], [4], '9'), majorityOf([1, 7], [], 'a'))
  t.strictSame(show(begun), ['to 2 3 7: looking 1 at 5 of epoch 1, round 2', 'timer 200'])
})
