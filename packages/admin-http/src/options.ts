import { tlsOptions } from '@menagerie/transport-tcp/tls'
import { z } from 'zod'

const host = z
  .string()
  .min(1)
  .default('127.0.0.1')
  .describe('Address or name to bind; 0.0.0.0 or :: for every network, where anybody may then read')
const port = (fallback: number) =>
  z.number().int().min(0).max(65535).default(fallback).describe('Port; 0 lets the system choose one')

const admin = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Serve the commands (admin.enableServer)'),
    host,
    port: port(8080),
    commandUrl: z
      .string()
      .regex(/^\/[^?#]*[^/?#]$/, 'expected a path such as /commands')
      .default('/commands')
      .describe('Path below which the commands are (admin.commandURL)'),
    idleTimeoutMs: z
      .number()
      .int()
      .min(1)
      .default(30_000)
      .describe(
        'How long a connection may say nothing, and the head of a request may take to arrive (admin.idleTimeout)',
      ),
    rateLimiterIntervalMs: z
      .number()
      .int()
      .min(0)
      .default(300_000)
      .describe(
        'How long after a snapshot, or a restore, no other one is taken for a request (admin.rateLimiterIntervalInMS)',
      ),
    restoreEnabled: z.boolean().default(true).describe('Answer the command restore (admin.restore.enabled)'),
    snapshotEnabled: z.boolean().default(true).describe('Answer the command snapshot (admin.snapshot.enabled)'),
    portUnification: z
      .boolean()
      .default(false)
      .describe('Take HTTPS on the same port: the first byte tells (admin.portUnification)'),
    forceHttps: z.boolean().default(false).describe('Take HTTPS only (admin.forceHttps)'),
    needClientAuth: z
      .boolean()
      .default(false)
      .describe('Over HTTPS, take only clients with a certificate that the trust store knows (admin.needClientAuth)'),
    tls: tlsOptions.optional().describe('Keys, certificates and rules of HTTPS (ssl.quorum.*)'),
  })
  .refine(({ tls, portUnification, forceHttps }) => tls !== undefined || !(portUnification || forceHttps), {
    path: ['tls'],
    error: 'tls is missing: portUnification and forceHttps need tls.keyStore',
  })
  .refine(({ tls, needClientAuth }) => tls === undefined || !needClientAuth || tls.trustStore !== undefined, {
    path: ['tls', 'trustStore'],
    error: 'tls.trustStore is missing: with needClientAuth it has to say which certificates clients may show',
  })

const prometheus = z.strictObject({
  enabled: z.boolean().default(false).describe('Serve /metrics for Prometheus (metricsProvider.className)'),
  host,
  port: port(7000),
  processMetrics: z
    .boolean()
    .default(true)
    .describe('Metrics of the process and of Node.js too (metricsProvider.exportJvmInfo)'),
})

/** Options of the endpoint: the commands of the AdminServer, and metrics. */
export const adminHttpOptions = z.strictObject({
  admin: admin.prefault({}).describe('The commands of the AdminServer'),
  prometheus: prometheus.prefault({}).describe('Metrics for Prometheus'),
  configurationText: z
    .string()
    .default('')
    .describe('What the command initial_configuration shows: the configuration file, without its secrets'),
})

/** The same with every default filled in. */
export type AdminHttpOptions = z.output<typeof adminHttpOptions>
export type AdminOptions = AdminHttpOptions['admin']
