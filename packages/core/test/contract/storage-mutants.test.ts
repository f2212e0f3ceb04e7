/**
 * Broken storages that the kits must catch: a kit that passes one of these is worth nothing. Each is a
 * memory storage with one promise broken.
 */
import {
  type Epochs,
  type LogRecord,
  MemoryLog,
  MemoryLogMedium,
  type MemorySnapshot,
  MemorySnapshotter,
  type SnapshotInfo,
  type SnapshotSource,
  type Zxid,
} from '@menagerie/core'
import { logStorageContract, snapshotterContract } from '@menagerie/core/contract'
import t from 'tap'

/** Names of the kit's tests that fail. */
async function failures(kit: (test: (name: string, body: () => Promise<void>) => void) => void): Promise<string[]> {
  const tests: [string, () => Promise<void>][] = []
  kit((name, body) => tests.push([name, body]))
  const failed: string[] = []
  for (const [name, body] of tests) {
    try {
      await body()
    } catch {
      failed.push(name)
    }
  }
  return failed
}

const logMutants: Record<string, new (medium: MemoryLogMedium) => MemoryLog> = {
  'forgets the newest record of each sync': class extends MemoryLog {
    override async sync(): Promise<Zxid> {
      const zxid = await super.sync()
      this.medium.records.truncateAfter(zxid - 1)
      return zxid
    }
  },
  'tells a zxid too high': class extends MemoryLog {
    override async sync(): Promise<Zxid> {
      return (await super.sync()) + 1
    }
  },
  'resolves syncs in the wrong order': class extends MemoryLog {
    private calls = 0
    override async sync(): Promise<Zxid> {
      const zxid = await super.sync()
      const turns = 20 - this.calls++ * 2
      for (let i = 0; i < turns; i++) await Promise.resolve()
      return zxid
    }
  },
  'lets a zxid repeat': class extends MemoryLog {
    override append(record: LogRecord): void {
      try {
        super.append(record)
      } catch (error) {
        if ((error as { code?: string }).code !== 'LOG_OUT_OF_ORDER') throw error
      }
    }
  },
  'keeps the caller’s byte array': class extends MemoryLog {
    private readonly lent = new Map<Zxid, LogRecord>()
    override append(record: LogRecord): void {
      super.append(record)
      this.lent.set(record.zxid, record)
    }
    override async *read(from: Zxid): AsyncGenerator<readonly LogRecord[]> {
      for await (const batch of super.read(from)) yield batch.map(record => this.lent.get(record.zxid) ?? record)
    }
  },
  'reads from the record after the one asked for': class extends MemoryLog {
    override read(from: Zxid): AsyncIterable<readonly LogRecord[]> {
      return super.read(from === 0 ? 0 : from + 1)
    }
  },
  'cuts one record too many': class extends MemoryLog {
    override truncateAfter(last: Zxid): Promise<void> {
      return super.truncateAfter(last - 1)
    }
  },
  'cuts one record too few': class extends MemoryLog {
    override truncateAfter(last: Zxid): Promise<void> {
      return super.truncateAfter(last + 1)
    }
  },
  'purges one record too many': class extends MemoryLog {
    override purgeThrough(last: Zxid): Promise<void> {
      return super.purgeThrough(last + 1)
    }
  },
  'mixes the epochs up': class extends MemoryLog {
    override setCurrentEpoch(epoch: number): Promise<void> {
      return super.setAcceptedEpoch(epoch)
    }
  },
  'forgets epochs': class extends MemoryLog {
    private values: Epochs = { accepted: -1, current: -1 }
    override epochs(): Epochs {
      return this.values
    }
    override async setAcceptedEpoch(accepted: number): Promise<void> {
      this.values = { ...this.values, accepted }
    }
  },
  'works on after close': class extends MemoryLog {
    override async close(): Promise<void> {
      await this.sync()
    }
  },
}

for (const [what, Mutant] of Object.entries(logMutants)) {
  t.test(`the log's kit notices one that ${what}`, async t => {
    const failed = await failures(test =>
      logStorageContract(test, { powerCut: true }, async () => {
        const medium = new MemoryLogMedium()
        return { create: () => new Mutant(medium), async powerCut() {}, async dispose() {} }
      }),
    )
    t.not(failed.length, 0)
  })
}

const snapshotMutants: Record<string, new (medium: Map<string, MemorySnapshot>) => MemorySnapshotter> = {
  'leaves the trailing sections out': class extends MemorySnapshotter {
    override write(zxid: Zxid, source: SnapshotSource): Promise<SnapshotInfo> {
      return super.write(zxid, { body: source.body, trailers: () => [] })
    }
  },
  'asks for the trailing sections first': class extends MemorySnapshotter {
    override write(zxid: Zxid, source: SnapshotSource): Promise<SnapshotInfo> {
      const sections = source.trailers()
      return super.write(zxid, { body: source.body, trailers: () => sections })
    }
  },
  'keeps what a failing source gave': class extends MemorySnapshotter {
    override write(zxid: Zxid, source: SnapshotSource): Promise<SnapshotInfo> {
      const { body } = source
      async function* until(): AsyncGenerator<Uint8Array> {
        try {
          yield* body
        } catch {}
      }
      return super.write(zxid, { body: until(), trailers: () => source.trailers() })
    }
  },
  'keeps the source’s chunks': class extends MemorySnapshotter {
    override async write(zxid: Zxid, source: SnapshotSource): Promise<SnapshotInfo> {
      const chunks: Uint8Array[] = []
      for await (const chunk of source.body) chunks.push(chunk)
      chunks.push(...source.trailers())
      this.medium.set(`snapshot.${zxid}`, { zxid, chunks })
      return { zxid, name: `snapshot.${zxid}`, bytes: 1 }
    }
  },
  'lists the oldest first': class extends MemorySnapshotter {
    override async list(): Promise<readonly SnapshotInfo[]> {
      return [...(await super.list())].reverse()
    }
  },
  'purges the newest': class extends MemorySnapshotter {
    override async purge(keep: number): Promise<Zxid> {
      const oldestFirst = [...(await this.list())].reverse()
      for (const { name } of oldestFirst.slice(keep)) this.medium.delete(name)
      return oldestFirst[0]?.zxid ?? 0
    }
  },
  'hands its own chunks out': class extends MemorySnapshotter {
    override async *read(info: SnapshotInfo): AsyncGenerator<Uint8Array> {
      yield* this.medium.get(info.name)?.chunks ?? []
    }
  },
}

const companionMutants: Record<string, new (medium: Map<string, MemorySnapshot>) => MemorySnapshotter> = {
  'forgets companions': class extends MemorySnapshotter {
    override async companion(): Promise<undefined> {}
  },
  'gives the companion of the newest snapshot for each': class extends MemorySnapshotter {
    override async companion(): Promise<Uint8Array | undefined> {
      const [newest] = await this.list()
      return newest && super.companion(newest)
    }
  },
  'keeps the companion of the snapshot that was there before': class extends MemorySnapshotter {
    override async write(zxid: Zxid, source: SnapshotSource): Promise<SnapshotInfo> {
      const [before] = (await this.list()).filter(info => info.zxid === zxid)
      const companion = before && (await this.companion(before))
      const info = await super.write(zxid, source)
      const stored = this.medium.get(info.name)!
      if (companion && !stored.companion) this.medium.set(info.name, { ...stored, companion })
      return info
    }
  },
  'keeps the first piece alone': class extends MemorySnapshotter {
    override write(zxid: Zxid, source: SnapshotSource): Promise<SnapshotInfo> {
      const { body, companion } = source
      const first = companion && { companion: () => companion().slice(0, 1) }
      return super.write(zxid, { body, trailers: () => source.trailers(), ...first })
    }
  },
  'stores the companion as a part of the snapshot': class extends MemorySnapshotter {
    override write(zxid: Zxid, source: SnapshotSource): Promise<SnapshotInfo> {
      const { body, companion } = source
      return super.write(zxid, { body, trailers: () => [...source.trailers(), ...(companion?.() ?? [])], companion })
    }
  },
  'asks for a companion that it does not keep': class extends MemorySnapshotter {
    override companion = undefined as never
  },
}

/** Most mutants write without companions: the tests of those would fail for all of them. */
const isOfCompanions = (name: string): boolean => name.startsWith('companion:')

for (const [mutants, counts] of [
  [snapshotMutants, (name: string) => !isOfCompanions(name)],
  [companionMutants, isOfCompanions],
] as const) {
  for (const [what, Mutant] of Object.entries(mutants)) {
    t.test(`the snapshotter's kit notices one that ${what}`, async t => {
      const failed = await failures(test =>
        snapshotterContract(test, { powerCut: true, damage: false }, async () => {
          const medium = new Map<string, MemorySnapshot>()
          return { create: () => new Mutant(medium), async powerCut() {}, async damage() {}, async dispose() {} }
        }),
      )
      t.not(failed.filter(counts).length, 0)
    })
  }
}
