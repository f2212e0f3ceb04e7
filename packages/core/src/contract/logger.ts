/** The test kit of the {@link Logger} seam. */
import type { LogFields, Logger } from '../seams/logger.js'
import { expect, expectEqual, type TestFunction } from './harness.js'

/** The levels that a `Logger` has. */
export type LogLevelName = 'debug' | 'info' | 'warn' | 'error'

/** One event as it can be read back. */
export interface LoggedEvent {
  readonly level: LogLevelName
  readonly message: string
  /** Fields by name, as far as the logger's form keeps them; simple values as they were given. */
  readonly fields: LogFields
}

/** A logger that says everything, and a way to read what it has said. */
export interface LoggerBench {
  readonly logger: Logger
  events(): readonly LoggedEvent[]
}

const LEVELS: readonly LogLevelName[] = ['debug', 'info', 'warn', 'error']

/** `loggerContract((name, body) => { t.test(name, body) }, newBench)` */
export function loggerContract(test: TestFunction, create: () => LoggerBench): void {
  test('keeps level, message and fields of each event, in order and at once', async () => {
    const { logger, events } = create()
    for (const [i, level] of LEVELS.entries()) {
      logger[level]({ session: '0x1', count: i, ok: true }, `event ${i}`)
      expectEqual(events().length, i + 1, 'number of events')
    }
    for (const [i, { level, message, fields }] of events().entries()) {
      expectEqual([level, message], [LEVELS[i], `event ${i}`], 'level and message')
      expectEqual([fields.session, fields.count, fields.ok], ['0x1', i, true], 'fields')
    }
  })

  test('takes an event without fields', async () => {
    const { logger, events } = create()
    logger.info({}, 'nothing more to say')
    expectEqual(
      events().map(({ message }) => message),
      ['nothing more to say'],
      'messages',
    )
  })

  test('takes a message as it is, whatever characters it holds', async () => {
    const { logger, events } = create()
    const messages = ['50% of %s, %d and %j', '{"a": 1}', 'zażółć ☃ 𝄞', 'two\nlines', '']
    for (const message of messages) logger.warn({ file: message }, message)
    expectEqual(
      events().map(({ message }) => message),
      messages,
      'messages',
    )
    expectEqual(
      events().map(({ fields }) => fields.file),
      messages,
      'fields',
    )
  })

  test('never throws, whatever a field holds', async () => {
    const { logger, events } = create()
    const circle: Record<string, unknown> = {}
    circle.self = circle
    const values = [undefined, null, 5n, Number.NaN, new Uint8Array(3), () => {}, Symbol('s'), circle, new Map()]
    for (const value of values) logger.error({ value }, 'odd')
    logger.error({ error: new Error('disk', { cause: new Error('head') }) }, 'an error with a cause')
    expectEqual(events().length, values.length + 1, 'number of events')
  })

  test('leaves the fields as they were', async () => {
    const { logger } = create()
    const fields = Object.freeze({ zxid: 7, names: Object.freeze(['a']) })
    for (const level of LEVELS) logger[level](fields, 'frozen')
    expectEqual(fields, { zxid: 7, names: ['a'] }, 'fields')
  })

  test('keeps nothing from one event to the next', async () => {
    const { logger, events } = create()
    logger.info({ first: 1 }, 'one')
    logger.info({ second: 2 }, 'two')
    const { fields } = events()[1]
    expect(!('first' in fields) && fields.second === 2, `the second event has the fields ${Object.keys(fields)}`)
  })
}
