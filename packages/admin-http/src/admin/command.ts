import type { IncomingMessage } from 'node:http'
import type { Clock, Logger, MonitoredServer } from '@menagerie/core'

/** What a command works with. */
export interface CommandContext {
  readonly server: MonitoredServer
  readonly request: IncomingMessage
  /** The first value of each parameter of the URL. */
  readonly parameters: ReadonlyMap<string, string>
}

export interface CommandAnswer {
  /** 200 unless given. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** In Apache's order; `command` and `error` come behind, but for an `error` that is among them. */
  readonly fields?: Readonly<Record<string, unknown>>
  /** Sent instead of the fields. */
  readonly body?: AsyncIterable<Uint8Array>
}

/** One command of the AdminServer (Apache's Command). */
export interface Command {
  /** The name that lists and answers show, then the others. */
  readonly names: readonly [primary: string, ...others: string[]]
  /** GET unless given. */
  readonly method?: 'POST'
  /** Whether it can be answered while no requests are served, such as between two terms; no unless given. */
  readonly always?: boolean
  /** Whether it takes somebody with every permission on the root; no unless given. */
  readonly authorised?: boolean
  run(context: CommandContext): CommandAnswer | Promise<CommandAnswer>
}

/** What commands are made with. */
export interface CommandOptions {
  readonly configurationText: string
  readonly rateLimiterIntervalMs: number
  readonly snapshotEnabled: boolean
  readonly restoreEnabled: boolean
  readonly clock: Clock
  readonly logger: Logger
}
