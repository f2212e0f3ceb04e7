import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { logStorageContract, snapshotterContract } from '@menagerie/core/contract'
import { LmdbLog, LmdbSnapshotter } from '../src/index.js'

async function medium<T>(create: (path: string) => T) {
  const path = mkdtempSync(join(tmpdir(), 'storage-lmdb-'))
  const dispose = async () => rmSync(path, { recursive: true })
  return { create: () => create(path), async powerCut() {}, async damage() {}, dispose }
}

logStorageContract(test, { powerCut: false }, () => medium(path => new LmdbLog(path)))
snapshotterContract(test, { powerCut: false, damage: false }, () => medium(path => new LmdbSnapshotter(path)))
