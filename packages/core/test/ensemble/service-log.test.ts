import t from 'tap'
import { settle } from '../server/harness.js'
import { TestEnsemble } from './support.js'

t.test('a member says that it serves when it does, and not when it has only loaded its data', async t => {
  const ensemble = new TestEnsemble([1, 2, 3])
  t.teardown(() => ensemble.close())
  const { infos } = await ensemble.start(1)
  t.match(infos.join('\n'), /loaded; looking for a leader/)
  t.notMatch(infos.join('\n'), /serving/)
  await ensemble.start(2)
  await ensemble.start(3)
  const leader = await ensemble.untilServing()
  for (const [id, { infos }] of ensemble.servers)
    t.match(infos.join('\n'), id === leader ? /serving as leader/ : /serving as follower/)
})

t.test('a member that finds no leader says every initLimit ticks whom it has heard', async t => {
  const ensemble = new TestEnsemble([1, 2, 3, 4, 5], { options: new Map([['initLimit', 10]]) })
  t.teardown(() => ensemble.close())
  const { warnings } = await ensemble.start(1)
  const missing = () => warnings.filter(text => text.startsWith('no leader for'))
  const without = 'and no client is served: it takes a quorum of the servers 1, 2, 3, 4, 5 that reach each other'
  await ensemble.until(() => missing().length === 2, 'two reminders')
  t.strictSame(missing(), [
    `no leader for 2 s, ${without}; heard meanwhile: nobody`,
    `no leader for 4 s, ${without}; heard meanwhile: nobody`,
  ])
  await ensemble.start(2)
  await ensemble.until(() => missing().length === 3, 'a third one')
  t.equal(missing()[2], `no leader for 6 s, ${without}; heard meanwhile: 2`)
  await ensemble.start(3)
  await ensemble.untilServing()
  const before = missing().length
  ensemble.clock.advance(10_000)
  await ensemble.untilServing()
  t.equal(missing().length, before, 'nothing more of it under a leader')
})

t.test('a leader whose clients are not served does not say that they are', async t => {
  const ensemble = await TestEnsemble.start(3, { options: new Map([['leaderServes', false]]) })
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  t.notMatch(ensemble.get(leader).infos.join('\n'), /serving as/)
})

t.test('a member that is stopped leaves no timer behind, which would keep its process alive', async t => {
  for (const size of [1, 3]) {
    const ensemble = new TestEnsemble([1, 2, 3])
    for (let id = 1; id <= size; id++) await ensemble.start(id)
    if (size === 3) await ensemble.untilServing()
    await ensemble.close()
    await settle()
    t.equal(ensemble.clock.pending, 0, `${size} of three`)
  }
})
