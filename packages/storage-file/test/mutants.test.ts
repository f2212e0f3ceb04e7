/** Disks that leave out one flush: unless the kits notice, the kits' power cuts prove nothing. */
import { logStorageContract, snapshotterContract } from '@menagerie/core/contract'
import { type FileHandle, MemoryFileSystem, type OpenMode } from '@menagerie/storage-file'
import t from 'tap'
import { fileLog, fileSnapshotter } from './support/media.js'

const mutants: Record<string, new () => MemoryFileSystem> = {
  'does not flush folders': class extends MemoryFileSystem {
    override async syncDirectory(): Promise<void> {}
  },
  'does not flush files': class extends MemoryFileSystem {
    override async open(path: string, mode: OpenMode): Promise<FileHandle> {
      const file = await super.open(path, mode === 'create-durable' ? 'create' : mode)
      return { ...file, async sync() {} }
    }
  },
  'loses the end of each write': class extends MemoryFileSystem {
    override async open(path: string, mode: OpenMode): Promise<FileHandle> {
      const file = await super.open(path, mode)
      return { ...file, write: (bytes, start, end, position) => file.write(bytes, start, end - 1, position) }
    }
  },
  'cuts files in the cache only': class extends MemoryFileSystem {
    override async open(path: string, mode: OpenMode): Promise<FileHandle> {
      const file = await super.open(path, mode)
      return mode === 'update' ? { ...file, async truncate() {} } : file
    }
  },
}

async function failures(kit: (test: (name: string, body: () => Promise<void>) => void) => void): Promise<number> {
  const tests: (() => Promise<void>)[] = []
  kit((_name, body) => tests.push(body))
  let failed = 0
  for (const body of tests) {
    try {
      await body()
    } catch {
      failed++
    }
  }
  return failed
}

for (const [what, Mutant] of Object.entries(mutants)) {
  t.test(`the log's kit notices a disk that ${what}`, async t => {
    const count = await failures(test =>
      logStorageContract(test, { powerCut: true }, async () => {
        const fs = new Mutant()
        const create = () => fileLog(fs, { lock: false })
        return { create, powerCut: async () => fs.powerCut(), async dispose() {} }
      }),
    )
    t.not(count, 0)
  })
  if (what.startsWith('cuts')) continue
  t.test(`the snapshotter's kit notices a disk that ${what}`, async t => {
    const count = await failures(test =>
      snapshotterContract(test, { powerCut: true, damage: false }, async () => {
        const fs = new Mutant()
        const create = () => fileSnapshotter(fs, { lock: false })
        return { create, powerCut: async () => fs.powerCut(), async damage() {}, async dispose() {} }
      }),
    )
    t.not(count, 0)
  })
}
