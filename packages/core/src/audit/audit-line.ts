import type { AuditEvent } from '../seams/audit-log.js'

/** The fields in Apache's order (ZKAuditProvider.createLogEvent), with Apache's names. */
const FIELDS = [
  ['session', 'session'],
  ['user', 'user'],
  ['ip', 'ip'],
  ['operation', 'operation'],
  ['znode', 'znode'],
  ['znode_type', 'znodeType'],
  ['acl', 'acl'],
  ['result', 'result'],
] as const satisfies readonly (readonly [string, keyof AuditEvent])[]

/**
 * One event as Apache's AuditEvent prints it: `key=value` parted by tabs. Control characters in names, which clients
 * choose, are written as `\u000a`: a line stays one line, and a field one field.
 */
export function auditLine(event: AuditEvent): string {
  let line = ''
  for (const [name, key] of FIELDS) {
    const value = event[key]
    if (value !== undefined) line += `${line === '' ? '' : '\t'}${name}=${printable(value)}`
  }
  return line
}

function printable(text: string): string {
  return text.replace(/\p{Cc}|\u2028|\u2029/gu, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
