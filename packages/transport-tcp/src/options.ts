import { z } from 'zod'
import { tlsOptions } from './tls/options.js'

const address = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Address or name to bind; 0.0.0.0 or :: for every network'),
  port: z.number().int().min(0).max(65535).default(2181).describe('Port; 0 lets the system choose one'),
  protocol: z
    .enum(['plain', 'tls', 'detect'])
    .default('plain')
    .describe('What clients speak; detect takes both on one port (client.portUnification)'),
})

const fields = z.strictObject({
  listen: z
    .array(address)
    .min(1)
    .default([{ host: '127.0.0.1', port: 2181, protocol: 'plain' }])
    .describe('Where clients are accepted'),
  backlog: z
    .number()
    .int()
    .min(1)
    .default(1024)
    .describe('Connections that the system holds until they are accepted (clientPortListenBacklog)'),
  keepAlive: z.boolean().default(false).describe('TCP keep-alive on client connections (clientTcpKeepAlive)'),
  lingerMs: z
    .number()
    .int()
    .min(1)
    .default(10_000)
    .describe('How long a peer may take to accept its last replies and to close its side'),
  tls: tlsOptions.optional().describe('Keys, certificates and rules of TLS'),
})

export const tcpListenerOptions = fields.refine(
  ({ listen, tls }) => tls !== undefined || listen.every(({ protocol }) => protocol === 'plain'),
  { path: ['tls'], error: 'tls is missing: an address that speaks tls or detects it needs tls.keyStore' },
)

export type TcpListenerOptions = z.output<typeof tcpListenerOptions>
export type TcpListenerOptionsInput = z.input<typeof tcpListenerOptions>
