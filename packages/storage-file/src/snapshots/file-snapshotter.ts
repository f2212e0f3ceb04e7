import { join } from 'node:path'
import {
  invariant,
  type Logger,
  MenagerieError,
  type SnapshotInfo,
  type SnapshotSource,
  type Snapshotter,
  silentLogger,
  type Zxid,
} from '@menagerie/core'
import { type DataDirectory, unusable } from '../files/data-directory.js'
import { describeCause, describeFileCause, errorCode } from '../files/file-system.js'
import { type Compression, isTemporary, parseSnapshotName, snapshotName, temporaryName } from '../format/file-names.js'
import { compress } from './compression.js'
import { looksComplete, readSnapshot, sealedBytes, writeChunks } from './snapshot-file.js'

/** How a {@link FileSnapshotter} writes; see the options of the plugin. */
export interface FileSnapshotterOptions {
  readonly snapshotCompression: Compression
}

/** Snapshots in Apache's files: written under another name, flushed, then renamed. */
export class FileSnapshotter implements Snapshotter {
  private readonly fs
  readonly location: string
  private isOpen = false

  constructor(
    private readonly directory: DataDirectory,
    private readonly options: FileSnapshotterOptions,
    private readonly logger: Logger = silentLogger,
  ) {
    this.fs = directory.fs
    this.location = directory.snapshots
  }

  async open(): Promise<void> {
    if (this.isOpen) return
    await this.directory.acquire()
    try {
      for (const name of await this.fs.list(this.directory.snapshots)) {
        if (!isTemporary(name) || !name.startsWith(temporaryName('snapshot'))) continue
        await this.fs.remove(this.path(name))
        this.logger.info({ file: this.path(name) }, 'removed a snapshot that a crash left unfinished')
      }
    } catch (error) {
      await this.directory.release()
      throw unusable(this.directory.snapshots, error)
    }
    this.isOpen = true
  }

  async write(zxid: Zxid, source: SnapshotSource): Promise<SnapshotInfo> {
    const { snapshotCompression } = this.options
    const name = snapshotName(zxid, snapshotCompression)
    const temporary = this.path(temporaryName(name))
    try {
      const file = await this.fs.open(temporary, 'create')
      let bytes: number
      try {
        bytes = await writeChunks(file, compress(sealedBytes(source), snapshotCompression))
      } finally {
        await file.close()
      }
      await this.fs.rename(temporary, this.path(name))
      await this.fs.syncDirectory(this.directory.snapshots)
      return { zxid, name, bytes }
    } catch (error) {
      await this.fs.remove(temporary).catch(() => {})
      const message = `snapshot ${this.path(name)} could not be written: ${describeCause(error)}`
      throw new MenagerieError('SNAPSHOT_IO', message, { cause: error })
    }
  }

  async list(): Promise<readonly SnapshotInfo[]> {
    const found: SnapshotInfo[] = []
    for (const name of await this.fs.list(this.directory.snapshots)) {
      const parsed = parseSnapshotName(name)
      if (!parsed) continue
      const bytes = await looksComplete(this.fs, this.path(name), parsed.compression).catch(error => {
        throw this.unreadable(name, error)
      })
      if (bytes !== undefined) {
        found.push({ zxid: parsed.zxid, name, bytes, writtenAtMs: await this.fs.modifiedAt?.(this.path(name)) })
      } else this.logger.warn({ file: this.path(name) }, 'skipped a snapshot that is not complete')
    }
    return found.sort((a, b) => b.zxid - a.zxid || a.name.length - b.name.length)
  }

  async *read(info: SnapshotInfo): AsyncGenerator<Uint8Array> {
    const compression = parseSnapshotName(info.name)?.compression ?? ''
    try {
      yield* readSnapshot(this.fs, this.path(info.name), compression)
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw this.unreadable(info.name, error)
      throw new MenagerieError('SNAPSHOT_MISSING', `${this.path(info.name)} is not there any more`, { cause: error })
    }
  }

  async discardAfter(zxid: Zxid): Promise<void> {
    for (const name of await this.fs.list(this.directory.snapshots)) {
      // Incomplete ones too: they are of the same history.
      const parsed = parseSnapshotName(name)
      if (!parsed || parsed.zxid <= zxid) continue
      try {
        await this.fs.remove(this.path(name))
      } catch (error) {
        const message = `snapshot ${this.path(name)} could not be removed: ${describeCause(error)}`
        throw new MenagerieError('SNAPSHOT_IO', message, { cause: error })
      }
      this.logger.warn({ file: this.path(name) }, 'removed a snapshot of transactions that the leader has cut off')
    }
    await this.fs.syncDirectory(this.directory.snapshots)
  }

  async purge(keep: number): Promise<Zxid> {
    invariant(keep >= 1, 'at least one snapshot is kept')
    const complete = await this.list()
    const kept = complete.slice(0, keep)
    if (kept.length === 0) return 0
    const oldest = kept[kept.length - 1].zxid
    const keptNames = new Set(kept.map(info => info.name))
    for (const name of await this.fs.list(this.directory.snapshots)) {
      // Incomplete ones go too, once they are older than what is kept.
      const parsed = parseSnapshotName(name)
      if (!parsed || parsed.zxid > oldest || keptNames.has(name)) continue
      await this.remove(name)
    }
    return oldest
  }

  async close(): Promise<void> {
    if (!this.isOpen) return
    this.isOpen = false
    await this.directory.release()
  }

  private async remove(name: string): Promise<void> {
    try {
      await this.fs.remove(this.path(name))
      this.logger.info({ file: this.path(name) }, 'removed an old snapshot')
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') this.logger.warn({ file: this.path(name), error }, 'an old snapshot stays')
    }
  }

  /** What is no damage of its contents, which has words already. */
  private unreadable(name: string, error: unknown): unknown {
    if (error instanceof MenagerieError || !/^E[A-Z]+$/.test(errorCode(error))) return error
    const message = `snapshot ${this.path(name)} could not be read: ${describeFileCause(error)}`
    return new MenagerieError('SNAPSHOT_IO', message, { cause: error })
  }

  private path(name: string): string {
    return join(this.directory.snapshots, name)
  }
}
