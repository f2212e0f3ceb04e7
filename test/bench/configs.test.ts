import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import t, { type Test } from 'tap'
import { type ConfigOptions, type Member, writeConfig } from './configs.js'

const member: Member = {
  id: 2,
  port: 2182,
  peers: [1, 2, 3].map(id => ({ quorumPort: 2880 + id, electionPort: 3880 + id })),
  natsUrl: 'nats://127.0.0.1:4222',
}

function written(t: Test, options: Omit<ConfigOptions, 'dir'>): { name: string; text: string; dir: string } {
  const dir = mkdtempSync(join(tmpdir(), 'bench-config-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  const file = writeConfig({ ...options, dir }, 2182)
  return { name: basename(file), text: readFileSync(file, 'utf8'), dir }
}

t.test('Apache and the usual Menagerie get the same file', async t => {
  const [apache, menagerie] = (['apache', 'menagerie'] as const).map(kind => written(t, { kind, member }))
  t.equal(menagerie.name, 'zoo.cfg')
  t.equal(menagerie.text.replaceAll(menagerie.dir, 'DIR'), apache.text.replaceAll(apache.dir, 'DIR'))
  t.match(apache.text, /^server\.3=127\.0\.0\.1:2883:3883$/m)
  t.equal(readFileSync(join(apache.dir, 'data', 'myid'), 'utf8'), '2\n')
})

t.test('a server alone has no list of servers', async t => {
  t.notMatch(written(t, { kind: 'apache' }).text, 'server.')
  t.notOk('ensemble' in JSON.parse(written(t, { kind: 'menagerie-rocksdb' }).text))
})

t.test('other parts are named in YAML, the transport only where there are peers', async t => {
  const { name, text, dir } = written(t, { kind: 'menagerie-rocksdb-nats', member, snapCount: 5000 })
  t.equal(name, 'menagerie.yaml')
  t.strictSame(JSON.parse(text), {
    server: {
      id: 2,
      clients: { listen: '127.0.0.1:2182' },
      tickTimeMs: 2000,
      maxClientCnxns: 0,
      fourLetterWords: ['*'],
      snapCount: 5000,
    },
    ensemble: {
      1: { host: '127.0.0.1', peer: 2881, election: 3881 },
      2: { host: '127.0.0.1', peer: 2882, election: 3882 },
      3: { host: '127.0.0.1', peer: 2883, election: 3883 },
    },
    plugins: [
      { use: '@menagerie/storage-rocksdb', with: { path: join(dir, 'data') } },
      { use: '@menagerie/transport-nats', with: { servers: 'nats://127.0.0.1:4222' } },
    ],
  })
  t.strictSame(JSON.parse(written(t, { kind: 'menagerie-memory' }).text).plugins, [{ use: '@menagerie/core/memory' }])
})
