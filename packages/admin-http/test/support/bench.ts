import { readFileSync } from 'node:fs'
import { connect as connectSocket } from 'node:net'
import { text } from 'node:stream/consumers'
import { adminHttp } from '@menagerie/admin-http'
import { type Client, connect as connectClient } from '@menagerie/client'
import { type ConfiguredPlugin, type LogFields, type Logger, Server, type ServerOptions } from '@menagerie/core'
import { transportTcp } from '@menagerie/transport-tcp'
import type { Test } from 'tap'

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly fields: LogFields
  readonly message: string
}

function recordingLogger() {
  const lines: LogLine[] = []
  const say = (level: LogLine['level']) => (fields: LogFields, message: string) => {
    lines.push({ level, fields, message })
  }
  const logger: Logger = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }
  return { logger, lines }
}

type AdminHttpInput = NonNullable<Parameters<typeof adminHttp>[0]>

export interface BenchOptions extends Omit<ServerOptions, 'logger' | 'plugins'> {
  readonly http?: AdminHttpInput
  readonly plugins?: readonly ConfiguredPlugin[]
}

/** A server in this process with its AdminServer on a free port, and its metrics on another. */
export async function watchedServer(test: Test, { http = {}, plugins = [], ...options }: BenchOptions = {}) {
  const { logger, lines } = recordingLogger()
  const server = await Server.start({
    settings: { tickTimeMs: 500 },
    ...options,
    logger,
    plugins: [
      transportTcp({ listen: [{ port: 0 }] }),
      adminHttp({
        ...http,
        admin: { port: 0, ...http.admin },
        prometheus: { enabled: true, port: 0, processMetrics: false, ...http.prometheus },
      }),
      ...plugins,
    ],
  })
  test.teardown(() => server.close())
  const portOf = (what: string) => Number(lines.find(({ message }) => message === `${what} answers`)?.fields['port'])
  const adminPort = portOf('the AdminServer')
  const admin = `http://127.0.0.1:${adminPort}`
  const connect = async (): Promise<Client> => {
    const client = await connectClient(`127.0.0.1:${server.addresses[0].port}`)
    test.teardown(() => client.close())
    return client
  }
  return {
    server,
    lines,
    admin,
    adminPort,
    metrics: `http://127.0.0.1:${portOf('the metrics endpoint')}/metrics`,
    connect,
    ask: (command: string): Promise<Record<string, unknown>> => ask(`${admin}/commands/${command}`),
    warnings: () => lines.filter(({ level }) => level === 'warn').map(({ message }) => message),
  }
}

async function ask(url: string): Promise<Record<string, unknown>> {
  const response = await fetch(url)
  return (await response.json()) as Record<string, unknown>
}

/** Sends bytes as they are, and gives all that comes back until the server closes. */
export async function raw(port: number, bytes: string): Promise<string> {
  const socket = connectSocket(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(bytes)
  return text(socket)
}

/** What Apache 3.8.0 answers, by what the server was and by command. */
export const recorded = JSON.parse(
  readFileSync(new URL('../../test/fixtures/apache-3.8.0.json', import.meta.url), 'utf8'),
) as Record<'standalone' | 'leader' | 'follower' | 'observer', Record<string, Record<string, unknown>>>

/** The keys of an answer, and of what is in it, as paths; members of lists and of maps by ids or paths count as one. */
export function keyPaths(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap(item => keyPaths(item, `${at}[]`)))].sort()
  if (typeof value !== 'object' || value === null) return []
  const paths = Object.entries(value).flatMap(([key, inner]) => {
    const path = `${at}.${/^\d+$|^\//.test(key) ? '*' : key}`
    return [path, ...keyPaths(inner, path)]
  })
  return [...new Set(paths)].sort()
}
