/** The audit log in a file of its own: `use: "@menagerie/platform-node/audit-file"`. */
import { AUDIT_LOG, CLOCK, definePlugin, LOGGER } from '@menagerie/core'
import { z } from 'zod'
import { platformNode } from '../index.js'
import { FileAuditLog } from './file-audit-log.js'

export { FileAuditLog } from './file-audit-log.js'

/** The plugin: fills `AUDIT_LOG` with a file that lines are appended to. */
export const auditFile = definePlugin({
  name: 'audit-file',
  core: '^0.1.0',
  defaults: [platformNode()],
  provides: [AUDIT_LOG],
  options: z.strictObject({
    path: z.string().min(1).describe('File to append to; its folder is made if it is not there (audit.file)'),
  }),
  register(container, { path }) {
    let log: FileAuditLog | undefined
    container.register(AUDIT_LOG, {
      useFactory: c => (log ??= new FileAuditLog(path, c.resolve(CLOCK), c.resolve(LOGGER))),
    })
  },
})

export default auditFile
