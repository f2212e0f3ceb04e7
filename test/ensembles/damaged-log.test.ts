/** A flipped byte in the last record of a log, in servers that run as processes of their own. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Client, connect } from '@menagerie/client'
import t from 'tap'
import type { EnsembleServer } from '../support/ensemble-server.js'
import { storageFolder } from './support/parts.js'
import { PartsEnsemble } from './support/parts-ensemble.js'

t.setTimeout(300_000)

const NO_VOTE = /looks for a leader without a vote: the end of the log was damaged/
const text = (value: string) => new TextEncoder().encode(value)

function logFolder(server: EnsembleServer): string {
  return join(storageFolder(server.dataDir, 'file'), 'version-2')
}

/** Changes a byte within the last record of a server's log, which does not run. */
function flipLastRecord(server: EnsembleServer): void {
  const folder = logFolder(server)
  const logs = readdirSync(folder).filter(name => /^log\.[0-9a-f]+$/.test(name))
  const newest = logs.sort((a, b) => Number.parseInt(a.slice(4), 16) - Number.parseInt(b.slice(4), 16)).at(-1)!
  const bytes = readFileSync(join(folder, newest))
  let end = bytes.length
  while (bytes[end - 1] === 0) end--
  bytes[end - 10] ^= 0x04
  writeFileSync(join(folder, newest), bytes)
}

function asides(server: EnsembleServer): string[] {
  return readdirSync(logFolder(server)).filter(name => name.startsWith('damaged.'))
}

async function says(server: EnsembleServer, words: RegExp): Promise<void> {
  while (!words.test(server.output)) {
    if (!server.running) throw new Error(`server ${server.id} has ended:\n${server.output}`)
    await delay(50)
  }
}

async function write(client: Client, prefix: string): Promise<void> {
  for (let n = 0; n < 10; n++) await client.create(`/${prefix}${n}`, text(prefix))
}

t.test('a member with a damaged last record takes it from its leader', async t => {
  await using ensemble = await PartsEnsemble.start({ storage: 'file', transport: 'tcp' })
  const leader = await ensemble.leader()
  const [damaged] = ensemble.servers.filter(server => server !== leader)
  const client = await connect(leader.address)
  await write(client, 'before')
  await damaged.kill9()
  flipLastRecord(damaged)
  await write(client, 'meanwhile')
  damaged.start()
  await says(damaged, NO_VOTE)
  await damaged.untilServing()
  t.strictSame(asides(damaged), [], 'what was damaged is of no use any more')
  const reader = await connect(damaged.address)
  await reader.sync('/')
  for (const path of ['/before9', '/meanwhile9']) t.ok(await reader.exists(path), path)
  await reader.close()
  await client.close()
})

t.test('with two of three damaged there is no quorum, and each says so', async t => {
  await using ensemble = await PartsEnsemble.start({ storage: 'file', transport: 'tcp' })
  const leader = await ensemble.leader()
  const client = await connect(leader.address)
  await write(client, 'before')
  await client.close()
  const damaged = ensemble.servers.filter(server => server !== leader)
  for (const server of ensemble.servers) await server.kill9()
  for (const server of damaged) flipLastRecord(server)
  for (const server of ensemble.servers) server.start()
  for (const server of damaged) await says(server, NO_VOTE)
  for (const server of ensemble.servers) t.equal(await server.mode(), undefined, `server ${server.id} has no role`)
  for (const server of damaged) t.equal(asides(server).length, 1, `server ${server.id} has kept what was damaged`)
})
