import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Logger, silentLogger } from '@menagerie/core'
import {
  DataDirectory,
  FileLog,
  type FileLogOptions,
  FileSnapshotter,
  type FileSystem,
  MemoryFileSystem,
  nodeFileSystem,
  nodeProcesses,
  type Processes,
  type StorageFileOptions,
  storageFileOptions,
} from '@menagerie/storage-file'

/** Where the twin keeps its files. */
export const FOLDER = '/data'

export type Changes = Partial<StorageFileOptions>

export function options(changes: Changes = {}): StorageFileOptions {
  // Small steps, so that tests meet the growth of files.
  return { ...storageFileOptions.parse({ dataDir: FOLDER, preAllocSizeKb: 64 }), ...changes }
}

export function directory(fs: FileSystem, changes: Changes = {}, processes: Processes = nodeProcesses): DataDirectory {
  return new DataDirectory(fs, processes, options(changes))
}

export function fileLog(
  fs: FileSystem,
  changes: Changes = {},
  logger: Logger = silentLogger,
  monotonic = () => performance.now(),
): FileLog {
  const all: FileLogOptions = options(changes)
  return new FileLog(directory(fs, changes), all, { logger, monotonic })
}

export function fileSnapshotter(fs: FileSystem, changes: Changes = {}, logger?: Logger): FileSnapshotter {
  return new FileSnapshotter(directory(fs, changes), options(changes), logger)
}

/** A folder of the real disk. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'menagerie-storage-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** An abandoned log's lock is not part of what the kits ask: they go on as after a crash. */
const unlocked = { lock: false }

export async function realLogMedium(changes: Changes = {}) {
  const folder = temporaryFolder()
  return {
    create: () => fileLog(nodeFileSystem, { ...changes, dataDir: folder.path }),
    async powerCut() {},
    async dispose() {
      folder.remove()
    },
  }
}

export async function twinLogMedium(changes: Changes = {}) {
  const fs = new MemoryFileSystem()
  return {
    fs,
    create: () => fileLog(fs, { ...changes, ...unlocked }),
    async powerCut() {
      fs.powerCut()
    },
    async dispose() {},
  }
}

export async function realSnapshotMedium(changes: Changes = {}) {
  const folder = temporaryFolder()
  return {
    create: () => fileSnapshotter(nodeFileSystem, { ...changes, dataDir: folder.path }),
    async powerCut() {},
    async damage({ name }: { name: string }) {
      const path = join(folder.path, 'version-2', name)
      const bytes = readFileSync(path)
      bytes[bytes.length >> 1] ^= 0x10
      writeFileSync(path, bytes)
    },
    async dispose() {
      folder.remove()
    },
  }
}

export async function twinSnapshotMedium(changes: Changes = {}) {
  const fs = new MemoryFileSystem()
  return {
    fs,
    create: () => fileSnapshotter(fs, { ...changes, ...unlocked }),
    async powerCut() {
      fs.powerCut()
    },
    async damage({ name }: { name: string }) {
      const path = `${FOLDER}/version-2/${name}`
      const bytes = fs.contents(path).slice()
      bytes[bytes.length >> 1] ^= 0x10
      fs.place(path, bytes)
    },
    async dispose() {},
  }
}
