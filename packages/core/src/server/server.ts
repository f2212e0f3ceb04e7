import type { Observable } from 'rxjs'
import type { DependencyContainer } from 'tsyringe'
import type { EnsembleConfig } from '../config/ensemble.js'
import type { ServerSettings, ServerSettingsInput } from '../config/settings.js'
import { MenagerieError } from '../errors.js'
import {
  type CommittedTransaction,
  type EnsembleMembers,
  type LinkEvent,
  type Role,
  ServerEvents,
  type WatchEvent,
} from '../events/index.js'
import { type MonitorSource, registerServerGauges } from '../monitor/index.js'
import { blaming, blamingNow } from '../plugins/blame.js'
import { type ConfiguredPlugin, compose } from '../plugins/index.js'
import { AUDIT_LOG } from '../seams/audit-log.js'
import { CLIENT_LISTENER, type ClientListener, type ListenAddress } from '../seams/client-listener.js'
import { HOST } from '../seams/host.js'
import { LOG_STORAGE, type LogStorage } from '../seams/log-storage.js'
import { type Logger, silentLogger } from '../seams/logger.js'
import { METRICS, type Metrics } from '../seams/metrics.js'
import { PEER_TRANSPORT, type PeerTransport } from '../seams/peer-transport.js'
import { SNAPSHOTTER, type Snapshotter } from '../seams/snapshotter.js'
import type { ZnodeStore } from '../seams/znode-store.js'
import type { SessionEvent } from '../sessions/session-tracker.js'
import type { Oracle } from '../zab/quorum/index.js'
import { StandaloneBroadcast } from '../zab/standalone.js'
import type { Zxid } from '../zxid.js'
import { type Assembly, assemble } from './assembly.js'
import { createAuditor } from './audit.js'
import { ClientAddress } from './client-address.js'
import { type CommitSource, type CommitStreamOptions, commitsFrom, type LoggedTransaction } from './commit-stream.js'
import { parseSettings, registerDefaults } from './composition.js'
import { Endpoints } from './endpoints.js'
import type { Kernel } from './kernel.js'
import type { LoadedState } from './load.js'
import type { ConfigStore } from './member.js'
import { MemberMetrics } from './member-metrics.js'
import { ServerMonitor } from './monitor.js'
import { ServerView } from './monitored-server.js'
import { TreeRestorer } from './restore.js'
import { ServiceLog } from './service-log.js'

/** What {@link Server.start} takes. A clock has to come from one of the plugins. */
export interface ServerOptions {
  /** What the kernel is told; defaults are Apache's. */
  readonly settings?: ServerSettingsInput
  /** What fills the seams. Storage is in memory unless a plugin provides it. */
  readonly plugins?: readonly ConfiguredPlugin[]
  readonly logger?: Logger
  /**
   * The ensemble that this server belongs to; alone without it, and with one of a single server that may run
   * standalone. Needs a plugin for the way to the peers.
   */
  readonly ensemble?: EnsembleConfig
  /** Keeps what reconfigurations make of the ensemble; without it the log alone knows of them. */
  readonly configStore?: ConfigStore
  /** Decides for one of two voting servers when the other is gone; asked anew each time (oraclePath). */
  readonly oracle?: Oracle
}

/**
 * One server: composed from plugins in a container of its own, so that several fit in one process.
 *
 * ```ts
 * const server = await Server.start({ plugins: [transportTcp({ listen: [{ port: 0 }] })] })
 * console.log(server.addresses)
 * await server.close()
 * ```
 */
export class Server {
  private readonly events = new ServerEvents()
  private readonly settled: { resolve: (reason: Error | undefined) => void }
  private closing: Promise<void> | null = null
  private parts: Assembly | null = null
  private bound: readonly ListenAddress[] = []
  private endpoints: Endpoints | null = null
  /**
   * Resolves when the server has stopped: with the reason where it stopped by itself, or with the failure of a storage that
   * could not be closed.
   */
  readonly stopped: Promise<Error | undefined>

  private constructor(
    private readonly container: DependencyContainer,
    readonly settings: ServerSettings,
    private readonly logger: Logger,
    private readonly ensemble: EnsembleConfig | undefined,
    private readonly configStore: ConfigStore | undefined,
    private readonly oracle: Oracle | undefined,
  ) {
    let resolve: (reason: Error | undefined) => void = () => {}
    this.stopped = new Promise(done => {
      resolve = done
    })
    this.settled = { resolve }
  }

  /**
   * Composes, loads what storage holds, and listens: resolves once clients are served or, in an ensemble, once this
   * server takes part in it, which may be before there is a quorum.
   *
   * @throws CONFIG_INVALID, PLUGIN_INVALID, DATA_DIR_*, LOG_*, SNAPSHOT_*, LISTEN_FAILED; nothing stays
   * open then.
   */
  static async start(options: ServerOptions = {}): Promise<Server> {
    const settings = parseSettings(options.settings, options.ensemble)
    const logger = options.logger ?? silentLogger
    const container = compose(options.plugins ?? [], fallbacks => registerDefaults(fallbacks, settings, logger))
    const server = new Server(container, settings, logger, options.ensemble, options.configStore, options.oracle)
    try {
      await server.open()
    } catch (error) {
      await server.release(error, () => server.parts?.kernel.transactions.auditor?.started('failure'))
      throw error
    }
    return server
  }

  /** Where clients are accepted, with the real ports. */
  get addresses(): readonly ListenAddress[] {
    return this.bound
  }

  /** The role, now and whenever it changes; `stopped` is the last one. All streams complete when the server has stopped. */
  get role$(): Observable<Role> {
    return this.events.role$
  }

  /** Who belongs to the ensemble, now and whenever that changes; without servers at one that belongs to none. */
  get membership$(): Observable<EnsembleMembers> {
    return this.events.membership$
  }

  /** Every transaction as it is applied, in zxid order, from now on. Earlier ones are with {@link commitsFrom}. */
  get commits$(): Observable<CommittedTransaction> {
    return this.events.commits$
  }

  /**
   * Transactions with zxid >= `from`, out of the log and then as they are applied, at the consumer's pace; ends when the
   * server stops. See {@link commitsFrom}. @throws COMMITS_MISSING as the first step, or later
   */
  commitsFrom(from: Zxid, options?: CommitStreamOptions): AsyncGenerator<LoggedTransaction, void, undefined> {
    const { kernel } = this.running
    const snapshotter = this.container.resolve(SNAPSHOTTER)
    const source: CommitSource = {
      log: this.container.resolve(LOG_STORAGE),
      live$: kernel.transactions.commits,
      lastApplied: () => kernel.tree.lastProcessedZxid,
      snapshots: async () => (await snapshotter.list()).map(({ zxid }) => zxid),
    }
    return commitsFrom(source, from, options)
  }

  /** Sessions as they are created, attached, expired and closed. */
  get sessions(): { readonly events$: Observable<SessionEvent> } {
    return { events$: this.events.sessionEvents$ }
  }

  /** Events of watches, as they are queued for clients of this server. */
  get watches(): { readonly events$: Observable<WatchEvent> } {
    return { events$: this.events.watchEvents$ }
  }

  /** Links with other servers of the ensemble: those that are open, then each as it opens and ends. */
  get transport(): { readonly links$: Observable<LinkEvent> } {
    return this.events.transport
  }

  /** The last transaction that the tree shows. */
  get lastZxid(): Zxid {
    return this.running.kernel.lastZxid
  }

  /** What the tree keeps its znodes in, to be looked at: how tests and simulations compare servers. */
  get store(): ZnodeStore {
    return this.running.kernel.tree.store
  }

  get metrics(): Metrics {
    return this.container.resolve(METRICS)
  }

  /** Takes a snapshot now; resolves when it is durable. */
  snapshot(): Promise<void> {
    return this.running.snapshots.take()
  }

  /** Stops serving, makes everything durable and releases all resources. Twice is fine. */
  close(): Promise<void> {
    this.closing ??= this.stop(undefined)
    return this.closing
  }

  private get running(): Assembly {
    if (this.parts === null) throw new MenagerieError('SERVER_STATE', 'the server is not running')
    return this.parts
  }

  private async open(): Promise<void> {
    const { container, settings, logger, ensemble, configStore, oracle, events } = this
    const onFailure = (error: Error) => {
      this.closing ??= this.stop(error)
    }
    const parts = await assemble({ container, settings, logger, ensemble, configStore, oracle, events, onFailure })
    this.parts = parts
    const { clock, log, snapshotter, metrics, load, state, kernel, snapshots, reaper, autopurge, member } = parts
    events.attach(kernel)

    // Apache needs a snapshot to begin a log with; where there is one, starting again writes nothing.
    if (state.snapshotZxid === null) await snapshots.take()
    const memberMetrics = member === null ? null : new MemberMetrics(metrics, clock, member.role$)
    kernel.onDelivered = (count, bytes) => {
      snapshots.delivered(count, bytes)
      memberMetrics?.delivered(count)
    }
    kernel.onFailure = onFailure
    let restorer: TreeRestorer | null = null
    if (member === null) {
      const last = Math.max(parts.lastLogged, state.tree.lastProcessedZxid)
      const broadcast = new StandaloneBroadcast(log, clock, kernel, last)
      restorer = new TreeRestorer({ ...load, kernel, snapshots, metrics, clock, load, onFailure }, broadcast)
      kernel.start(broadcast)
    }
    kernel.transactions.auditor = createAuditor(container, kernel)
    const facts = await this.listen(kernel, { log, snapshotter, metrics })
    if (member === null) {
      reaper.start()
      events.announceRole('standalone')
    } else {
      member.role$.subscribe(role => {
        if (role === 'leading') reaper.start()
        else reaper.stop()
        events.announceRole(role)
      })
      const { votes$ } = container.resolve<PeerTransport>(PEER_TRANSPORT)
      reportStart(logger, state, clock.monotonic() - parts.startedAt, 'loaded; looking for a leader')
      new ServiceLog({ logger, clock, kernel, member, votes$, tickTimeMs: settings.tickTimeMs })
      await blaming(container, PEER_TRANSPORT, 'it was opened between servers', () => member.start())
    }
    autopurge.start()
    blamingNow(container, AUDIT_LOG, 'it was told of the start', () => kernel.transactions.auditor?.started('success'))
    if (member === null) reportStart(logger, state, clock.monotonic() - parts.startedAt, 'serving')
    this.endpoints = new Endpoints(container, logger)
    await this.endpoints.start(new ServerView({ facts, kernel, snapshots, snapshotter, member, restorer }))
  }

  private async listen(
    kernel: Kernel,
    parts: { log: LogStorage; snapshotter: Snapshotter; metrics: Metrics },
  ): Promise<MonitorSource> {
    const { container, settings } = this
    const addresses: ListenAddress[] = []
    const host = container.isRegistered(HOST, true) ? container.resolve(HOST) : null
    const monitor = new ServerMonitor({
      ...parts,
      kernel,
      settings,
      host,
      addresses,
      role: () => this.events.role,
      member: this.parts?.member ?? null,
    })
    registerServerGauges(parts.metrics, monitor)
    kernel.words = monitor
    kernel.transactions.onApplied = zxid => monitor.applied(zxid)
    if (!container.isRegistered(CLIENT_LISTENER, true)) return monitor
    const limits = {
      frameBytesMax: settings.juteMaxBuffer,
      connectionsPerAddressMax: settings.maxClientCnxns,
      connectionsMax: settings.maxCnxns,
      firstFrameTimeoutMs: settings.sessionlessCnxnTimeoutMs,
    }
    const listener = container.resolve<ClientListener>(CLIENT_LISTENER)
    const listen = async () => listener.listen(limits, c => kernel.connect(c))
    addresses.push(...(await blaming(container, CLIENT_LISTENER, 'it began to listen', listen)))
    this.bound = addresses
    const { self, membership$ } = this.parts?.member ?? {}
    if (self !== undefined && membership$ !== undefined && settings.reconfigEnabled)
      new ClientAddress({ self, membership$, listener, addresses, logger: this.logger })
    return monitor
  }

  private async stop(reason: Error | undefined): Promise<void> {
    if (reason !== undefined) this.logger.error({ error: String(reason) }, 'the server stops')
    const failure = await this.release()
    this.events.complete()
    this.settled.resolve(reason ?? failure)
  }

  /**
   * Closes whatever is open, in the reverse order of opening; one failure does not keep the others open.
   * @param known what went wrong before: a part that could not be made says so again
   * @param first what is done before, and keeps nothing open either
   * @returns the first failure of log or snapshots, whose closing makes things durable
   */
  private async release(known?: unknown, first = () => {}): Promise<Error | undefined> {
    const { container, parts } = this
    const listener: ClientListener | null = container.isRegistered(CLIENT_LISTENER, true)
      ? container.resolve(CLIENT_LISTENER)
      : null
    let failure: Error | undefined
    const close = (token: typeof LOG_STORAGE | typeof SNAPSHOTTER, doing: string) =>
      blaming<void>(container, token, doing, async () =>
        container.resolve<LogStorage | Snapshotter>(token).close(),
      ).catch(error => {
        if (error !== known) failure ??= error
        throw error
      })
    const steps: (() => Promise<void> | void)[] = [
      first,
      () => this.endpoints?.stop(),
      // While clients are still there, for the answers to what they have written.
      () => parts?.member?.handOver(),
      () => listener?.close(),
      () => parts?.reaper.stop(),
      () => parts?.member?.stop(),
      () => parts?.autopurge.stop(),
      () => parts?.kernel.stop(),
      () => parts?.snapshots.stop(),
      () => close(LOG_STORAGE, 'its log was closed'),
      () => close(SNAPSHOTTER, 'its snapshots were closed'),
      () => parts?.kernel.transactions.auditor?.stopped(),
    ]
    for (const step of steps) {
      try {
        await step()
      } catch (error) {
        if (error !== known) this.logger.warn({ error: String(error) }, 'a part of the server did not close cleanly')
      }
    }
    return failure
  }
}

function reportStart(logger: Logger, state: LoadedState, tookMs: number, message: string): void {
  logger.info(
    {
      znodes: state.tree.store.count,
      sessions: state.sessions.size,
      zxid: `0x${state.tree.lastProcessedZxid.toString(16)}`,
      replayed: state.replayed,
      tookMs: Math.round(tookMs),
    },
    message,
  )
}
