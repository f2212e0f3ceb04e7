import { logStorageContract } from '@menagerie/core/contract'
import t from 'tap'
import { type Changes, logMedium } from './support/media.js'

t.setTimeout(300_000)

const variants: Record<string, Changes> = {
  'the defaults': {},
  'small memtables and no cache, so that records go to table files': {
    memtableMb: 4,
    cacheSizeMb: 0,
    logCompression: 'none',
  },
}

for (const [what, changes] of Object.entries(variants)) {
  t.test(`RocksLog with ${what}`, async t => {
    const open = () => logMedium(changes)
    logStorageContract((name, body) => void t.test(name, body), { powerCut: false }, open)
  })
}
