import { logStorageContract, snapshotterContract } from '@menagerie/core/contract'
import t from 'tap'
import { type Changes, logMedium, snapshotMedium } from './support/media.js'

const logVariants: Record<string, Changes> = {
  'the defaults': {},
  'small memtables and no cache, so that records go to table files': { memtableMb: 4, cacheSizeMb: 0 },
}

for (const [what, changes] of Object.entries(logVariants)) {
  t.test(`RocksLog with ${what}`, async t => {
    const open = () => logMedium(changes)
    logStorageContract((name, body) => void t.test(name, body), { powerCut: false }, open)
  })
}

for (const compression of ['none', 'zstd'] as const) {
  t.test(`RocksSnapshotter with compression ${compression}`, async t => {
    const open = () => snapshotMedium({ compression })
    snapshotterContract((name, body) => void t.test(name, body), { powerCut: false, damage: true }, open)
  })
}
