import type {
  AuditLog,
  EnsembleConfig,
  EnsembleServer,
  MemoryListener,
  PeerTransport,
  ServerId,
  Snapshotter,
} from '@menagerie/core'
import { ManualClock } from '@menagerie/core/contract'
import { MemoryPeerNetwork } from '@menagerie/core/memory'
import { Medium, settle, startServer, type TestServer } from '../server/harness.js'

const TICK_MS = 200

export interface EnsembleOptions {
  readonly observers?: readonly ServerId[]
  readonly settings?: Parameters<typeof startServer>[0] extends infer P
    ? P extends { settings?: infer S }
      ? S
      : never
    : never
  readonly options?: ReadonlyMap<string, unknown>
  readonly auditLog?: (id: ServerId) => AuditLog
  readonly oracleOf?: (id: ServerId) => boolean
  /** What a server has in place of a snapshotter on its medium. */
  readonly snapshotterOf?: (id: ServerId, medium: Medium) => Snapshotter | undefined
  /** What takes clients in place of its own listener. */
  readonly listenerOf?: (id: ServerId, clock: ManualClock) => MemoryListener
  /** What a server has in place of its transport. */
  readonly transportOf?: (id: ServerId, transport: PeerTransport) => PeerTransport
  /** In place of {@link options}, for one server each. */
  readonly optionsOf?: (id: ServerId) => ReadonlyMap<string, unknown>
}

/** Servers of one ensemble in this process, over a network that a test can cut, in time that it moves. */
export class TestEnsemble {
  readonly clock = new ManualClock(1_700_000_000_000)
  readonly network = new MemoryPeerNetwork(this.clock)
  readonly servers = new Map<ServerId, TestServer>()
  readonly media = new Map<ServerId, Medium>()

  constructor(
    readonly ids: ServerId[],
    private readonly options: EnsembleOptions = {},
  ) {}

  static async start(size: number, options: EnsembleOptions = {}): Promise<TestEnsemble> {
    const ids = Array.from({ length: size }, (_, index) => index + 1)
    const ensemble = new TestEnsemble(ids, options)
    for (const id of ids) await ensemble.start(id)
    return ensemble
  }

  config(myId: ServerId): EnsembleConfig {
    const servers = new Map<ServerId, EnsembleServer>()
    for (const id of this.ids) {
      const role = this.options.observers?.includes(id) ? 'observer' : 'participant'
      const address = { host: '127.0.0.1', quorumPort: 2000 + id, electionPort: 3000 + id }
      servers.set(id, { id, role, addresses: [address] })
    }
    const options = this.options.optionsOf?.(myId) ?? this.options.options ?? new Map()
    return { servers, groups: new Map(), weights: new Map(), version: '0', myId, distributed: true, options }
  }

  async start(id: ServerId): Promise<TestServer> {
    const medium = this.media.get(id) ?? new Medium()
    this.media.set(id, medium)
    const transport = this.network.transport(id)
    const server = await startServer({
      clock: this.clock,
      medium,
      settings: { tickTimeMs: TICK_MS, ...this.options.settings },
      auditLog: this.options.auditLog?.(id),
      listener: this.options.listenerOf?.(id, this.clock),
      snapshotter: this.options.snapshotterOf?.(id, medium),
      ensemble: {
        config: this.config(id),
        transport: this.options.transportOf?.(id, transport) ?? transport,
        oracle: this.options.oracleOf && (() => this.options.oracleOf!(id)),
      },
    })
    this.servers.set(id, server)
    return server
  }

  /** Cuts a server off without a word, as a crash does; what it has not flushed is lost. */
  async crash(id: ServerId): Promise<void> {
    for (const other of this.ids) if (other !== id) this.network.cut(id, other)
    await this.servers.get(id)!.server.close()
    this.servers.delete(id)
    for (const other of this.ids) if (other !== id) this.network.join(id, other)
  }

  get(id: ServerId): TestServer {
    return this.servers.get(id)!
  }

  roleOf(id: ServerId): string {
    let role = ''
    this.get(id)
      .server.role$.subscribe(now => {
        role = now
      })
      .unsubscribe()
    return role
  }

  get leaderId(): ServerId | undefined {
    return [...this.servers.keys()].find(id => this.roleOf(id) === 'leading')
  }

  get followerIds(): ServerId[] {
    return [...this.servers.keys()].filter(id => this.roleOf(id) === 'following')
  }

  /** Lets time pass until a condition holds. @throws Error when it does not within a minute of it */
  async until(condition: () => boolean, what: string): Promise<void> {
    for (let passed = 0; passed < 60_000; passed += 10) {
      await settle()
      if (condition()) return
      this.clock.advance(10)
    }
    const roles = [...this.servers.keys()].map(id => `${id} ${this.roleOf(id)}`)
    const warnings = [...this.servers].map(([id, { warnings }]) => `${id}: ${warnings.slice(-6).join(' | ')}`)
    throw new Error(`never came: ${what} (${roles.join(', ')})\n${warnings.join('\n')}`)
  }

  /** A leader serves, and every other server that runs is in step with it. */
  async untilServing(): Promise<ServerId> {
    const inStep = () =>
      [...this.servers.keys()].every(id => ['leading', 'following', 'observing'].includes(this.roleOf(id)))
    await this.until(() => this.leaderId !== undefined && inStep(), 'a leader with everyone in step')
    return this.leaderId!
  }

  async close(): Promise<void> {
    for (const { server } of this.servers.values()) await server.close()
  }
}

/** An object with some of its members in another form. */
export function replaced<T extends object>(inner: T, members: Partial<T>): T {
  return new Proxy(inner, {
    get(target, key) {
      const value = Reflect.get(key in members ? members : target, key)
      return typeof value === 'function' && !(key in members) ? value.bind(target) : value
    },
  })
}
