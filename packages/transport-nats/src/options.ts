import { z } from 'zod'

/** Longest message that a frame is sent in where nats-server's own limit allows more. */
const MESSAGE_BYTES = 128 * 1024
const MIB = 1024 * 1024

/** A subject token, or several with dots: no spaces, no wildcards, nothing empty between dots. */
const prefix = z
  .string()
  .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/, 'expected words of letters, digits, _ and -, joined by dots')

const tls = z
  .strictObject({
    caFile: z.string().optional().describe('Certificates (PEM) of the authorities that nats-server is checked against'),
    certFile: z.string().optional().describe('Certificate (PEM) that this server shows to nats-server'),
    keyFile: z.string().optional().describe('Private key (PEM) of certFile'),
    handshakeFirst: z
      .boolean()
      .default(false)
      .describe('Start TLS before nats-server says anything (its handshake_first, from 2.10 on)'),
  })
  .refine(({ certFile, keyFile }) => (certFile === undefined) === (keyFile === undefined), {
    error: 'certFile and keyFile go together',
  })

const fields = z.strictObject({
  servers: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .default('nats://127.0.0.1:4222')
    .describe('One NATS server or several of a cluster; where one fails, the next is used'),
  prefix: prefix.default('menagerie').describe('First words of every subject that the ensemble uses'),
  ensemble: z
    .string()
    .max(256)
    .default('default')
    .describe('Name that all servers of one ensemble share; servers of another name are refused'),
  user: z.string().optional().describe('User name at nats-server'),
  password: z.string().optional().describe('Password of user'),
  token: z.string().optional().describe('Token at nats-server, in place of user and password'),
  credentialsFile: z.string().optional().describe('File with JWT and seed (.creds)'),
  nkeyFile: z.string().optional().describe('File with the seed of an nkey'),
  tls: tls.optional().describe('TLS to nats-server, and what it is checked with'),
  connectTimeoutMs: z
    .number()
    .int()
    .min(1)
    .default(5000)
    .describe('How long reaching a NATS server, or opening a link to a peer, may take'),
  reconnectDelayMs: z
    .number()
    .int()
    .min(1)
    .default(250)
    .describe('Pause before a NATS server that failed is tried again'),
  waitForNats: z.boolean().default(true).describe('Start without NATS and wait for it, rather than not start'),
  heartbeatMs: z
    .number()
    .int()
    .min(10)
    .default(500)
    .describe('Interval of heartbeats on a link; a peer whose process is gone is noticed within it'),
  deadAfterMs: z
    .number()
    .int()
    .min(30)
    .default(4000)
    .describe('Silence on a link after which it breaks (a peer that hangs, a network that swallows messages)'),
  windowBytes: z
    .number()
    .int()
    .min(64 * 1024)
    .default(4 * MIB)
    .describe('How much a peer may send on a link ahead of what has been taken off it here'),
  highWaterBytes: z
    .number()
    .int()
    .min(1)
    .default(MIB)
    .describe('Bytes waiting to be sent on a link above which its sender is asked to wait'),
  messageBytesMax: z
    .number()
    .int()
    .min(1024)
    .default(MESSAGE_BYTES)
    .describe('Longest NATS message; packets share one up to here and longer ones are cut (max_payload limits it too)'),
  packetBytesMax: z
    .number()
    .int()
    .min(1024)
    .default(64 * MIB)
    .describe('Longest packet taken from a peer; one that is longer breaks the link'),
})

/** Options of the plugin; `describe` of each field says what it means. */
export const natsTransportOptions = fields
  .refine(options => credentialKinds(options) <= 1, {
    error: 'give one of user, token, credentialsFile and nkeyFile, not several',
  })
  .refine(options => options.password === undefined || options.user !== undefined, {
    path: ['user'],
    error: 'there is a password without a user',
  })
  .refine(options => options.deadAfterMs >= 3 * options.heartbeatMs, {
    path: ['deadAfterMs'],
    error: 'expected at least three times heartbeatMs, so that one late heartbeat breaks nothing',
  })

/** Options with every default filled in. */
export type NatsTransportOptions = z.output<typeof natsTransportOptions>
/** Options as they may be given. */
export type NatsTransportOptionsInput = z.input<typeof natsTransportOptions>

function credentialKinds(options: z.output<typeof fields>): number {
  return [options.user, options.token, options.credentialsFile, options.nkeyFile].filter(kind => kind !== undefined)
    .length
}
