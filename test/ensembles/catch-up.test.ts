/**
 * A server that was away is brought up to date by one of the other kind: by transactions, by a snapshot, and after
 * cutting off what was never committed.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from '@menagerie/client'
import t, { type Test } from 'tap'
import { Ensemble } from '../support/ensemble.js'
import { differencesShown, storedStates } from '../support/ensemble-agreement.js'
import type { EnsembleServer, ServerKind } from '../support/ensemble-server.js'
import { apacheTools } from '../support/tools.js'

t.setTimeout(900_000)

/** Servers 1 and 2 are of one kind, and stay; 3, of the other kind, comes and goes. */
const cases: readonly [name: string, kinds: readonly ServerKind[]][] = [
  ['Menagerie catches up with Apache', ['apache', 'apache', 'menagerie']],
  ['Apache catches up with Menagerie', ['menagerie', 'menagerie', 'apache']],
]

async function write(server: EnsembleServer, path: string, count: number): Promise<void> {
  const client = await connect(server.address)
  await client.create(path, null)
  const data = new Uint8Array(200)
  await Promise.all(Array.from({ length: count }, (_, n) => client.create(`${path}/n${n}`, data)))
  await client.close()
}

/** Whether a server's log holds a text, be it committed or not. */
function logHolds({ dataDir }: EnsembleServer, text: string): boolean {
  const folder = join(dataDir, 'version-2')
  const logs = readdirSync(folder).filter(name => name.startsWith('log.'))
  return logs.some(name => readFileSync(join(folder, name)).includes(text))
}

/** Removes what the newest snapshot of a stopped server does not need; how many files. */
function dropOldLogs({ dataDir }: EnsembleServer): number {
  const folder = join(dataDir, 'version-2')
  const zxidsOf = (prefix: string) =>
    readdirSync(folder)
      .filter(name => name.startsWith(prefix))
      .map(name => Number.parseInt(name.slice(prefix.length), 16))
      .sort((a, b) => a - b)
  const newest = zxidsOf('snapshot.').at(-1) ?? 0
  const logs = zxidsOf('log.')
  const old = logs.filter((_, n) => n + 1 < logs.length && logs[n + 1] <= newest)
  for (const first of old) rmSync(join(folder, `log.${first.toString(16)}`))
  return old.length
}

/** Has 3 lead, write a transaction that reaches nobody else, and go; the others go on without it. */
async function leaveUncommitted(ensemble: Ensemble, marker: string): Promise<void> {
  const [first, second, third] = ensemble.servers
  for (const server of ensemble.servers) await server.stop()
  // Of two equals the larger id leads.
  for (const server of [first, third]) server.start()
  await ensemble.untilServing([first, third])
  second.start()
  await ensemble.untilServing()
  // In the same epoch, since nobody cuts across epochs: a snapshot is taken then.
  await write(third, '/committed', 3)
  const client = await connect({ servers: third.address, reconnect: false })
  for (const server of [first, second]) server.pause()
  const unanswered = client.create(`/${marker}`, null).then(
    () => 'acknowledged',
    () => 'lost',
  )
  while (!logHolds(third, marker)) await delay(20)
  // Stopped as they are, they have not read the proposal when they are killed.
  for (const server of [first, second, third]) await server.kill9()
  if ((await unanswered) === 'acknowledged') throw new Error('a write was acknowledged without a quorum')
  await client.close().catch(() => {})
  for (const server of [first, second]) server.start()
  await ensemble.untilServing([first, second])
}

for (const [name, kinds] of cases) {
  t.test(`${name} by transactions, a snapshot, and after cutting off`, apacheTools(), async t => {
    await using ensemble = await Ensemble.start(kinds, { config: { snapCount: 300, preAllocSize: 64 } })
    const [first, second, third] = ensemble.servers
    const ours = kinds[2] === 'menagerie' ? [third] : [first, second]
    const saidByOurs = (pattern: RegExp) => ours.some(({ output }) => pattern.test(output))
    const back = async (t: Test) => {
      third.start()
      await ensemble.untilServing()
      t.strictSame(await differencesShown(ensemble), [])
    }

    await t.test('by transactions', async t => {
      await write(first, '/before', 20)
      await third.stop()
      await ensemble.untilServing()
      await write(first, '/diff', 50)
      await back(t)
    })

    await t.test('by a snapshot, having lost all it had', async t => {
      for (let n = 0; n < 5; n++) await write(first, `/many${n}`, 300)
      await third.stop()
      rmSync(join(third.dataDir, 'version-2'), { recursive: true })
      // The others have no more of their logs than what their latest snapshots need.
      for (const server of [first, second]) {
        await server.stop()
        t.ok(dropOldLogs(server) > 0, 'a file of the log is not needed')
      }
      for (const server of [first, second]) server.start()
      await ensemble.untilServing([first, second])
      await back(t)
      t.ok(saidByOurs(kinds[2] === 'menagerie' ? /getting a snapshot from the leader/ : /sending a snapshot/))
    })

    await t.test('after cutting off what was never committed', async t => {
      await leaveUncommitted(ensemble, 'never-committed')
      // Once it has written in its own epoch, Apache sends a snapshot instead.
      if (kinds[2] === 'apache') await write(first, '/after', 5)
      t.ok(logHolds(third, 'never-committed'))
      await back(t)
      const client = await connect(third.address)
      t.equal(await client.exists('/never-committed'), null)
      await client.close()
      t.ok(saidByOurs(kinds[2] === 'menagerie' ? /cutting off what the leader has not/ : /truncateTo/))
      await write(third, '/through-it', 5)
      t.strictSame(await differencesShown(ensemble), [])
      for (const server of ensemble.servers) await server.stop()
      const [state, ...others] = await storedStates(ensemble)
      for (const other of others) t.strictSame(other, state, 'digest, znodes and sessions on disk')
    })
  })
}
