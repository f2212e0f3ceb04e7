/**
 * What this package asks of a disk: a seam of its own, so that a twin in memory can forget unsynced
 * bytes, tear a write and fail on demand ({@link MemoryFileSystem}).
 *
 * Every method rejects with Node's error (`code`: ENOENT, ENOSPC...).
 */
export interface FileSystem {
  /** Creates the folder and the ones above it, durably. Fine when it is there. */
  makeDirectory(path: string): Promise<void>
  /** Names within the folder, in any order. */
  list(path: string): Promise<string[]>
  /** @throws ENOENT, EACCES, EROFS... unless the folder may be read and written */
  checkDirectory(path: string): Promise<void>
  open(path: string, mode: OpenMode): Promise<FileHandle>
  rename(from: string, to: string): Promise<void>
  /** When the file was last written to, ms since 1970; without it nobody knows. */
  modifiedAt?(path: string): Promise<number>
  /** Whether the name is there; where it cannot be told, it is. Without it nobody knows. */
  isThere?(path: string): Promise<boolean>
  remove(path: string): Promise<void>
  /** Makes creations, renames and removals in the folder durable. */
  syncDirectory(path: string): Promise<void>
}

/**
 * - `read`: an existing file.
 * - `create`: for writing, emptied if it is there. Durable after {@link FileHandle.sync}.
 * - `create-durable`: as `create`, and each write is durable once it resolves.
 * - `create-new`: as `create`, but EEXIST if it is there.
 * - `update`: an existing file, for reading and writing.
 */
export type OpenMode = 'read' | 'create' | 'create-durable' | 'create-new' | 'update'

/** An open file; every call may fail as those of `node:fs` do. */
export interface FileHandle {
  /** Bytes read into `target` from its start; fewer than asked only at the end of the file. */
  read(target: Uint8Array, length: number, position: number): Promise<number>
  /**
   * Writes `bytes[start, end)` at `position`, all of it.
   * @param zerosFollow what the file has between the last of the bytes and {@link blockEnd} is zeros, and may be written with them
   */
  write(bytes: Uint8Array, start: number, end: number, position: number, zerosFollow?: boolean): Promise<void>
  /** As {@link write} with zeros that follow, done on return: the calling thread waits for the disk. @throws as `write` rejects */
  writeNow(bytes: Uint8Array, start: number, end: number, position: number): void
  /** Makes what was written durable. */
  sync(): Promise<void>
  /** Cuts or extends (with zeros) to `size`. */
  truncate(size: number): Promise<void>
  size(): Promise<number>
  close(): Promise<void>
}

/** Bytes that disks and file systems read and write at once, or a multiple of those. */
export const BLOCK = 4096

/** Where the block ends that has the last byte before `position`. */
export function blockEnd(position: number): number {
  return Math.ceil(position / BLOCK) * BLOCK
}

/** The `code` of a Node error, for messages and decisions. */
export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : String(error)
}

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** Whether a file could not grow for want of room. */
export function isNoRoom(error: unknown): boolean {
  return NO_ROOM.has(errorCode(error))
}

const CAUSES: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is mounted read-only',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a part of the path is a file, not a folder',
  ENOENT: 'it does not exist',
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'a file would be longer than this process may make one',
  EIO: 'the device reports an error',
  ESTALE: 'the file that it writes was deleted or moved away while the server ran',
}

/** `no space is left on the device (ENOSPC)`; `hint` stands before the code. */
export function describeCause(error: unknown, hint = ''): string {
  const code = errorCode(error)
  return `${CAUSES[code] ?? 'the system refused'}${hint} (${code})`
}

/** Of a file that is there by its name, as {@link describeCause}. */
export function describeFileCause(error: unknown): string {
  const code = errorCode(error)
  return FILE_CAUSES[code] === undefined ? describeCause(error) : `${FILE_CAUSES[code]} (${code})`
}

const FILE_CAUSES: Readonly<Record<string, string>> = {
  EACCES: 'this user may not read it, or not write it',
  EISDIR: 'it is a folder; move it away',
  ENOENT: 'it does not exist, or is a link to what does not',
  EPERM: 'this user may not read it, or not write it',
}

/** The file that an error is about; those of an open file get it from {@link ofFile}. */
export function pathOf(error: unknown): string | undefined {
  const path = (error as { path?: unknown } | null)?.path
  return typeof path === 'string' ? path : undefined
}

/** The same error, which knows its file from now on. */
export function ofFile(path: string, error: Error): Error {
  return pathOf(error) === undefined ? Object.assign(error, { path }) : error
}

/** The whole of a small file. */
export async function readWhole(fs: FileSystem, path: string): Promise<Uint8Array> {
  const file = await fs.open(path, 'read')
  try {
    const bytes = new Uint8Array(await file.size())
    const length = await file.read(bytes, bytes.length, 0)
    return bytes.subarray(0, length)
  } finally {
    await file.close()
  }
}
