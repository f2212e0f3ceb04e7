import { type AuditEvent, type AuditLog, auditLine, type Clock, type Logger, RateLimitedWarning } from '@menagerie/core'
import sonicBoom from 'sonic-boom'

const WARNING_INTERVAL_MS = 10_000
/** Lines that wait for a medium that does not take them: beyond this, the newest are lost, and that is said. */
const WAITING_BYTES_MAX = 16 * 1024 * 1024

/**
 * One line for each event, as Apache's logging writes them: time, level, logger and fields. Lines are appended and leave
 * soon, without anybody waiting for them; what cannot be written is reported in the server's log. A rotating tool may
 * copy and truncate the file.
 */
export class FileAuditLog implements AuditLog {
  private readonly file: sonicBoom.SonicBoom
  private readonly warning: RateLimitedWarning
  private closing: Promise<void> | undefined

  constructor(
    readonly path: string,
    private readonly clock: Clock,
    logger: Logger,
  ) {
    this.warning = new RateLimitedWarning(clock, logger, WARNING_INTERVAL_MS)
    this.file = new sonicBoom.SonicBoom({
      dest: path,
      append: true,
      mkdir: true,
      sync: false,
      maxLength: WAITING_BYTES_MAX,
    })
    const problem = (error: unknown) =>
      this.warning.warn({ path, error: String(error) }, 'the audit log is not written')
    this.file.on('error', problem)
    this.file.on('drop', () => problem('more waits to be written than the file takes'))
  }

  record(event: AuditEvent): void {
    if (this.closing !== undefined) return
    const level = event.result === 'failure' ? 'ERROR' : 'INFO'
    this.file.write(`${timestamp(this.clock.wallTime())} ${level} audit.Slf4jAuditLogger: ${auditLine(event)}\n`)
  }

  close(): Promise<void> {
    this.closing ??= new Promise(resolve => {
      this.file.once('close', resolve)
      this.file.once('error', () => resolve())
      this.file.end()
    })
    return this.closing
  }
}

/** Logback's ISO8601, `2026-11-26 18:00:00,123`, in UTC. */
function timestamp(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('T', ' ').replace('.', ',').replace('Z', '')
}
