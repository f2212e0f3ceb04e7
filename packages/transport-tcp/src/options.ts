import { z } from 'zod'
import { tlsOptions } from './tls/options.js'

const address = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Address or name to bind; 0.0.0.0 or :: for every network'),
  port: z.number().int().min(0).max(65535).default(2181).describe('Port; 0 lets the system choose one'),
})

const fields = z.strictObject({
  listen: z
    .array(address)
    .optional()
    .describe('Where clients are accepted over TCP; by default 127.0.0.1:2181, and nowhere beside secureListen'),
  secureListen: z.array(address).default([]).describe('Where clients are accepted over TLS (secureClientPort)'),
  portUnification: z
    .boolean()
    .default(false)
    .describe('Take TLS on the addresses of `listen` too: the first byte tells (client.portUnification)'),
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
    .describe('How long a client may take to accept its last replies and to close its side'),
  busyPollMicros: z
    .number()
    .int()
    .min(0)
    .max(10_000)
    .default(80)
    .describe(
      'How long the server looks for further requests before it sleeps, while they keep coming in that time; 0: not at all',
    ),
  nodeSockets: z
    .boolean()
    .default(false)
    .describe(
      'Use sockets of Node.js for plain connections too, instead of the handles below them, which are faster and smaller but no documented part of Node.js',
    ),
  tls: tlsOptions.optional().describe('Keys, certificates and rules of TLS'),
})

/** Options of the way to clients. */
export const tcpListenerOptions = fields
  .refine(options => options.tls !== undefined || addressesOf(options).every(({ protocol }) => protocol === 'plain'), {
    path: ['tls'],
    error: 'tls is missing: secureListen and portUnification need tls.keyStore',
  })
  .refine(options => addressesOf(options).length > 0, { path: ['listen'], error: 'there is no address to listen on' })

/** Options with every default filled in. */
export type TcpListenerOptions = z.output<typeof tcpListenerOptions>
/** Options as they may be given. */
export type TcpListenerOptionsInput = z.input<typeof tcpListenerOptions>

/** One address to bind, and what clients speak there; `detect` takes both. */
export interface TcpAddress {
  readonly host: string
  readonly port: number
  readonly protocol: 'plain' | 'tls' | 'detect'
}

export function addressesOf(options: z.output<typeof fields>): TcpAddress[] {
  const { secureListen, portUnification } = options
  const listen = options.listen ?? (secureListen.length > 0 ? [] : [address.parse({})])
  const protocol = portUnification ? 'detect' : 'plain'
  return [
    ...listen.map(({ host, port }) => ({ host, port, protocol }) as const),
    ...secureListen.map(({ host, port }) => ({ host, port, protocol: 'tls' }) as const),
  ]
}
