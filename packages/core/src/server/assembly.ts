/** From a composed container to the parts of one server: opens storage, loads what it holds, builds what will serve it. */
import type { DependencyContainer } from 'tsyringe'
import type { EnsembleConfig } from '../config/ensemble.js'
import type { ServerSettings } from '../config/settings.js'
import type { ServerEvents } from '../events/index.js'
import { OpCode } from '../jute/codes.js'
import { blamingNow } from '../plugins/blame.js'
import { CLOCK, type Clock } from '../seams/clock.js'
import { CRC32 } from '../seams/crc32.js'
import type { LogStorage } from '../seams/log-storage.js'
import type { Logger } from '../seams/logger.js'
import { METRICS, type Metrics } from '../seams/metrics.js'
import { RANDOM, type Random } from '../seams/random.js'
import type { Snapshotter } from '../seams/snapshotter.js'
import { WATCH_DISPATCHER } from '../seams/watch-dispatcher.js'
import { ZNODE_STORE } from '../seams/znode-store.js'
import { Session } from '../sessions/session.js'
import { SessionTracker } from '../sessions/session-tracker.js'
import type { QuorumPeer } from '../zab/peer/quorum-peer.js'
import type { Oracle } from '../zab/quorum/index.js'
import type { Zxid } from '../zxid.js'
import { Autopurge } from './autopurge.js'
import { authentication, resolve } from './composition.js'
import { ContainerReaper } from './container-reaper.js'
import { Kernel } from './kernel.js'
import { dropBehindSnapshot, type LoadedState, type LoadParts, loadState, openStorage } from './load.js'
import { type ConfigStore, createMember } from './member.js'
import { pluggedStorage } from './plugged-storage.js'
import { SnapshotSchedule } from './snapshots.js'

/** What a server is assembled from. */
export interface AssemblyOptions {
  readonly container: DependencyContainer
  readonly settings: ServerSettings
  readonly logger: Logger
  readonly ensemble: EnsembleConfig | undefined
  readonly configStore: ConfigStore | undefined
  readonly oracle: Oracle | undefined
  readonly events: ServerEvents
  /** A part can not go on: the server is to stop. */
  readonly onFailure: (error: Error) => void
}

/** The parts of a server, of which none runs yet. */
export interface Assembly {
  readonly clock: Clock
  /** Monotonic, in milliseconds. */
  readonly startedAt: number
  readonly log: LogStorage
  readonly snapshotter: Snapshotter
  readonly metrics: Metrics
  readonly load: LoadParts
  /** What storage held. */
  readonly state: LoadedState
  /** The last record of the log, in the tree or not. */
  readonly lastLogged: Zxid
  readonly kernel: Kernel
  readonly snapshots: SnapshotSchedule
  readonly reaper: ContainerReaper
  readonly autopurge: Autopurge
  /** Null for a server that is alone. */
  readonly member: QuorumPeer | null
}

/** @throws PLUGIN_INVALID, CONFIG_INVALID, DATA_DIR_*, LOG_*, SNAPSHOT_*; log and snapshotter may be open then */
export async function assemble(options: AssemblyOptions): Promise<Assembly> {
  const { container, settings, logger, ensemble } = options
  const clock = resolve<Clock>(container, CLOCK, 'a clock; add @menagerie/platform-node')
  const random = resolve<Random>(container, RANDOM, 'a source of chance; add @menagerie/platform-node')
  const { log, snapshotter } = pluggedStorage(container)
  const metrics = container.resolve(METRICS)
  const startedAt = clock.monotonic()

  const distributed = ensemble?.distributed ?? false
  const lastLogged = await openStorage(log, snapshotter, distributed, logger)
  const makeStore = container.resolve(ZNODE_STORE)
  const newStore = () =>
    blamingNow(container, ZNODE_STORE, 'a store was made', () => makeStore(random.below(0x7fffffff)))
  const load = { log, snapshotter, options: { ...settings, crc32: container.resolve(CRC32) }, newStore, logger }
  const state = await loadState(load)
  const { tree, replayed } = state
  metrics.summary('dbinittime').observe(Math.round(clock.monotonic() - startedAt))
  if (state.snapshot !== null) metrics.summary('startup_txns_loaded').observe(replayed)
  if (distributed && lastLogged < (state.snapshotZxid ?? 0)) await dropBehindSnapshot(log, snapshotter)

  const sessions = new SessionTracker(clock, settings.tickTimeMs, settings.serverId)
  for (const [id, timeoutMs] of state.sessions) sessions.add(id, timeoutMs)
  const auth = authentication(container, settings, random)
  const watches = container.resolve(WATCH_DISPATCHER)
  const kernel = new Kernel({ settings, tree, watches, sessions, auth, clock, logger, metrics })
  const parts = { tree, sessions, log, snapshotter, settings, clock, random, logger, metrics }
  const snapshots = new SnapshotSchedule(parts, replayed, state.snapshot)
  const itself = new Session(0n, 0)
  const reaper = new ContainerReaper(tree, settings, clock, path =>
    kernel.write({ type: OpCode.deleteContainer, path }, itself, [], 0, null),
  )
  const autopurge = new Autopurge(log, snapshotter, settings, clock, logger)
  const member =
    ensemble !== undefined && distributed
      ? createMember({ ...options, ensemble, kernel, log, snapshotter, snapshots, load, lastLogged, clock })
      : null
  const stored = { log, snapshotter, metrics, load, state, lastLogged }
  return { clock, startedAt, ...stored, kernel, snapshots, reaper, autopurge, member }
}
