import type { Logger } from '@menagerie/core'
import type { LevelWithSilent } from 'pino'

/** `silent` says nothing. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

const levels: readonly string[] = ['debug', 'info', 'warn', 'error', 'silent']

export const isLogLevel = (text: string): text is LogLevel => levels.includes(text)

/** Lines for people where stdout is a terminal, JSON where something else reads it. */
export async function createLogger(level: LogLevel): Promise<Logger> {
  const { default: pino } = await import('pino')
  const options = { level: level as LevelWithSilent, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  // Written at once: the last lines before a crash are the ones that matter.
  if (!process.stdout.isTTY) return pino(options, pino.destination({ dest: 1, sync: true })) as Logger
  const { default: pretty } = await import('pino-pretty')
  return pino(
    options,
    pretty({ sync: true, colorize: true, singleLine: true, translateTime: 'SYS:HH:MM:ss.l', destination: 1 }),
  ) as Logger
}
