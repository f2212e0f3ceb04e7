import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
    async damageLast() {
      const logs = join(folder.path, 'version-2')
      const path = join(logs, newestLog(readdirSync(logs)))
      const bytes = readFileSync(path)
      flipLast(bytes)
      writeFileSync(path, bytes)
    },
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
    async damageLast() {
      const logs = `${changes.dataLogDir ?? FOLDER}/version-2`
      const path = `${logs}/${newestLog(await fs.list(logs))}`
      const bytes = fs.contents(path).slice()
      flipLast(bytes)
      fs.place(path, bytes)
    },
    async dispose() {},
  }
}

function newestLog(names: readonly string[]): string {
  return names
    .filter(name => /^log\.[0-9a-f]+$/.test(name))
    .sort((a, b) => Number.parseInt(a.slice(4), 16) - Number.parseInt(b.slice(4), 16))
    .at(-1)!
}

/** A byte within the last record of a file that may end in zeros. */
function flipLast(bytes: Uint8Array): void {
  let end = bytes.length
  while (bytes[end - 1] === 0) end--
  bytes[end - 10] ^= 0x04
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
