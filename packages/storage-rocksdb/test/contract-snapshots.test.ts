import { snapshotterContract } from '@menagerie/core/contract'
import t from 'tap'
import { snapshotMedium } from './support/media.js'

t.setTimeout(300_000)

for (const compression of ['none', 'zstd'] as const) {
  t.test(`RocksSnapshotter with compression ${compression}`, async t => {
    const open = () => snapshotMedium({ compression })
    snapshotterContract((name, body) => void t.test(name, body), { powerCut: false, damage: true }, open)
  })
}
