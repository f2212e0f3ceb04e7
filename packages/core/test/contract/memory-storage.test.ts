import { MemoryLog, MemoryLogMedium, type MemorySnapshot, MemorySnapshotter } from '@menagerie/core'
import { logStorageContract, snapshotterContract } from '@menagerie/core/contract'
import t from 'tap'

t.test('MemoryLog', async t => {
  logStorageContract(
    (name, body) => void t.test(name, body),
    { powerCut: true, damage: true },
    async () => {
      const medium = new MemoryLogMedium()
      return {
        create: () => new MemoryLog(medium),
        async powerCut() {},
        async damageLast() {
          medium.damageLast()
        },
        async dispose() {},
      }
    },
  )
})

t.test('MemorySnapshotter', async t => {
  snapshotterContract(
    (name, body) => void t.test(name, body),
    { powerCut: true, damage: false },
    async () => {
      const medium = new Map<string, MemorySnapshot>()
      return { create: () => new MemorySnapshotter(medium), async powerCut() {}, async damage() {}, async dispose() {} }
    },
  )
})
