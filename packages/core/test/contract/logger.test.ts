import type { Logger } from '@menagerie/core'
import { type LoggedEvent, type LoggerBench, type LogLevelName, loggerContract } from '@menagerie/core/contract'
import t from 'tap'
import { failures } from './failures.js'

type Log = (level: LogLevelName, fields: LoggedEvent['fields'], message: string) => void

/** A logger that keeps its events, made of one function for all levels. */
function recording(logOf: (events: LoggedEvent[]) => Log): LoggerBench {
  const events: LoggedEvent[] = []
  const log = logOf(events)
  const logger: Logger = {
    debug: (fields, message) => log('debug', fields, message),
    info: (fields, message) => log('info', fields, message),
    warn: (fields, message) => log('warn', fields, message),
    error: (fields, message) => log('error', fields, message),
  }
  return { logger, events: () => events }
}

const faithful = () =>
  recording(events => (level, fields, message) => void events.push({ level, fields: { ...fields }, message }))

t.test('a logger that keeps its events', async t => loggerContract((name, body) => void t.test(name, body), faithful))

const mutants: Record<string, (events: LoggedEvent[]) => Log> = {
  'mixes levels up': events => (_, fields, message) => void events.push({ level: 'info', fields, message }),
  'leaves warnings out': events => (level, fields, message) => {
    if (level !== 'warn') events.push({ level, fields, message })
  },
  'loses fields': events => (level, _, message) => void events.push({ level, fields: {}, message }),
  'carries fields over': events => (level, fields, message) =>
    void events.push({ level, fields: { ...events.at(-1)?.fields, ...fields }, message }),
  'writes into the fields': events => (level, fields, message) => {
    ;(fields as Record<string, unknown>).time = 1
    events.push({ level, fields, message })
  },
  'takes messages for formats': events => (level, fields, message) =>
    void events.push({ level, fields, message: message.replaceAll('%s', '') }),
  'cuts messages at line ends': events => (level, fields, message) =>
    void events.push({ level, fields, message: message.split('\n')[0] }),
  'throws on what JSON has no form for': events => (level, fields, message) => {
    JSON.stringify(fields)
    events.push({ level, fields, message })
  },
  'says things later': events => (level, fields, message) =>
    void Promise.resolve().then(() => events.push({ level, fields, message })),
}

t.test('the kit catches a logger that', async t => {
  for (const [name, mutate] of Object.entries(mutants)) {
    const failed = await failures(test => loggerContract(test, () => recording(mutate)))
    t.ok(failed.length > 0, name)
  }
})
