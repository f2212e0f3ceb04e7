/** What a YAML says of the way between the servers of an ensemble, below `quorum`. */
import { z } from 'zod'

/** Schema of `quorum.sasl`. */
export const quorumSasl = z
  .strictObject({
    serverRequire: z
      .boolean()
      .default(false)
      .describe('Refuse servers that do not authenticate (quorum.auth.serverRequireSasl)'),
    learnerRequire: z
      .boolean()
      .default(false)
      .describe('Authenticate towards servers that are dialed (quorum.auth.learnerRequireSasl)'),
    users: z.record(z.string(), z.string()).default({}).describe('Users and passwords of servers that dial this one'),
    username: z.string().optional().describe('Who this server is to those that it dials'),
    password: z.string().optional().describe('Its password'),
  })
  .refine(
    ({ learnerRequire, username, password }) => !learnerRequire || (username !== undefined && password !== undefined),
    {
      path: ['username'],
      error: 'username or password is missing: learnerRequire needs both',
    },
  )

/** SASL between servers, as a YAML gives it, checked. */
export type QuorumSaslOptions = z.output<typeof quorumSasl>

/** Schema of `quorum`. */
export const quorumSettings = z.strictObject({
  observerPort: z
    .number()
    .int()
    .min(0)
    .max(65535)
    .default(0)
    .describe('Port for observers, the same at every voting server; 0: they go to the leader (observerMasterPort)'),
  observerBytesMax: z
    .number()
    .int()
    .min(0)
    .default(32 << 20)
    .describe('Bytes of transactions that a follower keeps for observers that come again (observerMaster.sizeLimit)'),
  oracle: z
    .string()
    .min(1)
    .optional()
    .describe('File that says 1 while this one of two voting servers may go on without the other (oraclePath)'),
  sasl: quorumSasl
    .optional()
    .describe(
      'SASL DIGEST-MD5 between servers: serverRequire, learnerRequire, users, username, password (quorum.auth.*)',
    ),
})

/** What a YAML says below `quorum`, checked. */
export type QuorumSettings = z.output<typeof quorumSettings>
