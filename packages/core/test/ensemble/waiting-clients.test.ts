import type { PeerLink } from '@menagerie/core'
import { map } from 'rxjs'
import t, { type Test } from 'tap'
import { decodePacket, PacketType } from '../../dist/zab/packets/index.js'
import { replaced, TestEnsemble } from './support.js'

/** What a leader does with a link. A promise stands for the commit that comes with the follower's own vote. */
type Deed = 'proposal' | 'promise' | 'commit' | 'flush'

/** Three servers whose deeds as leader are noted: `commit 2`, or `applied`. */
async function watched(t: Test) {
  const deeds: string[] = []
  const noted = (link: PeerLink) => {
    const note = (deed: Deed) => deeds.push(`${deed} ${link.peer}`)
    return replaced(link, {
      send(packet) {
        const { type } = decodePacket(packet)
        if (type === PacketType.PROPOSAL) note('proposal')
        if (type === PacketType.COMMITONCEDURABLE) note('promise')
        if (type === PacketType.COMMITTHROUGH) note('commit')
        return link.send(packet)
      },
      flush: () => note('flush'),
    })
  }
  const ensemble = await TestEnsemble.start(3, {
    transportOf: (_id, transport) => replaced(transport, { links$: transport.links$.pipe(map(noted)) }),
  })
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  ensemble.get(leader).server.commits$.subscribe(() => deeds.push('applied'))
  /** What the leader does for a znode that a client of server `at` creates. */
  const create = async (at: number, path: string) => {
    const client = await ensemble.get(at).connect()
    await ensemble.until(() => client.sessionId !== 0n, 'a session')
    deeds.length = 0
    client.send(client.create(path))
    await ensemble.until(() => client.replies.length > 0, `the creation of ${path}`)
    return [...deeds]
  }
  return { ensemble, leader, create }
}

t.test('the follower whose client waits hears of its write before the others', async t => {
  const { ensemble, create } = await watched(t)
  const [one, other] = ensemble.followerIds
  let n = 0
  const turns = [
    [one, other],
    [other, one],
    [one, other],
  ]
  for (const [first, second] of turns) {
    const deeds = await create(first, `/n${n++}`)
    t.strictSame(
      deeds.filter((deed, at) => deed !== 'applied' && deeds.indexOf(deed) === at),
      [
        `proposal ${first}`,
        `proposal ${second}`,
        `promise ${first}`,
        `flush ${first}`,
        `commit ${second}`,
        `flush ${second}`,
      ],
    )
  }
})

t.test('what the client of a follower waits for leaves before the leader applies it', async t => {
  const { ensemble, create } = await watched(t)
  const deeds = await create(ensemble.followerIds[0], '/far')
  t.ok(deeds.includes('applied'))
  t.ok(deeds.indexOf(`flush ${ensemble.followerIds[0]}`) < deeds.indexOf('applied'))
})

t.test('what a client of the leader waits for is applied before it leaves', async t => {
  const { ensemble, leader, create } = await watched(t)
  const deeds = await create(leader, '/near')
  t.ok(deeds.includes('applied'))
  t.ok(deeds.indexOf(`flush ${ensemble.followerIds[0]}`) > deeds.indexOf('applied'))
})

t.test('a learner expects the answer soon where one write waits, and not where several do', async t => {
  let expected = 0
  const noted = (link: PeerLink) => replaced(link, { expectAnswer: () => expected++ })
  const ensemble = await TestEnsemble.start(3, {
    transportOf: (_id, transport) =>
      replaced(transport, { connect: async (peer, to) => noted(await transport.connect(peer, to)) }),
  })
  t.teardown(() => ensemble.close())
  await ensemble.untilServing()
  const client = await ensemble.get(ensemble.followerIds[0]).connect()
  await ensemble.until(() => client.sessionId !== 0n, 'a session')
  const hints = async (...paths: string[]): Promise<number> => {
    expected = 0
    const before = client.replies.length
    for (const path of paths) client.send(client.create(path))
    await ensemble.until(() => client.replies.length === before + paths.length, `the creation of ${paths}`)
    return expected
  }
  t.equal(await hints('/a'), 1)
  t.equal(await hints('/b', '/c', '/d'), 1, 'the first of them alone')
  t.equal(await hints('/e'), 1, 'once they are answered, as before')
})
