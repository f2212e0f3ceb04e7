import { basename, dirname, join } from 'node:path'
import { temporaryName } from '../format/file-names.js'
import type { FileSystem } from './file-system.js'

/**
 * Replaces a small file as a whole: after a crash it has its old contents or the new ones. Durable once
 * resolved. Bytes are flushed before the rename, and the folder after it.
 */
export async function replaceFile(fs: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(dirname(path), temporaryName(basename(path)))
  const file = await fs.open(temporary, 'create')
  try {
    await file.write(bytes, 0, bytes.length, 0)
    await file.sync()
  } finally {
    await file.close()
  }
  await fs.rename(temporary, path)
  await fs.syncDirectory(dirname(path))
}
