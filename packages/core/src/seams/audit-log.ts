import type { InjectionToken } from 'tsyringe'

/** The operations that Apache audits, under its names. */
export type AuditedOperation =
  | 'serverStart'
  | 'serverStop'
  | 'create'
  | 'delete'
  | 'setData'
  | 'setAcl'
  | 'multiOperation'
  | 'reconfig'
  | 'ephemeralZNodeDeletionOnSessionCloseOrExpire'

/** One thing that was done or refused. What does not apply to an operation is left out. */
export interface AuditEvent {
  /** Of the client, as `0x` and hexadecimal digits. */
  readonly session?: string
  /** Names without their schemes, parted by commas; for what a server does by itself, who runs its process. */
  readonly user?: string
  /** Where the client is. */
  readonly ip?: string
  /** What was asked for, or what the server did by itself. */
  readonly operation: AuditedOperation
  /** As it was made: with its sequence number, if it got one. */
  readonly znode?: string
  /** Of a create: `persistent`, `ephemeral_sequential`, ... */
  readonly znodeType?: string
  /** Of a setAcl: `scheme:id:perms` of each entry, one behind the other. */
  readonly acl?: string
  /** `invoked`: of a stop, which nobody can report the end of. */
  readonly result: 'success' | 'failure' | 'invoked'
}

/**
 * Keeps the audit trail: what clients have changed through this server, and what went with their sessions.
 *
 * `record` is called in the order in which transactions are applied, right before the reply leaves, so it must not
 * wait; what it cannot write it reports by itself, and must not throw. Nothing promises that an event is durable when
 * its client has the reply.
 */
export interface AuditLog {
  /** Takes one event; see above for when it is called. */
  record(event: AuditEvent): void
  /** Makes durable what was recorded; nothing is recorded after that. Twice is fine. */
  close(): Promise<void>
}

/** Where the server looks for its audit log. */
export const AUDIT_LOG: InjectionToken<AuditLog> = Symbol.for('menagerie.AuditLog')
