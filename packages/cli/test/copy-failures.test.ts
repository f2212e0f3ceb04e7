/** A copy that its target ends. */
import { MemoryLog, MemoryLogMedium, MemorySnapshotter, MenagerieError } from '@menagerie/core'
import t from 'tap'
import { copyStorage } from '../dist/storage/copy.js'
import type { Storage } from '../dist/storage/open.js'
import { noProgress } from './storage-harness.js'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

async function source(): Promise<Storage> {
  const medium = new MemoryLogMedium()
  const log = new MemoryLog(medium)
  await log.open()
  await log.setCurrentEpoch(1)
  await log.close()
  return { log: new MemoryLog(medium), snapshotter: new MemorySnapshotter(), tornTail: () => undefined }
}

t.test('a target that fails is told by its failure, not by what closing it says then', async t => {
  class Full extends MemoryLog {
    override async setCurrentEpoch(): Promise<never> {
      throw new MenagerieError('LOG_IO', 'no space is left')
    }
    override async close(): Promise<never> {
      closed.push('log')
      throw new Error('it cannot be closed any more')
    }
  }
  const closed: string[] = []
  class Snapshots extends MemorySnapshotter {
    override async close(): Promise<void> {
      closed.push('snapshots')
    }
  }
  const to: Storage = { log: new Full(), snapshotter: new Snapshots(), tornTail: () => undefined }
  const copying = copyStorage(await source(), to, noProgress, silent, new AbortController().signal)
  await t.rejects(copying, { code: 'LOG_IO', message: 'no space is left' })
  t.strictSame(closed, ['snapshots', 'log'])
})
