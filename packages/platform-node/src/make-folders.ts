import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/**
 * Makes a folder, and those above it that are missing. One by one: where a folder that is there takes none, as below
 * /proc, a recursive mkdir of Node.js never returns.
 *
 * @param made a folder has been made; awaited before the next one
 * @throws the system's error, with its code
 */
export async function makeFolders(path: string, made?: (folder: string) => Promise<void>): Promise<void> {
  const missing: string[] = []
  for (let folder = resolve(path); !(await isThere(folder)); folder = dirname(folder)) missing.unshift(folder)
  for (const folder of missing) {
    await mkdir(folder).catch(async error => {
      // Made meanwhile by who opens the same folder beside this.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !(await isThere(folder))) throw error
    })
    await made?.(folder)
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
