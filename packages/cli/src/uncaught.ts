/** Errors that nothing handles: a defect of this program, or of a plugin. */
import { writeSync } from 'node:fs'

/**
 * Ends the process with 1 and a sentence before the stack. Node.js would print the line of code first, which in a bundle is
 * all of it.
 */
export function endOnUncaught(): void {
  process.on('uncaughtException', error => {
    try {
      writeSync(2, describeUncaught(error))
    } finally {
      process.exit(1)
    }
  })
}

/** The sentence, and what a report needs. */
export function describeUncaught(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const frames = error instanceof Error ? (error.stack ?? '').split('\n').filter(line => /^\s+at /.test(line)) : []
  const stack = frames.map(line => `${line}\n`).join('')
  return `menagerie: nothing has handled an error, and the process ends: ${message}. This is a defect of Menagerie or of a plugin; the first line below tells where. Report it with all of them\n${stack}`
}
