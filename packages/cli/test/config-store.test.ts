import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LogFields, silentLogger } from '@menagerie/core'
import { parseConfig, type QuorumVerifier } from '@menagerie/core/zab'
import t, { type Test } from 'tap'
import { ZooCfgStore } from '../dist/config/config-store.js'
import { loadConfig } from '../dist/config/load.js'

function folder(t: Test): string {
  const dir = mkdtempSync(join(tmpdir(), 'menagerie-config-store-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  return dir
}

const servers = [1, 2, 3].map(
  id => `server.${id}=127.0.0.1:${2000 + id}:${3000 + id}:participant;127.0.0.1:${4000 + id}`,
)

function configuration(version: string): QuorumVerifier {
  const parsed = parseConfig([...servers, `version=${version}`].join('\n'))
  if (parsed.problem !== undefined) throw new Error(parsed.problem)
  return parsed.value
}

t.test('a committed configuration is what the next start reads', async t => {
  const dir = folder(t)
  const file = join(dir, 'zoo.cfg')
  writeFileSync(join(dir, 'myid'), '2\n')
  const old = [`dataDir=${dir}`, 'clientPort=4002', 'initLimit=5', 'syncLimit=2', 'server.2=127.0.0.1:2002:3002']
  writeFileSync(file, [...old, 'reconfigEnabled=true', 'standaloneEnabled=false', ''].join('\n'))
  const store = new ZooCfgStore(file, 2, silentLogger)
  store.proposed(configuration('100000007'))
  t.match(readFileSync(`${file}.dynamic.next`, 'utf8'), /^version=100000007$/m)
  store.activated(configuration('100000007'))
  t.strictSame(readdirSync(dir).sort(), ['myid', 'zoo.cfg', 'zoo.cfg.bak', 'zoo.cfg.dynamic.100000007'])
  const { ensemble } = await loadConfig(file)
  t.strictSame([...(ensemble?.servers.keys() ?? [])], [1, 2, 3])
  t.equal(ensemble?.version, '100000007')
  t.notMatch(readFileSync(file, 'utf8'), /^server\./m)
})

t.test('the zoo.cfg as its owner wrote it is kept beside it, and not what was made of it later', t => {
  const file = join(folder(t), 'zoo.cfg')
  const own = `# of Ann\nclientPort=4002\n${servers.join('\n')}\n`
  writeFileSync(file, own)
  const store = new ZooCfgStore(file, 2, silentLogger)
  store.activated(configuration('100000007'))
  store.activated(configuration('100000008'))
  t.equal(readFileSync(`${file}.bak`, 'utf8'), own)
  t.end()
})

t.test('a configuration that was cut off leaves nothing behind', t => {
  const dir = folder(t)
  const store = new ZooCfgStore(join(dir, 'zoo.cfg'), 2, silentLogger)
  store.proposed(configuration('100000007'))
  store.withdrawn()
  store.withdrawn()
  t.strictSame(readdirSync(dir), [])
  t.end()
})

t.test('a file that cannot be written is reported, and stops nothing', async t => {
  const reported: LogFields[] = []
  const store = new ZooCfgStore('/nonexistent/zoo.cfg', 1, { ...silentLogger, error: fields => reported.push(fields) })
  store.proposed(configuration('1'))
  store.activated(configuration('1'))
  t.equal(reported.length, 2)
  t.match(reported[0], { file: '/nonexistent/zoo.cfg', error: /ENOENT/ })
})
