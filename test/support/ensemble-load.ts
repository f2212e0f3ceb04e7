import { setTimeout as delay } from 'node:timers/promises'
import { type Client, ConnectionLossError, CreateMode, connect, NodeExistsError } from '@menagerie/client'

/** A write that no reply came to may have been carried out or not, and is not asked for again. */
const PAUSE_AFTER_LOSS_MS = 20

/**
 * One client that writes until it is told to end, and remembers what was acknowledged: names of znodes, the last value
 * of a counter, and its one session with an ephemeral znode.
 */
class Writer {
  readonly acknowledged = new Set<string>()
  /** The last value of the counter that was acknowledged, and that was sent. */
  value = 0
  sent = 0
  /** Requests that broke off without an answer. */
  losses = 0
  expired = false
  /** The longest time between two acknowledgements. */
  longestGapMs = 0
  private ended = false
  private running: Promise<void> = Promise.resolve()
  private readonly progress = new Set<() => void>()

  private constructor(
    readonly path: string,
    readonly client: Client,
    private readonly bytes: number,
  ) {
    client.state$.subscribe(state => {
      if (state === 'expired') this.expired = true
    })
  }

  static async start(path: string, servers: string, { sessionTimeoutMs, bytes }: Required<LoadOptions>) {
    const client = await connect({ servers, sessionTimeoutMs, shuffleServers: false })
    const writer = new Writer(path, client, bytes)
    await client.create(path, null)
    await client.create(`${path}/counter`, encode('0'))
    await client.create(`${path}/alive`, encode('here'), { mode: CreateMode.EPHEMERAL })
    writer.running = writer.run()
    return writer
  }

  private async run(): Promise<void> {
    const content = new Uint8Array(this.bytes).fill(0x61)
    let last = performance.now()
    for (let n = 0; !this.ended; n++) {
      const name = `n${n}`
      try {
        const value = ++this.sent
        // Both under way at once: replies come in order.
        const created = this.client.create(`${this.path}/${name}`, content)
        const set = this.client.setData(`${this.path}/counter`, encode(String(value)))
        await Promise.all([
          created.then(() => void this.acknowledged.add(name)),
          set.then(() => {
            this.value = value
          }),
        ])
        const now = performance.now()
        this.longestGapMs = Math.max(this.longestGapMs, now - last)
        last = now
        for (const tell of this.progress) tell()
      } catch (error) {
        if (!(error instanceof ConnectionLossError)) {
          if (!this.expired && !this.ended) throw error
          return
        }
        this.losses++
        await delay(PAUSE_AFTER_LOSS_MS)
      }
    }
  }

  /** Resolves once `count` more writes than now are acknowledged. */
  more(count: number): Promise<void> {
    const wanted = this.acknowledged.size + count
    return new Promise((resolve, reject) => {
      const tell = () => {
        if (this.acknowledged.size < wanted) return
        this.progress.delete(tell)
        resolve()
      }
      this.progress.add(tell)
      this.running.then(() => reject(new Error(`${this.path} writes no more`)), reject)
    })
  }

  async end(): Promise<void> {
    this.ended = true
    await this.running
  }
}

export interface LoadOptions {
  readonly sessionTimeoutMs?: number
  /** Of each znode's data. */
  readonly bytes?: number
}

/** Clients that write to an ensemble while things happen to it. */
export class Load {
  private constructor(readonly writers: readonly Writer[]) {}

  /**
   * @param connectStrings one for each client: the server that it uses first, and those it may go to
   */
  static async start(
    connectStrings: readonly string[],
    { sessionTimeoutMs = 30_000, bytes = 100 }: LoadOptions = {},
  ): Promise<Load> {
    const founder = await connect(connectStrings[0])
    await founder.create('/load', null).catch(ignoreExisting)
    const begin = (await founder.getChildren('/load')).length
    await founder.close()
    const start = (servers: string, index: number) =>
      Writer.start(`/load/w${begin + index}`, servers, { sessionTimeoutMs, bytes })
    return new Load(await Promise.all(connectStrings.map(start)))
  }

  /** Resolves once every client has `count` more writes acknowledged. */
  async more(count: number): Promise<void> {
    await Promise.all(this.writers.map(writer => writer.more(count)))
  }

  /** Lets the clients finish what is under way. Their sessions stay open. */
  async end(): Promise<void> {
    await Promise.all(this.writers.map(writer => writer.end()))
  }

  /** Closes the sessions. */
  async close(): Promise<void> {
    await this.end()
    await Promise.all(this.writers.map(({ client }) => client.close()))
  }

  /**
   * Looks on one server, after a sync, for all that was acknowledged. Gives a sentence for each write or session that is
   * missing; empty is good. After {@link end}.
   */
  async missingOn(server: string): Promise<string[]> {
    const missing: string[] = []
    const reader = await connect(server)
    await reader.sync('/')
    for (const { path, acknowledged, value, sent, client, expired } of this.writers) {
      const there = new Set(await reader.getChildren(path))
      for (const name of acknowledged) if (!there.has(name)) missing.push(`${path}/${name} is not on ${server}`)
      const counter = Number(decode((await reader.getData(`${path}/counter`)).data))
      if (counter < value || counter > sent) {
        missing.push(`${path}/counter is ${counter} on ${server}: acknowledged is ${value}, sent was ${sent}`)
      }
      if (expired) missing.push(`the session of ${path} has expired`)
      const owner = (await reader.exists(`${path}/alive`))?.ephemeralOwner
      if (owner !== client.session.id) missing.push(`${path}/alive belongs to ${owner} on ${server}`)
    }
    await reader.close()
    return missing
  }
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const decode = (bytes: Uint8Array | null): string => new TextDecoder().decode(bytes ?? new Uint8Array())

function ignoreExisting(error: unknown): void {
  if (!(error instanceof NodeExistsError)) throw error
}
