import type { LogFields, Logger } from '@menagerie/core'
import type { CommandIo } from '../io.js'

/** Warnings as lines on stderr; what a server would tell in passing is left out. */
export function warningsTo(io: CommandIo): Logger {
  const warn = (fields: LogFields, message: string): void => {
    const details = Object.entries(fields).map(([name, value]) => `${name} ${String(value)}`)
    io.err(`menagerie: ${[message, ...details].join(', ')}\n`)
  }
  return { debug() {}, info() {}, warn, error: warn }
}

/** Says nothing: for reports that list damage themselves. */
export const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} }
