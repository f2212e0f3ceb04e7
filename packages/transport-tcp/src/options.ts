import { z } from 'zod'

const address = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Address or name to bind; 0.0.0.0 or :: for every network'),
  port: z.number().int().min(0).max(65535).default(2181).describe('Port; 0 lets the system choose one'),
})

export const tcpListenerOptions = z.strictObject({
  listen: z
    .array(address)
    .min(1)
    .default([{ host: '127.0.0.1', port: 2181 }])
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
    .describe('How long a connection that is being closed may take to accept its last replies'),
})

export type TcpListenerOptions = z.output<typeof tcpListenerOptions>
export type TcpListenerOptionsInput = z.input<typeof tcpListenerOptions>
