import type { LogFields, Logger } from '@menagerie/core'
import type { CommandIo } from '../io.js'

/** Warnings as lines on stderr; what a server would tell in passing is left out. */
export const warningsTo = (io: CommandIo): Logger => sentencesTo(sentence => io.err(`menagerie: ${sentence}\n`))

/** Each warning once, as a sentence: a command that reads a storage twice meets it again. */
export function sentencesTo(say: (sentence: string) => void): Logger {
  const said = new Set<string>()
  const warn = (fields: LogFields, message: string): void => {
    const { error, ...rest } = fields
    const details = Object.entries(rest).map(([name, value]) => `, ${name} ${String(value)}`)
    const reason = error === undefined ? '' : `: ${String(error).replace(/^\w*Error: /, '')}`
    const sentence = [message, ...details, reason].join('')
    if (!said.has(sentence)) say(sentence)
    said.add(sentence)
  }
  return { debug() {}, info() {}, warn, error: warn }
}

/** Says nothing: for reports that list damage themselves. */
export const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} }
