import { silentLogger } from '@menagerie/core'
import { ManualClock } from '@menagerie/core/contract'
import { BehaviorSubject, NEVER } from 'rxjs'
import t from 'tap'
import { ServiceLog, type ServiceLogParts } from '../../dist/server/service-log.js'
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
  const missing = () => warnings.filter(text => text.startsWith('no client is served'))
  const without = 'there is no leader, which takes a quorum of the servers 1, 2, 3, 4, 5 that reach each other'
  await ensemble.until(() => missing().length === 2, 'two reminders')
  t.strictSame(missing(), [
    `no client is served for 2 s: ${without}; heard meanwhile: nobody`,
    `no client is served for 4 s: ${without}; heard meanwhile: nobody`,
  ])
  await ensemble.start(2)
  await ensemble.until(() => missing().length === 3, 'a third one')
  t.equal(missing()[2], `no client is served for 6 s: ${without}; heard meanwhile: 2`)
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

t.test('a member that has a leader, or is elected, does not say that there is none', t => {
  const clock = new ManualClock()
  const role$ = new BehaviorSubject<'looking' | 'following'>('looking')
  const warnings: string[] = []
  const member = { self: 1, role$, leaderId: 2, verifier: { voters: new Set([1, 2, 3]) }, initLimit: 5 }
  const logger = { ...silentLogger, warn: (_: unknown, text: string) => warnings.push(text) }
  const kernel = { isServing: false, lastZxid: 0 }
  const parts = { logger, clock, kernel, member, votes$: NEVER, tickTimeMs: 2000 } as unknown as ServiceLogParts
  new ServiceLog(parts)
  clock.advance(10_000)
  member.leaderId = 1
  clock.advance(10_000)
  t.strictSame(warnings, [
    'no client is served for 10 s: this server is coming into step with its leader, server 2',
    'no client is served for 20 s: this server is elected, and waits for a quorum to come into step with it',
  ])
  role$.complete()
  t.equal(clock.pending, 0)
  t.end()
})
