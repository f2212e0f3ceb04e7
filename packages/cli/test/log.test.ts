/** A pino logger, as the command makes one, is a logger of the kernel. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from '@menagerie/core'
import { type LoggerBench, loggerContract } from '@menagerie/core/contract'
import pino from 'pino'
import t from 'tap'

t.test('pino', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'menagerie-log-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  let files = 0
  const create = (): LoggerBench => {
    const dest = join(folder, String(files++))
    const logger = pino({ level: 'debug', base: null }, pino.destination({ dest, sync: true })) as Logger
    const events = () =>
      readFileSync(dest, 'utf8')
        .split('\n')
        .filter(line => line !== '')
        .map(line => {
          const { level, msg, time: _, ...fields } = JSON.parse(line)
          return { level: pino.levels.labels[level] as 'info', message: msg as string, fields }
        })
    return { logger, events }
  }
  loggerContract((name, body) => void t.test(name, body), create)
})
