import { z } from 'zod'

const count = (description: string, fallback: number, min = 0) =>
  z.number().int().min(min).default(fallback).describe(description)
const flag = (description: string, fallback: boolean) => z.boolean().default(fallback).describe(description)

/** A secret that is shorter could be guessed out of a session's id and password. */
export const SESSION_SECRET_CHARS_MIN = 16

/**
 * What the kernel itself can be told. Storage, listeners and transports have options of their own. The
 * names follow zoo.cfg where it has a name, with units where it has none; the defaults are Apache's.
 */
export const serverSettings = z.strictObject({
  serverId: z
    .number()
    .int()
    .min(0)
    .max(254)
    .default(1)
    .describe(
      'Number of this server: the top byte of the session ids that it gives out; in an ensemble its id there counts',
    ),
  tickTimeMs: count('Length of a tick, the unit of session timeouts', 3000, 1),
  minSessionTimeoutMs: count('Least session timeout granted; -1 is two ticks', -1, -1),
  maxSessionTimeoutMs: count('Greatest session timeout granted; -1 is twenty ticks', -1, -1),
  sessionSecret: z
    .string()
    .min(SESSION_SECRET_CHARS_MIN)
    .optional()
    .describe(
      'Key of the session passwords, the same on every server; without it they are derived as Apache does, from the id alone',
    ),
  maxClientCnxns: count('Connections from one address; 0 is no limit', 60),
  maxCnxns: count('Connections in all; 0 is no limit', 0),
  sessionlessCnxnTimeoutMs: count('How long a connection may stay without connect request', 10_000, 1),
  globalOutstandingLimit: count('Requests in progress above which no more are read from clients', 1000, 1),
  juteMaxBuffer: count('Longest request in bytes (jute.maxbuffer)', 0xfffff, 1),
  snapCount: count('Transactions between two snapshots', 100_000, 2),
  snapSizeLimitInKb: z
    .number()
    .int()
    .default(4_194_304)
    .describe('Log size between two snapshots; 0 or less: unlimited'),
  extendedTypesEnabled: flag('Allow TTL znodes (zookeeper.extendedTypesEnabled)', false),
  emulate353TTLNodes: flag('Read TTL znodes as 3.5.3 wrote them', false),
  enforceQuota: flag('Refuse writes above a hard quota with QuotaExceeded', false),
  digestEnabled: flag('Compute the digest of the tree and log it with each transaction', true),
  closeSessionTxnEnabled: flag('List the ephemerals that a closeSession deletes in its transaction', true),
  serializeLastProcessedZxidEnabled: flag('End snapshots with the last processed zxid', true),
  auditEnabled: flag('Write who has changed what to the audit log (audit.enable)', false),
  reconfigEnabled: flag('Allow reconfig requests', false),
  standaloneEnabled: flag('Let a single server run without an ensemble', true),
  readOnlyModeEnabled: flag('Serve reads while cut off from the quorum (readonlymode.enabled)', false),
  skipAcl: flag('Check no ACLs (skipACL=yes)', false),
  snapshotTrustEmpty: flag('Start from a log without any snapshot (snapshot.trust.empty)', false),
  fourLetterWords: z
    .array(z.string())
    .default(['srvr'])
    .describe('Four-letter words that are answered (4lw.commands.whitelist); * is all'),
  superDigest: z.string().optional().describe('user:base64(SHA1(user:password)) of the super user'),
  digestAlgorithm: z
    .string()
    .default('SHA1')
    .describe('Hash of the digest scheme (DigestAuthenticationProvider.digestAlg)'),
  digestAuthEnabled: flag('Offer the digest scheme', true),
  superUsers: z.array(z.string()).default([]).describe('SASL names with all rights (superUser, superUser.n)'),
  x509SuperUser: z.string().optional().describe('Subject that has all rights (X509AuthenticationProvider.superUser)'),
  x509AuthEnabled: flag('Offer the x509 scheme: on wherever clients may connect over TLS', false),
  saslAnyUserId: z.string().optional().describe('Id in an ACL that every SASL user satisfies (letAnySaslUserDoX)'),
  ensembleAuthNames: z
    .array(z.string())
    .optional()
    .describe('Offer the ensemble scheme: clients that name another ensemble are disconnected (ensembleAuthName)'),
  enforceAuthEnabled: flag('Refuse sessions without one of enforceAuthSchemes', false),
  enforceAuthSchemes: z.array(z.string()).default([]).describe('Schemes that satisfy enforceAuthEnabled'),
  sessionRequireClientSaslAuth: flag('Refuse requests before SASL has succeeded', false),
  allowSaslFailedClients: flag('Keep a session whose SASL exchange failed', false),
  saslUsers: z.record(z.string(), z.string()).default({}).describe('User and password for SASL DIGEST-MD5'),
  saslSuperPassword: z
    .string()
    .optional()
    .describe('Password of the SASL user super (SASLAuthenticationProvider.superPassword)'),
  containerCheckIntervalMs: count('Between two looks for containers and TTL znodes to delete', 60_000, 1),
  containerMaxPerMinute: count('Container and TTL deletions in a minute at most', 10_000, 1),
  containerMaxNeverUsedIntervalMs: count('Age at which a container that never had children is deleted; 0: never', 0),
  autopurgeSnapRetainCount: count('Snapshots that autopurge keeps', 3, 3),
  autopurgePurgeIntervalMs: count('Between two purges of old snapshots and logs; 0: never', 0),
  watchDispatcher: z
    .enum(['hash', 'bits'])
    .default('hash')
    .describe('Watch tables: hash for most uses, bits for very many watchers of the same paths (watchManagerName)'),
  outputBufferMaxBytes: count('Unsent reply bytes of one connection above which its requests wait', 1 << 20, 1024),
})

/** Every setting with its value. */
export type ServerSettings = z.output<typeof serverSettings>
/** What may be given: settings that are left out have the defaults above. */
export type ServerSettingsInput = z.input<typeof serverSettings>
