import { logStorageContract, snapshotterContract } from '@menagerie/core/contract'
import t from 'tap'
import { type Changes, logMedium, snapshotMedium } from './support/media.js'

const variants: Record<string, Changes> = {
  'the defaults': {},
  'small memtables, so that records go to table files': { memtableMb: 4, cacheSizeMb: 0 },
  'zstd compression': { compression: 'zstd' },
}

for (const [what, changes] of Object.entries(variants)) {
  t.test(`RocksLog with ${what}`, async t => {
    logStorageContract(
      (name, body) => void t.test(name, body),
      { powerCut: false },
      () => logMedium(changes),
    )
  })
  t.test(`RocksSnapshotter with ${what}`, async t => {
    const open = () => snapshotMedium(changes)
    snapshotterContract((name, body) => void t.test(name, body), { powerCut: false, damage: true }, open)
  })
}
