import t from 'tap'
import { seeded } from '../differential/random.js'
import { killRounds } from '../support/kill-rounds.js'
import { startFromYaml } from '../support/menagerie-yaml.js'

t.setTimeout(600_000)
t.test('a server on RocksDB that is killed while it writes has every write that it acknowledged', async t => {
  await using server = await startFromYaml({
    // Snapshots in between, so that kills meet them too.
    settings: { snapCount: 3000 },
    plugins: [{ use: '@menagerie/storage-rocksdb', with: { path: './db', memtableMb: 4 } }],
  })
  t.same(await killRounds(server, 15, seeded(2)), [])
})
