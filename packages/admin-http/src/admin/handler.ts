import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { Clock, Logger, MonitoredServer } from '@menagerie/core'
import { NOT_SERVING, RateLimitedWarning } from '@menagerie/core'
import { reads, respond, respondWithStream } from '../http/respond.js'
import type { AdminOptions } from '../options.js'
import { authorisation } from './authorisation.js'
import type { Command, CommandAnswer } from './command.js'
import { createCommands } from './commands/index.js'
import { jsonText } from './json-text.js'
import { type AdminUrl, parseAdminUrl } from './url.js'

const JSON_TYPE = 'application/json'
/** A day, as Apache says it to browsers that came over HTTPS. */
const TRANSPORT_SECURITY = { 'strict-transport-security': 'max-age=86400; includeSubDomains' }
const ALLOWED = 'GET, HEAD, POST, OPTIONS'
/** Between two warnings about requests that failed. */
const WARNING_INTERVAL_MS = 1000

/** Answers the requests of the AdminServer's port (Apache: JettyAdminServer.java, Commands.java). */
export function adminHandler(
  server: MonitoredServer,
  options: Pick<AdminOptions, 'commandUrl' | 'rateLimiterIntervalMs' | 'snapshotEnabled' | 'restoreEnabled'> & {
    readonly configurationText: string
  },
  clock: Clock,
  logger: Logger,
): RequestListener {
  const commands = createCommands({ ...options, clock, logger })
  const byName = new Map(commands.flatMap(command => command.names.map(name => [name, command] as const)))
  const list = commandList(commands, options.commandUrl)
  const warning = new RateLimitedWarning(clock, logger, WARNING_INTERVAL_MS)

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const headers = (request.socket as TLSSocket).encrypted ? TRANSPORT_SECURITY : {}
    const fail = (status: number, command: string | null, error: string, more: Record<string, string> = {}) =>
      respond(response, status, JSON_TYPE, jsonText({ command, error }), { ...headers, ...more })
    const url = parseAdminUrl(request.url ?? '', options.commandUrl)
    if (url === undefined) return fail(404, null, `There is nothing here; the commands are at ${options.commandUrl}`)
    if (url === 'malformed') return fail(400, null, 'The URL cannot be read')
    const { method } = request
    if (method === 'OPTIONS') return respond(response, 200, JSON_TYPE, '', { ...headers, allow: ALLOWED })
    if (!reads(method) && method !== 'POST')
      return fail(405, url.command || null, `${method} is not supported`, { allow: ALLOWED })
    if (url.command === '') return respond(response, 200, 'text/html; charset=utf-8', list, headers)
    const command = byName.get(url.command)
    // Apache says so with 200, and those who look into the body alone rely on it.
    if (command === undefined) return fail(200, url.command, `Unknown command: ${url.command}`)
    if ((method === 'POST') !== (command.method === 'POST')) {
      const allow = command.method === 'POST' ? 'POST' : 'GET, HEAD'
      return fail(405, command.names[0], `${method} is not supported by this command, ${allow} is`, { allow })
    }
    const result = await run(command, url, request)
    await send(response, command, result, headers)
  }

  const run = async (command: Command, url: AdminUrl, request: IncomingMessage): Promise<CommandAnswer> => {
    if (!command.always && !server.facts.isServing) return { fields: { error: NOT_SERVING } }
    const refusal = command.authorised ? authorisation(request, server) : undefined
    if (refusal !== undefined) return { status: refusal.status, fields: { error: refusal.error } }
    return command.run({ server, request, parameters: url.parameters })
  }

  return (request, response) => {
    answer(request, response)
      .catch((cause: Error) => {
        warning.warn({ url: request.url, error: String(cause) }, 'a request to the AdminServer could not be answered')
        if (response.headersSent) response.destroy()
        else respond(response, 500, JSON_TYPE, jsonText({ command: null, error: cause.message }))
      })
      // What no command has read of a request must not stay in its connection.
      .finally(() => request.resume())
  }
}

async function send(
  response: ServerResponse,
  command: Command,
  { status = 200, headers = {}, fields = {}, body }: CommandAnswer,
  common: Readonly<Record<string, string>>,
): Promise<void> {
  if (body !== undefined) return respondWithStream(response, { ...common, ...headers }, body)
  const whole = { ...fields, command: command.names[0], ...('error' in fields ? {} : { error: null }) }
  respond(response, status, JSON_TYPE, jsonText(whole), { ...common, ...headers })
}

function commandList(commands: readonly Command[], commandUrl: string): string {
  return commands.map(({ names: [name] }) => `<a href="${commandUrl}/${name}">${name}</a>\n<br/>\n`).join('')
}
