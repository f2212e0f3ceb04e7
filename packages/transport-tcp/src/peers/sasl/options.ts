import { z } from 'zod'

/** The digest-uri between servers, as Apache has it built in. */
export const QUORUM_PROTOCOL = 'zookeeper-quorum'
export const QUORUM_SERVER_NAME = 'zk-quorum-sasl-md5'

export const saslPeersOptions = z
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

export type SaslPeersOptions = z.output<typeof saslPeersOptions>
