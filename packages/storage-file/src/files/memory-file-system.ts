import { dirname } from 'node:path'
import { blockEnd, type FileHandle, type FileSystem, type OpenMode } from './file-system.js'

/** A file's bytes as programs see them, and as the medium would have them after a power cut. */
interface Inode {
  bytes: Uint8Array
  durable: Uint8Array
}

/** One call, as {@link MemoryFileSystem.beforeCall} sees it. */
export interface FileSystemCall {
  readonly operation:
    | 'open'
    | 'read'
    | 'write'
    | 'writeNow'
    | 'sync'
    | 'truncate'
    | 'rename'
    | 'remove'
    | 'syncDirectory'
    | 'list'
  readonly path: string
}

/**
 * A disk that keeps only what was synced: bytes need `sync` (or a durable descriptor), names need
 * `syncDirectory`. {@link powerCut} goes back to what was durable.
 */
export class MemoryFileSystem implements FileSystem {
  private names = new Map<string, Inode>()
  private durableNames = new Map<string, Inode>()
  private readonly folders = new Set<string>(['/'])
  /** Handles of before a power cut are dead. */
  private generation = 0
  /**
   * Called before each call; what it throws is what the call rejects with. May be asynchronous, to hold a call;
   * `writeNow` does not wait for it.
   */
  beforeCall: (call: FileSystemCall) => void | Promise<void> = () => {}

  /**
   * Forgets what was not durable. `keep` decides, for a file with unsynced bytes, what the medium has
   * instead: the synced bytes (the default), or some mixture, as a torn write leaves it.
   */
  powerCut(
    keep: (path: string, durable: Uint8Array, latest: Uint8Array) => Uint8Array = (_, durable) => durable,
  ): void {
    this.generation++
    this.names = new Map(this.durableNames)
    for (const [path, inode] of this.names) {
      inode.durable = keep(path, inode.durable, inode.bytes).slice()
      inode.bytes = inode.durable.slice()
    }
  }

  /** The file as programs see it, to look at or to damage. */
  contents(path: string): Uint8Array {
    return this.inode(path).bytes
  }

  /** Puts a file there, durably. */
  place(path: string, bytes: Uint8Array): void {
    const inode = { bytes: bytes.slice(), durable: bytes.slice() }
    this.names.set(path, inode)
    this.durableNames.set(path, inode)
    this.addFolders(dirname(path))
  }

  async makeDirectory(path: string): Promise<void> {
    this.addFolders(path)
  }

  async checkDirectory(path: string): Promise<void> {
    if (!this.folders.has(path)) throw failure(this.names.has(path) ? 'ENOTDIR' : 'ENOENT', path)
  }

  async list(path: string): Promise<string[]> {
    await this.beforeCall({ operation: 'list', path })
    await this.checkDirectory(path)
    const prefix = `${path}/`
    return [...this.names.keys(), ...this.folders]
      .filter(name => name.startsWith(prefix) && !name.slice(prefix.length).includes('/'))
      .map(name => name.slice(prefix.length))
  }

  async open(path: string, mode: OpenMode): Promise<FileHandle> {
    await this.beforeCall({ operation: 'open', path })
    await this.checkDirectory(dirname(path))
    let inode = this.names.get(path)
    if (mode === 'read' || mode === 'update') inode ??= this.inode(path)
    else if (inode && mode === 'create-new') throw failure('EEXIST', path)
    else if (inode) inode.bytes = new Uint8Array(0)
    if (!inode) {
      inode = { bytes: new Uint8Array(0), durable: new Uint8Array(0) }
      this.names.set(path, inode)
    }
    return this.handle(path, inode, mode === 'create-durable')
  }

  async rename(from: string, to: string): Promise<void> {
    await this.beforeCall({ operation: 'rename', path: to })
    this.names.set(to, this.inode(from))
    this.names.delete(from)
  }

  async isThere(path: string): Promise<boolean> {
    return this.names.has(path)
  }

  async remove(path: string): Promise<void> {
    await this.beforeCall({ operation: 'remove', path })
    this.inode(path)
    this.names.delete(path)
  }

  async syncDirectory(path: string): Promise<void> {
    await this.beforeCall({ operation: 'syncDirectory', path })
    for (const name of [...this.durableNames.keys()]) {
      if (dirname(name) === path && !this.names.has(name)) this.durableNames.delete(name)
    }
    for (const [name, inode] of this.names) if (dirname(name) === path) this.durableNames.set(name, inode)
  }

  private handle(path: string, inode: Inode, durable: boolean): FileHandle {
    const generation = this.generation
    let closed = false
    const checkHandle = (code: string): void => {
      if (closed || generation !== this.generation) throw failure(code, path)
    }
    const check = async (operation: FileSystemCall['operation']): Promise<void> => {
      checkHandle('EBADF')
      await this.beforeCall({ operation, path })
      if (generation !== this.generation) throw failure('EIO', path)
    }
    return {
      async read(target, length, position) {
        await check('read')
        const part = inode.bytes.subarray(position, position + length)
        target.set(part)
        return part.length
      },
      async write(bytes, start, end, position, zerosFollow = false) {
        if (zerosFollow) checkZeros(inode.bytes, position + end - start)
        // Seen by programs at once; on the medium only once the call has come through.
        inode.bytes = patched(inode.bytes, bytes.subarray(start, end), position)
        await check('write')
        if (durable) inode.durable = patched(inode.durable, bytes.subarray(start, end), position)
      },
      writeNow: (bytes, start, end, position) => {
        checkZeros(inode.bytes, position + end - start)
        inode.bytes = patched(inode.bytes, bytes.subarray(start, end), position)
        checkHandle('EBADF')
        void this.beforeCall({ operation: 'writeNow', path })
        checkHandle('EIO')
        if (durable) inode.durable = patched(inode.durable, bytes.subarray(start, end), position)
      },
      async sync() {
        await check('sync')
        inode.durable = inode.bytes.slice()
      },
      async truncate(size) {
        await check('truncate')
        inode.bytes = resized(inode.bytes, size)
      },
      async size() {
        return inode.bytes.length
      },
      async close() {
        closed = true
      },
    }
  }

  private inode(path: string): Inode {
    const inode = this.names.get(path)
    if (!inode) throw failure('ENOENT', path)
    return inode
  }

  private addFolders(path: string): void {
    for (let folder = path; !this.folders.has(folder); folder = dirname(folder)) {
      if (this.names.has(folder)) throw failure('ENOTDIR', folder)
      this.folders.add(folder)
    }
  }
}

/** An error as Node throws it. */
function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code })
}

function resized(bytes: Uint8Array, size: number): Uint8Array {
  const result = new Uint8Array(size)
  result.set(bytes.subarray(0, size))
  return result
}

/** What a disk may write over. */
function checkZeros(bytes: Uint8Array, from: number): void {
  const to = blockEnd(from)
  const rest = bytes.subarray(from, to)
  if (rest.length < to - from || rest.some(byte => byte !== 0)) throw new Error(`not zeros from ${from} to ${to}`)
}

function patched(bytes: Uint8Array, part: Uint8Array, position: number): Uint8Array {
  const result = resized(bytes, Math.max(bytes.length, position + part.length))
  result.set(part, position)
  return result
}
