import { Actor, type Recorder } from '../support/actor.js'
import type { Names } from '../support/render.js'

/** The node below which a scenario works: made before it, with all that is below it removed afterwards. */
export const ROOT = '/t'

/** The servers that scenarios run on: with the defaults of the tests, and with more switched on. */
export const flavours = {
  plain: {},
  extended: { extendedTypesEnabled: true, enforceQuota: true, 'znode.container.checkIntervalMs': 3_600_000 },
} as const
export type Flavour = keyof typeof flavours

export interface Scenario {
  /** A sentence; it is the key of the recording. */
  name: string
  flavour: Flavour
  run(stage: Stage): Promise<void>
}

/** Where the actors of one scenario meet; it writes the transcript. */
export class Stage implements Recorder {
  readonly lines: string[] = []
  private readonly actors: Actor[] = []
  private readonly sessions = new Map<bigint, string>()
  private readonly startedAt = Date.now()
  quiet = false

  constructor(
    readonly port: number,
    /** The zxid before the first request of the scenario. */
    readonly base: bigint,
  ) {}

  readonly names: Names = {
    zxid: value => (value <= 0n ? String(value) : value > this.base ? `+${value - this.base}` : 'old'),
    time: (value, zxid) => {
      if (value === 0n) return '0'
      // How long before this scenario an earlier one was is chance, but not before the process that has started the server.
      const earliest = zxid > this.base ? this.startedAt : performance.timeOrigin
      return value >= BigInt(Math.floor(earliest) - 1_000) && value <= BigInt(Date.now() + 1_000) ? 'now' : 'past'
    },
    session: value => (value === 0n ? '0' : (this.sessions.get(value) ?? `unknown(${value.toString(16)})`)),
  }

  /** An actor that has not connected yet. */
  actor(label: string): Actor {
    const actor = new Actor(label, this)
    this.actors.push(actor)
    return actor
  }

  /** An actor with a session. */
  client(label: string): Promise<Actor> {
    return this.actor(label).connect()
  }

  note(line: string): void {
    if (!this.quiet) this.lines.push(line)
  }

  session(actor: Actor): void {
    if (!this.sessions.has(actor.sessionId)) this.sessions.set(actor.sessionId, actor.label)
  }

  /** Ends every session that the scenario has left behind, so that none expires in the middle of another. */
  async dismiss(): Promise<void> {
    this.quiet = true
    for (const actor of this.actors) {
      if (actor.connection === undefined) continue
      const { sessionId, passwd } = actor
      actor.drop()
      if (sessionId === 0n) continue
      const returning = new Actor(actor.label, this)
      await returning.connect({ sessionId, passwd })
      if (!returning.connection.closed && returning.sessionId !== 0n) await returning.close()
      returning.drop()
    }
  }
}
