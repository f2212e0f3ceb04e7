/** The audit log: who has changed what through this server, with Apache's events and fields. */
export { auditLine } from './audit-line.js'
export { Auditor } from './auditor.js'
export { LoggerAuditLog } from './logger-audit-log.js'
