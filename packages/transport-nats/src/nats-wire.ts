import type { Logger } from '@menagerie/core'
import { type ConnectionOptions, connect, Events, type Msg, type NatsConnection, type Status } from 'nats'
import { natsFailure, withoutSecret } from './connect-failure.js'

/** Called as the connection goes and comes back; what was under way when it went is lost. */
export interface WireEvents {
  down(): void
  up(): void
}

/** A connection to NATS, made anew whenever it fails, with its subscriptions. */
export class NatsWire {
  private isUp = true
  private closing = false
  private refusal: unknown

  private constructor(
    private readonly connection: NatsConnection,
    private readonly servers: string | readonly string[],
    private readonly logger: Logger,
    events: WireEvents,
  ) {
    void this.follow(events)
  }

  /** @throws LISTEN_FAILED */
  static async open(options: ConnectionOptions, logger: Logger, events: WireEvents): Promise<NatsWire> {
    const servers = options.servers!
    const connection = await connect(options).catch(cause => {
      throw natsFailure(servers, cause)
    })
    return new NatsWire(connection, servers, logger, events)
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
    this.connection.subscribe(subject, {
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
      await this.connection.flush()
    } catch (error) {
      this.refusal ??= error
    }
    if (this.refusal !== undefined) throw natsFailure(this.servers, this.refusal)
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
    if (this.isConnected) await this.connection.flush().catch(() => {})
    await this.connection.close()
  }

  private async follow(events: WireEvents): Promise<void> {
    for await (const status of this.connection.status()) this.handle(status, events)
  }

  private handle(status: Status, events: WireEvents): void {
    if (this.closing) return
    const server = withoutSecret(String(status.data))
    if (status.type === Events.Disconnect) {
      if (this.isUp) this.logger.warn({ server }, 'the connection to NATS is lost; another one is made')
      this.isUp = false
      events.down()
    } else if (status.type === Events.Reconnect) {
      this.isUp = true
      this.logger.info({ server }, 'connected to NATS again')
      events.up()
    } else if (status.type === Events.Error) {
      this.logger.error({ error: server, permission: status.permissionContext }, 'NATS reports an error')
    }
  }
}

/** Whether NATS says in place of an answer that nobody listens at the subject. */
export function saysNobodyListens(message: Msg): boolean {
  return message.data.length === 0 && message.headers?.code === 503
}
