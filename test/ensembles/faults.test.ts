/** What an ensemble of three or five processes goes through, and what its clients notice of it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Client, connect } from '@menagerie/client'
import t, { type Test } from 'tap'
import { Ensemble } from '../support/ensemble.js'
import { differencesShown, storedStates } from '../support/ensemble-agreement.js'
import { Load } from '../support/ensemble-load.js'
import type { EnsembleServer, ServerKind } from '../support/ensemble-server.js'
import { killAllRounds } from '../support/kill-all-rounds.js'

t.setTimeout(600_000)

const three: readonly ServerKind[] = ['menagerie', 'menagerie', 'menagerie']

/** One client for each server, which goes to the others when it is gone. */
function roaming({ servers }: Ensemble): string[] {
  return servers.map((_, at) => [...servers.slice(at), ...servers.slice(0, at)].map(({ address }) => address).join())
}

async function everythingIsThere(t: Test, ensemble: Ensemble, load: Load): Promise<void> {
  await load.end()
  for (const { address } of ensemble.servers) t.strictSame(await load.missingOn(address), [])
  t.strictSame(await differencesShown(ensemble), [])
  await load.close()
}

t.test('each role is killed under load', async t => {
  await using ensemble = await Ensemble.start([...three, 'menagerie'], { observers: [4] })
  const load = await Load.start(roaming(ensemble))
  const [follower] = (await ensemble.followers()).filter(({ id }) => id !== 4)
  for (const victim of [follower, ensemble.server(4), await ensemble.leader()]) {
    await load.more(50)
    await victim.kill9()
    await load.more(50)
    victim.start()
    await ensemble.untilServing()
  }
  await everythingIsThere(t, ensemble, load)
})

t.test('the death of a follower is not felt by clients of others', async t => {
  await using ensemble = await Ensemble.start(three)
  const [victim, other] = await ensemble.followers()
  const leader = await ensemble.leader()
  const load = await Load.start([other.address, leader.address])
  await load.more(50)
  await victim.kill9()
  await load.more(200)
  for (const { path, losses } of load.writers) t.equal(losses, 0, `no request of ${path} broke off`)
  victim.start()
  await ensemble.untilServing()
  await everythingIsThere(t, ensemble, load)
})

t.test('five servers survive the death of two, the leader among them', async t => {
  await using ensemble = await Ensemble.start([...three, 'menagerie', 'menagerie'])
  const load = await Load.start(roaming(ensemble))
  await load.more(20)
  const [follower] = await ensemble.followers()
  const leader = await ensemble.leader()
  await Promise.all([leader.kill9(), follower.kill9()])
  await load.more(20)
  for (const server of [leader, follower]) server.start()
  await ensemble.untilServing()
  await everythingIsThere(t, ensemble, load)
})

t.test('a leader that is stopped and goes on later gives way and serves nothing stale', async t => {
  await using ensemble = await Ensemble.start(three, { config: { tickTime: 500, syncLimit: 2 } })
  const deposed = await ensemble.leader()
  const others = await ensemble.followers()
  const writer = await connect(others.map(({ address }) => address).join())
  await writer.create('/value', Buffer.from('old'))
  const reader = await connect({ servers: deposed.address, sessionTimeoutMs: 10_000, reconnect: false })
  t.equal(await valueAt(reader), 'old')
  deposed.pause()
  await ensemble.leader()
  await untilDone(() => writer.setData('/value', Buffer.from('new')))
  // All of this waits in its socket when it goes on, and it believes then that it still leads.
  const outcomes = Promise.allSettled([reader.create('/late', null), reader.sync('/value'), valueAt(reader)])
  deposed.resume()
  const [created, synced, read] = await outcomes
  t.comment(`create: ${created.status}, sync: ${synced.status}, read: ${read.status}`)
  if (synced.status === 'fulfilled' && read.status === 'fulfilled') t.equal(read.value, 'new', 'sync and read')
  await deposed.untilServing()
  t.not(await deposed.mode(), 'leader')
  t.equal(await valueAt(writer), 'new')
  // Acknowledged it may only be if it was carried out under the new leader.
  if (created.status === 'fulfilled') t.ok(await writer.exists('/late'), 'what was acknowledged is there')
  await writer.close()
  t.strictSame(await differencesShown(ensemble), [])
})

async function valueAt(client: Client): Promise<string> {
  const { data } = await client.getData('/value')
  return new TextDecoder().decode(data ?? undefined)
}

async function untilDone(operation: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await operation()
      return
    } catch {
      await delay(20)
    }
  }
}

t.test('all servers killed at once, again and again, lose nothing that was acknowledged', async t => {
  t.strictSame(await killAllRounds(3, t.comment.bind(t)), [])
})

/** Flips a byte of the record that came last into a stopped server's log. */
function damageLastRecord({ dataDir }: EnsembleServer): string {
  const folder = join(dataDir, 'version-2')
  const logs = readdirSync(folder).filter(name => name.startsWith('log.'))
  logs.sort((a, b) => Number.parseInt(a.slice(4), 16) - Number.parseInt(b.slice(4), 16))
  const file = join(folder, logs[logs.length - 1])
  const bytes = readFileSync(file)
  let last = bytes.length - 1
  // Behind the last record (which ends with 0x42) the file is filled with zeros.
  while (bytes[last] === 0) last--
  bytes[last - 10] ^= 0x01
  writeFileSync(file, bytes)
  return file
}

t.test(
  'a follower whose last record is damaged gets it from its leader, or says where it is and stays away',
  async t => {
    await using ensemble = await Ensemble.start(three)
    const [follower] = await ensemble.followers()
    const load = await Load.start([follower.address])
    await load.more(30)
    await load.end()
    await load.close()
    await follower.stop()
    const file = damageLastRecord(follower)
    follower.start()
    const outcome = await Promise.race([
      follower.untilServing().then(() => 'serves'),
      follower.ended.then(() => 'ended'),
    ])
    if (outcome === 'ended') {
      t.match(follower.output, `${file} is damaged at byte `)
      return
    }
    t.strictSame(await differencesShown(ensemble), [])
    for (const server of ensemble.servers) await server.stop()
    const [state, ...others] = await storedStates(ensemble)
    for (const other of others) t.strictSame(other, state, 'digest, znodes and sessions on disk')
  },
)
