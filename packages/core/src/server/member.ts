import type { DependencyContainer } from 'tsyringe'
import type { EnsembleConfig } from '../config/ensemble.js'
import type { ServerSettings } from '../config/settings.js'
import { MenagerieError } from '../errors.js'
import { ObservedTransport, type ServerEvents } from '../events/index.js'
import { decodeUtf8 } from '../jute/utf8.js'
import type { Clock } from '../seams/clock.js'
import type { LogStorage } from '../seams/log-storage.js'
import type { Logger } from '../seams/logger.js'
import { PEER_TRANSPORT } from '../seams/peer-transport.js'
import { RANDOM } from '../seams/random.js'
import type { Snapshotter } from '../seams/snapshotter.js'
import { History } from '../zab/history.js'
import { MasterRotation } from '../zab/observer-master/rotation.js'
import { QuorumPeer } from '../zab/peer/quorum-peer.js'
import {
  Favour,
  formatConfig,
  Membership,
  type Oracle,
  parseConfig,
  type QuorumVerifier,
  quorumVerifier,
} from '../zab/quorum/index.js'
import { zxidCounter } from '../zxid.js'
import { resolve } from './composition.js'
import type { Kernel } from './kernel.js'
import type { LoadParts } from './load.js'
import { Replica } from './replica.js'
import type { SnapshotSchedule } from './snapshots.js'

export interface MemberParts {
  readonly ensemble: EnsembleConfig
  readonly container: DependencyContainer
  readonly settings: ServerSettings
  readonly kernel: Kernel
  readonly log: LogStorage
  readonly snapshotter: Snapshotter
  readonly snapshots: SnapshotSchedule
  readonly load: LoadParts
  readonly lastLogged: number
  readonly clock: Clock
  readonly logger: Logger
  readonly onFailure: (error: Error) => void
  /** Where links and members are announced. */
  readonly events: Pick<ServerEvents, 'follow'>
  readonly configStore?: ConfigStore
  /** Decides for one of two voters when the other is gone (oraclePath). */
  readonly oracle?: Oracle
}

/** Keeps the ensemble's configuration beside the file that a server was started with. */
export interface ConfigStore {
  /** Logged, and not known to be committed. */
  proposed(verifier: QuorumVerifier): void
  /** The one to start with from now on. */
  activated(verifier: QuorumVerifier): void
  /** The one that was proposed has been cut off. */
  withdrawn?(): void
}

/**
 * One server as a member of an ensemble, not yet started.
 * @throws PLUGIN_INVALID without a peer transport, CONFIG_INVALID without an id of its own
 */
export function createMember(parts: MemberParts): QuorumPeer {
  const { ensemble, container, settings, kernel, log, snapshotter, snapshots, load, clock, logger, configStore } = parts
  const self = ensemble.myId
  if (self === undefined) throw new MenagerieError('CONFIG_INVALID', 'a server of an ensemble needs an id (myid)')
  if (!container.isRegistered(PEER_TRANSPORT, true)) {
    throw new MenagerieError(
      'PLUGIN_INVALID',
      'no plugin of this server provides a transport to its peers; add @menagerie/transport-tcp or another one',
    )
  }
  const favour = parts.oracle === undefined ? undefined : new Favour(self, parts.oracle)
  const membership = membershipOf(ensemble, settings, kernel, favour)
  const show = ({ version }: QuorumVerifier, text: string) => kernel.tree.showConfig(text, version, clock.wallTime())
  // A transaction has brought a later one, and that shows in every tree.
  const showConfig = () => {
    const shown = shownConfig(kernel)
    const { current } = membership
    if (!settings.reconfigEnabled || (shown?.version ?? 0) <= current.version) show(current, formatConfig(current))
  }
  const lastLogged = Math.max(parts.lastLogged, kernel.tree.lastProcessedZxid)
  const history = new History(log, clock, parts.onFailure, lastLogged, kernel)
  showConfig()
  const replica = new Replica({ kernel, history, snapshotter, snapshots, load, onTreeReplaced: showConfig })
  const ticks = <T extends number | undefined>(key: string, fallback: T): number | T => {
    const given = ensemble.options.get(key)
    return typeof given === 'number' ? given : fallback
  }
  const observerDelayMs = ticks('observer.reconnectDelayMs', 0)
  const epochTimeoutMs = ticks('leader.maxTimeToWaitForEpoch', -1)
  if (ensemble.options.get('leaderServes') === false) kernel.leaderServes = false
  kernel.local.enabled = ensemble.options.get('localSessionsEnabled') === true
  kernel.local.upgradable = ensemble.options.get('localSessionsUpgradingEnabled') === true
  const transport = new ObservedTransport(
    resolve(container, PEER_TRANSPORT, 'a way between servers; add @menagerie/transport-tcp/peers'),
  )
  const peer = new QuorumPeer({
    self,
    readOnlyAfterMs: settings.readOnlyModeEnabled ? Math.max(READ_ONLY_AFTER_MS, settings.tickTimeMs) : undefined,
    membership,
    oracle: parts.oracle,
    rules: settings.reconfigEnabled
      ? {
          standaloneEnabled: settings.standaloneEnabled,
          multiAddress: ensemble.options.get('multiAddress.enabled') === true,
        }
      : undefined,
    onProposed: verifier => configStore?.proposed(verifier),
    onWithdrawn: () => configStore?.withdrawn?.(),
    onActivated: verifier => {
      // Any other is the data of a transaction, which is delivered in its order: reads must not see it before.
      if (zxidCounter(verifier.version) === 0) showConfig()
      configStore?.activated(verifier)
    },
    minNotificationIntervalMs: ticks('fastleader.minNotificationInterval', undefined),
    maxNotificationIntervalMs: ticks('fastleader.maxNotificationInterval', undefined),
    transport,
    host: replica,
    clock,
    logger,
    tickTimeMs: settings.tickTimeMs,
    initLimit: ticks('initLimit', INIT_LIMIT),
    syncLimit: ticks('syncLimit', SYNC_LIMIT),
    commitLogCount: ticks('commitLogCount', COMMIT_LOG_COUNT),
    observerMasters:
      ticks('observerMasterPort', 0) > 0
        ? {
            rotation: new MasterRotation(container.resolve(RANDOM)),
            bytesMax: ticks('observerMaster.sizeLimit', OBSERVER_BYTES),
          }
        : undefined,
    connectRetryMs: ticks('leaderConnectDelayDuringRetryMs', undefined),
    observerDelayMs: () => (observerDelayMs > 0 ? container.resolve(RANDOM).below(observerDelayMs) : 0),
    tuning: {
      epochTimeoutMs: epochTimeoutMs < 0 ? undefined : epochTimeoutMs,
      concurrentSnapshots: ticks('leader.maxConcurrentSnapSyncs', undefined),
      concurrentLogs: ticks('leader.maxConcurrentDiffSyncs', undefined),
      snapshotSizeFactor: ticks('snapshotSizeFactor', undefined),
      counterMax: ticks('counterMax', undefined),
      alwaysSnapshot: ensemble.options.get('forceSnapshotSync') === true,
    },
  })
  parts.events.follow(transport.linkEvents$, peer.membership$)
  return peer
}

/** Where a configuration leaves them out, as the sample of Apache sets them. */
const INIT_LIMIT = 10
const SYNC_LIMIT = 5
const COMMIT_LOG_COUNT = 500
const OBSERVER_BYTES = 32 << 20
/** As Apache waits; a tick where that is longer. */
const READ_ONLY_AFTER_MS = 2000

/**
 * What the server was configured with, and what its log knows beyond: a reconfiguration that may not be committed, so
 * that both decide until a leader tells.
 */
function membershipOf(ensemble: EnsembleConfig, settings: ServerSettings, kernel: Kernel, favour?: Favour): Membership {
  const current = quorumVerifier(ensemble)
  if (!settings.reconfigEnabled) return new Membership(current, undefined, favour)
  const named = ensemble.next === undefined ? undefined : readConfig(ensemble.next)
  const shown = shownConfig(kernel)
  const next = (shown?.version ?? 0) > (named?.version ?? 0) ? shown : named
  return new Membership(current, next, favour)
}

function shownConfig({ tree }: Kernel): QuorumVerifier | undefined {
  const data = tree.dataOf(tree.find('/zookeeper/config'))
  return data === null || data.length === 0 ? undefined : readConfig(decodeUtf8(data, 0, data.length))
}

function readConfig(text: string): QuorumVerifier | undefined {
  const parsed = parseConfig(text)
  return parsed.problem === undefined ? parsed.value : undefined
}
