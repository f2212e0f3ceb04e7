import { logStorageContract, snapshotterContract } from '@menagerie/core/contract'
import t from 'tap'
import { type Changes, realLogMedium, realSnapshotMedium, twinLogMedium, twinSnapshotMedium } from './support/media.js'

const logVariants: Record<string, Changes> = {
  'the defaults': {},
  'files that do not grow ahead': { preAllocSizeKb: 0 },
  'a new file every 4 KB': { txnLogSizeLimitInKb: 4 },
  'a log folder of its own': { dataLogDir: '/log' },
}

for (const [what, changes] of Object.entries(logVariants)) {
  t.test(`FileLog on a disk that forgets unsynced bytes, with ${what}`, async t => {
    logStorageContract(
      (name, body) => void t.test(name, body),
      { powerCut: true, damage: true },
      () => twinLogMedium(changes),
    )
  })
}

t.test('FileLog on the real disk', async t => {
  logStorageContract(
    (name, body) => void t.test(name, body),
    { powerCut: false, damage: true },
    () => realLogMedium(),
  )
})

t.test('FileLog on the real disk without forceSync', async t => {
  const open = () => realLogMedium({ forceSync: false })
  logStorageContract((name, body) => void t.test(name, body), { powerCut: false }, open)
})

for (const snapshotCompression of ['', 'gz', 'snappy'] as const) {
  const what = snapshotCompression || 'no'
  t.test(`FileSnapshotter on a disk that forgets unsynced bytes, ${what} compression`, async t => {
    const open = () => twinSnapshotMedium({ snapshotCompression })
    snapshotterContract((name, body) => void t.test(name, body), { powerCut: true, damage: true }, open)
  })
  t.test(`FileSnapshotter on the real disk, ${what} compression`, async t => {
    const open = () => realSnapshotMedium({ snapshotCompression })
    snapshotterContract((name, body) => void t.test(name, body), { powerCut: false, damage: true }, open)
  })
}
