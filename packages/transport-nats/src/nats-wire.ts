import type { Logger } from '@menagerie/core'
import { type ConnectionOptions, connect, delay, Events, type Msg, type NatsConnection } from 'nats'
import { natsFailure, withoutSecret } from './connect-failure.js'

/** Called as the connection goes and comes back; what was under way when it went is lost. */
export interface WireEvents {
  down(): void
  up(): void
}

interface Subject {
  readonly subject: string
  readonly handle: (message: Msg) => void
}

/**
 * A connection to NATS, made anew whenever it fails, with its subscriptions.
 *
 * Each is a client of its own that never reconnects: one that does, and had given up dialling a server that hung, takes up
 * that attempt again once the server goes on, drops the connection that it has by then without closing it, and gives every
 * message twice from then on (nats 2.29, `ProtocolHandler.prepare`).
 */
export class NatsWire {
  private isUp = true
  private closing = false
  private refusal: unknown
  private readonly subjects: Subject[] = []
  private said = ''

  private constructor(
    private connection: NatsConnection,
    private readonly options: ConnectionOptions,
    private readonly logger: Logger,
    private readonly events: WireEvents,
  ) {
    void this.follow()
  }

  /** @throws LISTEN_FAILED */
  static async open(options: ConnectionOptions, logger: Logger, events: WireEvents): Promise<NatsWire> {
    const connection = await connect({ ...options, reconnect: false }).catch(cause => {
      throw natsFailure(options.servers!, cause)
    })
    return new NatsWire(connection, options, logger, events)
  }

  get isConnected(): boolean {
    return this.isUp && !this.connection.isClosed()
  }

  /** The longest message that the NATS server at the other end takes. */
  get payloadBytesMax(): number {
    return this.connection.info?.max_payload ?? 1_048_576
  }

  /** The NATS server at the other end. */
  get server(): string {
    return withoutSecret(this.connection.getServer())
  }

  /** Sends, or drops while there is no connection. */
  publish(subject: string, data: Uint8Array, reply?: string): void {
    if (!this.isConnected) return
    try {
      this.connection.publish(subject, data, reply === undefined ? undefined : { reply })
    } catch (error) {
      this.logger.error({ subject, bytes: data.length, error: String(error) }, 'a message to NATS could not be sent')
    }
  }

  subscribe(subject: string, handle: (message: Msg) => void): void {
    const one = { subject, handle }
    this.subjects.push(one)
    this.subscribeAt(this.connection, one)
  }

  private subscribeAt(connection: NatsConnection, { subject, handle }: Subject): void {
    connection.subscribe(subject, {
      callback: (error, message) => {
        if (error !== null) {
          this.refusal ??= error
          this.logger.error({ subject, error: String(error) }, 'NATS refuses a subscription')
          return
        }
        try {
          handle(message)
        } catch (cause) {
          // An exception would end the NATS client's reading without a word.
          this.logger.error({ subject, error: String(cause) }, 'a message from NATS could not be handled')
        }
      },
    })
  }

  /** Resolves once the NATS server knows all subscriptions. @throws LISTEN_FAILED where it refused one */
  async subscribed(): Promise<void> {
    try {
      await flushed(this.connection)
    } catch (error) {
      this.refusal ??= error
    }
    if (this.refusal !== undefined) throw natsFailure(this.options.servers!, this.refusal)
  }

  /** @throws NatsError with code 503 where nobody listens, TIMEOUT where nobody answers */
  async request(subject: string, data: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    const { data: reply } = await this.connection.request(subject, data, { timeout: timeoutMs })
    return reply
  }

  /** Sends what was handed over, then closes. */
  async close(): Promise<void> {
    if (this.closing) return
    this.closing = true
    if (this.isConnected) await flushed(this.connection).catch(() => {})
    await this.connection.close()
  }

  /** Goes from one connection to the next until it is closed. */
  private async follow(): Promise<void> {
    while (!this.closing) {
      void this.report(this.connection)
      await this.connection.closed()
      if (this.closing) return
      this.logger.warn({ server: this.server }, 'the connection to NATS is lost; another one is made')
      this.isUp = false
      this.events.down()
      const connection = await this.reconnect()
      if (connection === undefined) return
      this.connection = connection
      this.isUp = true
      this.logger.info({ server: this.server }, 'connected to NATS again')
      this.events.up()
    }
  }

  /** Undefined once it is to be closed. */
  private async reconnect(): Promise<NatsConnection | undefined> {
    const servers = this.known()
    for (let tried = 0; !this.closing; tried++) {
      if (tried > 0 && tried % servers.length === 0) await delay(this.options.reconnectTimeWait ?? 0)
      const connection = await this.dial(servers[tried % servers.length]!)
      if (connection === undefined) continue
      if (!this.closing) return connection
      await connection.close()
    }
    return undefined
  }

  /** Undefined where it fails. */
  private async dial(server: string): Promise<NatsConnection | undefined> {
    try {
      const connection = await connect({ ...this.options, servers: server, reconnect: false })
      for (const one of this.subjects) this.subscribeAt(connection, one)
      await flushed(connection)
      this.said = ''
      return connection
    } catch (cause) {
      const { message } = natsFailure(server, cause)
      if (message !== this.said) this.logger.warn({ reason: message }, 'NATS is not reached; it is tried again')
      this.said = message
      return undefined
    }
  }

  /**
   * Those of the options, and what their cluster has told of others, unless certificates are checked: they have no names
   * there. The one that was lost comes last: it may hang.
   */
  private known(): string[] {
    const { servers = [], tls } = this.options
    const told = tls ? [] : (this.connection.info?.connect_urls ?? [])
    const bare = (server: string) => server.replace(/^\w+:\/\//, '').replace(/^[^@]*@/, '')
    const given = [servers].flat()
    const all = [...given, ...told.filter(server => !given.map(bare).includes(server))]
    const wasLost = (server: string) => Number(bare(server) === bare(this.connection.getServer()))
    return all.sort((a, b) => wasLost(a) - wasLost(b))
  }

  private async report(connection: NatsConnection): Promise<void> {
    for await (const { type, data, permissionContext: permission } of connection.status()) {
      if (this.closing || type !== Events.Error) continue
      this.logger.error({ error: withoutSecret(String(data)), permission }, 'NATS reports an error')
    }
  }
}

/** A flush of a connection that ends meanwhile would never end itself. @throws what the connection ended with */
async function flushed(connection: NatsConnection): Promise<void> {
  const ended = connection.closed().then(error => {
    throw error ?? new Error('the connection has ended')
  })
  await Promise.race([connection.flush(), ended])
}

/** Whether NATS says in place of an answer that nobody listens at the subject. */
export function saysNobodyListens(message: Msg): boolean {
  return message.data.length === 0 && message.headers?.code === 503
}
