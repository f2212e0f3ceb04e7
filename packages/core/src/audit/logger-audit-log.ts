import type { AuditEvent, AuditLog } from '../seams/audit-log.js'
import type { Logger } from '../seams/logger.js'
import { auditLine } from './audit-line.js'

/**
 * Writes events into the server's own log, where Apache's go unless its logging is configured otherwise: failures as
 * errors, the rest as information, under the field `logger` with Apache's name for it, to tell them apart by.
 */
export class LoggerAuditLog implements AuditLog {
  constructor(private readonly logger: Logger) {}

  record(event: AuditEvent): void {
    const fields = { logger: 'audit.Slf4jAuditLogger' }
    if (event.result === 'failure') this.logger.error(fields, auditLine(event))
    else this.logger.info(fields, auditLine(event))
  }

  async close(): Promise<void> {}
}
