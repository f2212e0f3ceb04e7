import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A fresh directory below the system's temporary one. Whoever makes it removes it with {@link removeDir}. */
export function tempDir(label = 'test'): string {
  return mkdtempSync(join(tmpdir(), `menagerie-${label}-`))
}

export function removeDir(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 5 })
}
