import type { DependencyContainer } from 'tsyringe'
import { Auditor, LoggerAuditLog } from '../audit/index.js'
import { AUDIT_LOG } from '../seams/audit-log.js'
import { HOST } from '../seams/host.js'
import type { Kernel } from './kernel.js'

/** Null where nothing asks for an audit log: neither the setting nor a plugin that keeps one. */
export function createAuditor(container: DependencyContainer, kernel: Kernel): Auditor | null {
  const plugged = container.isRegistered(AUDIT_LOG, true)
  if (!kernel.settings.auditEnabled && !plugged) return null
  const log = plugged ? container.resolve(AUDIT_LOG) : new LoggerAuditLog(kernel.logger)
  const serverUser = container.isRegistered(HOST, true) ? container.resolve(HOST).facts().userName : undefined
  return new Auditor({ log, registry: kernel.auth, tree: kernel.tree, serverUser })
}
