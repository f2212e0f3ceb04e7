import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Actor } from '../support/actor.js'
import { startApache } from '../support/apache.js'
import { startMenagerie } from '../support/menagerie.js'
import { acl, op } from '../support/requests.js'
import type { ServerUnderTest } from '../support/server-under-test.js'
import { removeDir, tempDir } from '../support/temp-dir.js'
import { apacheTools } from '../support/tools.js'
import { quietActor, readTree } from '../support/tree.js'

t.setTimeout(600_000)
const config = { extendedTypesEnabled: true, snapCount: 60, 'znode.container.checkIntervalMs': 3_600_000 }

/** Nodes of every kind, changed and deleted in every way, more of them than go between two snapshots. */
async function fill(actor: Actor, under: string): Promise<void> {
  await actor.auth('digest', 'user:password')
  await actor.create(under, { data: 'root' })
  await actor.create(`${under}/null`, { data: null })
  await actor.create(`${under}/empty`)
  await actor.create(`${under}/äöü-日本語`, { data: new Uint8Array(3000).fill(200) })
  await actor.create(`${under}/closed`, { acl: [acl(31, 'auth', ''), acl(1, 'ip', '127.0.0.0/8')], data: 's' })
  await actor.create(`${under}/ephemeral`, { flags: 1, data: 'e' })
  await actor.createContainer(`${under}/container`)
  await actor.create(`${under}/container/child`)
  await actor.createTtl(`${under}/ttl`, 3_600_000)
  for (let i = 0; i < 150; i++) await actor.create(`${under}/seq-`, { flags: i % 10 === 0 ? 3 : 2, data: String(i) })
  for (let i = 1; i < 150; i += 3) await actor.delete(`${under}/seq-${String(i + 6).padStart(10, '0')}`)
  for (let i = 0; i < 20; i++) await actor.setData(under, `value ${i}`)
  await actor.setAcl(`${under}/empty`, [acl(3, 'world', 'anyone'), acl(31, 'digest', 'user:hash')])
  await actor.multi(
    op.create(`${under}/m`),
    op.create(`${under}/m/n`),
    op.setData(`${under}/m`, 'x'),
    op.delete(`${under}/null`),
  )
  await actor.multi(op.create(`${under}/never`), op.delete(`${under}/none`))
  await actor.create(`/zookeeper/quota${under}`)
  await actor.create(`/zookeeper/quota${under}/zookeeper_limits`, { data: 'count=10000,bytes=-1' })
  await actor.create(`/zookeeper/quota${under}/zookeeper_stats`, { data: 'count=0,bytes=0' })
  await actor.create(`${under}/counted`, { data: '12345' })
}

/** Which nodes differ, as few words as a person needs. */
function differences(found: Map<string, string>, wanted: Map<string, string>): string[] {
  const paths = [...new Set([...wanted.keys(), ...found.keys()])].sort()
  return paths
    .filter(path => found.get(path) !== wanted.get(path))
    .map(path => `${path}\n  wanted ${wanted.get(path)}\n  found  ${found.get(path)}`)
}

const STARTS = { Apache: startApache, Menagerie: startMenagerie }
type Name = keyof typeof STARTS

async function thereAndBack(t: Test, route: readonly Name[], end: (server: ServerUnderTest) => Promise<void>) {
  const home = tempDir('directory')
  t.teardown(() => removeDir(home))
  const dataDir = join(home, 'data')
  let before: Map<string, string> | undefined
  const stays: { label: string; sessionId: bigint; passwd: Uint8Array }[] = []
  for (const [leg, name] of route.entries()) {
    await using server = await STARTS[name]({ dataDir, config })
    if (before !== undefined) {
      const found = await readTree(server.port)
      t.same(differences(found, before), [], `${name} serves what ${route[leg - 1]} left`)
      t.ok(found.size > 100 * leg, `${found.size} znodes`)
      // The session of the leg before comes back with its password, owns its ephemerals and takes them with it.
      const { label, sessionId, passwd } = stays[leg - 1]
      const back = await quietActor(label, server.port).connect({ sessionId, passwd })
      t.equal(back.sessionId, sessionId, 'a session goes on')
      await back.close()
      const left = await readTree(server.port, `/${label}`)
      t.notOk(left.has(`/${label}/ephemeral`), 'its ephemerals end with it')
      t.ok(left.has(`/${label}/empty`), 'its other nodes do not')
    }
    const label = `leg${leg}`
    const actor = await quietActor(label, server.port).connect({ timeoutMs: 40_000 })
    await fill(actor, `/${label}`)
    stays.push({ label, sessionId: actor.sessionId, passwd: actor.passwd })
    before = await readTree(server.port)
    t.ok(before.has(`/${label}/ephemeral`))
    await end(server)
    actor.drop()
  }
}

t.test('a data directory goes from Apache to Menagerie and back', apacheTools(), t =>
  thereAndBack(t, ['Apache', 'Menagerie', 'Apache'], server => server.stop()),
)
t.test('a data directory that a killed server left goes from Apache to Menagerie and back', apacheTools(), t =>
  thereAndBack(t, ['Apache', 'Menagerie', 'Apache', 'Menagerie'], server => server.kill9()),
)
t.test('a data directory that Menagerie made opens under Apache', apacheTools(), t =>
  thereAndBack(t, ['Menagerie', 'Apache', 'Menagerie'], server => server.stop()),
)
t.test('Menagerie finds its own directory as it left it', t =>
  thereAndBack(t, ['Menagerie', 'Menagerie'], server => server.kill9()),
)
