/** What a storage keeps beside a snapshot, in a copy. */
import { MemoryLog, MemoryLogMedium, MemorySnapshotter, MenagerieError, Server } from '@menagerie/core'
import { definePlugin, LOG_STORAGE, SNAPSHOTTER } from '@menagerie/core/plugin'
import { platformNode } from '@menagerie/platform-node'
import t from 'tap'
import { z } from 'zod'
import { copyStorage } from '../dist/storage/copy.js'
import type { Storage } from '../dist/storage/open.js'
import { noProgress } from './storage-harness.js'

/** A storage in memory that a server has taken a snapshot in, and is open no longer. */
async function filled(snapshotter: MemorySnapshotter): Promise<Storage> {
  const medium = new MemoryLogMedium()
  const memory = definePlugin({
    name: 'memory',
    core: '^0.1.0',
    provides: [LOG_STORAGE, SNAPSHOTTER],
    options: z.strictObject({}),
    defaults: [platformNode()],
    register(container) {
      container.registerInstance(LOG_STORAGE, new MemoryLog(medium))
      container.registerInstance(SNAPSHOTTER, snapshotter)
    },
  })
  const server = await Server.start({ plugins: [memory()] })
  await server.close()
  return { log: new MemoryLog(medium), snapshotter, tornTail: () => undefined }
}

const empty = (): Storage => ({
  log: new MemoryLog(),
  snapshotter: new MemorySnapshotter(),
  tornTail: () => undefined,
})

async function copied(from: Storage) {
  const to = empty()
  const warnings: string[] = []
  const warn = (_: unknown, message: string) => void warnings.push(message)
  const logger = { debug() {}, info() {}, error() {}, warn }
  await copyStorage(from, to, noProgress, logger, new AbortController().signal)
  const [info] = await to.snapshotter.list()
  return { companion: await to.snapshotter.companion?.(info!), warnings }
}

t.test('what stands beside a snapshot comes along', async t => {
  const from = await filled(new MemorySnapshotter())
  const [info] = await from.snapshotter.list()
  const companion = await from.snapshotter.companion?.(info!)
  t.ok(companion!.length > 0)
  t.strictSame(await copied(from), { companion, warnings: [] })
})

t.test('where it is damaged the snapshot is copied without it', async t => {
  class Damaged extends MemorySnapshotter {
    override async companion(): Promise<Uint8Array> {
      throw new MenagerieError('SNAPSHOT_CORRUPT', 'byte 4 of the companion')
    }
  }
  const { companion, warnings } = await copied(await filled(new Damaged()))
  t.equal(companion, undefined)
  t.ok(warnings.includes('left out what is damaged beside a snapshot'), `${warnings}`)
})

t.test('where the storage keeps none, none is made up', async t => {
  class Plain extends MemorySnapshotter {
    override companion = undefined as never
  }
  t.strictSame(await copied(await filled(new Plain())), { companion: undefined, warnings: [] })
})
