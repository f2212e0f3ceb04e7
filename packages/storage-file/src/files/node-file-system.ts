import fs from 'node:fs'
import { dirname } from 'node:path'
import { makeFolders } from '@menagerie/platform-node'
import { AlignedMemory } from './aligned-memory.js'
import { BYTES_MAX, DirectWriter } from './direct-writer.js'
import { errorCode, type FileHandle, type FileSystem, type OpenMode, ofFile } from './file-system.js'

const { O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_DIRECT, O_DSYNC } = fs.constants

const FLAGS: Record<OpenMode, number> = {
  read: O_RDONLY,
  create: O_RDWR | O_CREAT | O_TRUNC,
  // One trip to the thread pool instead of write + fdatasync. Where the platform has no O_DSYNC, write() syncs.
  'create-durable': O_RDWR | O_CREAT | O_TRUNC | (O_DSYNC ?? 0),
  'create-new': O_RDWR | O_CREAT | O_EXCL,
  update: O_RDWR,
}

/** The platform's disk, for one server. */
export function createNodeFileSystem(): FileSystem {
  /** Of a file that was closed, for the next one: its gigabytes of address space are free only when it is collected. */
  let spare: AlignedMemory | undefined

  async function openDirectly(path: string, readable: number): Promise<DirectWriter | undefined> {
    // Where the platform or the file system has no direct writes, the usual ones do.
    const descriptor = O_DIRECT && (await openFile(path, O_RDWR | O_DSYNC | O_DIRECT).catch(() => undefined))
    if (!descriptor) return undefined
    const memory = spare ?? new AlignedMemory(BYTES_MAX)
    spare = undefined
    return new DirectWriter(descriptor, readable, memory, () => {
      spare = memory
    })
  }

  const fileSystem: FileSystem = {
    makeDirectory: path => makeFolders(path, folder => fileSystem.syncDirectory(dirname(folder))),
    list: path => fs.promises.readdir(path),
    async checkDirectory(path) {
      const found = await fs.promises.stat(path)
      if (!found.isDirectory()) throw Object.assign(new Error(`not a directory: ${path}`), { code: 'ENOTDIR' })
      await fs.promises.access(path, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK)
    },
    async open(path, mode) {
      const descriptor = await openFile(path, FLAGS[mode])
      if (mode !== 'create-durable') return new NodeFile(path, descriptor)
      if (O_DSYNC === undefined) return new NodeFile(path, descriptor, true)
      return new NodeFile(path, descriptor, false, await openDirectly(path, descriptor))
    },
    modifiedAt: async path => (await fs.promises.stat(path)).mtimeMs,
    isThere: path =>
      fs.promises.stat(path).then(
        () => true,
        error => errorCode(error) !== 'ENOENT',
      ),
    rename: (from, to) => fs.promises.rename(from, to),
    remove: path => fs.promises.unlink(path),
    async syncDirectory(path) {
      // Windows can neither open nor flush a folder; its renames are journalled.
      if (process.platform === 'win32') return
      const folder = await fs.promises.open(path, 'r')
      try {
        await folder.sync()
      } finally {
        await folder.close()
      }
    },
  }
  return fileSystem
}

/** {@link createNodeFileSystem} for whoever writes no log. */
export const nodeFileSystem = createNodeFileSystem()

function openFile(path: string, flags: number): Promise<number> {
  return new Promise((opened, reject) => {
    fs.open(path, flags, 0o644, (error, descriptor) => (error ? reject(error) : opened(descriptor)))
  })
}

/** Callbacks on a bare descriptor: measurably cheaper than fs.promises on the log's path. */
class NodeFile implements FileHandle {
  constructor(
    private readonly path: string,
    private readonly descriptor: number,
    private readonly syncEachWrite = false,
    private readonly direct?: DirectWriter,
  ) {}

  read(target: Uint8Array, length: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const step = (done: number): void => {
        if (done === length) {
          resolve(done)
          return
        }
        fs.read(this.descriptor, target, done, length - done, position + done, (error, count) => {
          if (error) reject(ofFile(this.path, error))
          else if (count === 0) resolve(done)
          else step(done + count)
        })
      }
      step(0)
    })
  }

  async write(bytes: Uint8Array, start: number, end: number, position: number, zerosFollow = false): Promise<void> {
    const { direct } = this
    try {
      if (zerosFollow && (await direct?.write(bytes, start, end, position)) === true) return
    } catch (error) {
      throw ofFile(this.path, error as Error)
    }
    direct?.forget(position, position + end - start)
    await new Promise<void>((resolve, reject) => {
      const step = (at: number): void => {
        fs.write(this.descriptor, bytes, at, end - at, position + at - start, (error, count) => {
          if (error) reject(ofFile(this.path, error))
          else if (at + count < end) step(at + count)
          else if (this.syncEachWrite) this.sync().then(resolve, reject)
          else resolve()
        })
      }
      step(start)
    })
  }

  writeNow(bytes: Uint8Array, start: number, end: number, position: number): void {
    if (this.direct?.writeNow(bytes, start, end, position) === true) return
    for (let at = start; at < end; ) {
      at += fs.writeSync(this.descriptor, bytes, at, end - at, position + at - start)
    }
    if (this.syncEachWrite) fs.fdatasyncSync(this.descriptor)
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.fdatasync(this.descriptor, error => (error ? reject(ofFile(this.path, error)) : resolve()))
    })
  }

  truncate(size: number): Promise<void> {
    this.direct?.forget(size)
    return new Promise((resolve, reject) => {
      fs.ftruncate(this.descriptor, size, error => (error ? reject(ofFile(this.path, error)) : resolve()))
    })
  }

  size(): Promise<number> {
    return new Promise((resolve, reject) => {
      fs.fstat(this.descriptor, (error, stats) => (error ? reject(ofFile(this.path, error)) : resolve(stats.size)))
    })
  }

  close(): Promise<void> {
    this.direct?.close()
    return new Promise((resolve, reject) => {
      fs.close(this.descriptor, error => (error ? reject(ofFile(this.path, error)) : resolve()))
    })
  }
}
