import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, type Logger, silentLogger } from '@menagerie/core'
import { systemClock } from '@menagerie/platform-node'
import { FileAuditLog } from '@menagerie/platform-node/audit-file'
import t, { type Test } from 'tap'

function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'menagerie-audit-'))
  t.teardown(() => rmSync(path, { recursive: true }))
  return path
}

const clock: Clock = { ...systemClock, wallTime: () => Date.UTC(2026, 10, 26, 18, 0, 0, 7) }

t.test('each event is a line with time, level and fields; closing waits for all of them', async t => {
  const path = join(folder(t), 'logs', 'audit.log')
  const log = new FileAuditLog(path, clock, silentLogger)
  log.record({ operation: 'create', znode: '/a', result: 'success' })
  log.record({ operation: 'delete', znode: '/b', result: 'failure' })
  await log.close()
  await log.close()
  log.record({ operation: 'create', znode: '/late', result: 'success' })
  t.equal(
    readFileSync(path, 'utf8'),
    '2026-11-26 18:00:00,007 INFO audit.Slf4jAuditLogger: operation=create\tznode=/a\tresult=success\n' +
      '2026-11-26 18:00:00,007 ERROR audit.Slf4jAuditLogger: operation=delete\tznode=/b\tresult=failure\n',
  )
})

t.test('what is there stays, and a file that is cut under its feet goes on from there', async t => {
  const path = join(folder(t), 'audit.log')
  const operations = () =>
    [...readFileSync(path, 'utf8').matchAll(/operation=(\S+)/g)].map(([, operation]) => operation)
  const once = async (operation: 'create' | 'delete' | 'setData') => {
    const log = new FileAuditLog(path, clock, silentLogger)
    log.record({ operation, result: 'success' })
    await log.close()
  }
  await once('create')
  await once('delete')
  t.strictSame(operations(), ['create', 'delete'])
  truncateSync(path)
  await once('setData')
  t.strictSame(operations(), ['setData'])
})

t.test('a file that cannot be written is a warning, and nobody waits for it', async t => {
  const warnings: string[] = []
  const logger: Logger = { ...silentLogger, warn: (_fields, message) => void warnings.push(message) }
  // A folder cannot be opened for writing, whoever asks.
  const log = new FileAuditLog(folder(t), clock, logger)
  log.record({ operation: 'create', znode: '/a', result: 'success' })
  await log.close()
  t.strictSame(warnings, ['the audit log is not written'])
})
