import type { DependencyContainer } from 'tsyringe'
import type { EnsembleConfig } from '../config/ensemble.js'
import type { ServerSettings } from '../config/settings.js'
import { MenagerieError } from '../errors.js'
import type { Clock } from '../seams/clock.js'
import type { LogStorage } from '../seams/log-storage.js'
import type { Logger } from '../seams/logger.js'
import { PEER_TRANSPORT } from '../seams/peer-transport.js'
import type { Snapshotter } from '../seams/snapshotter.js'
import { History } from '../zab/history.js'
import { QuorumPeer } from '../zab/peer/quorum-peer.js'
import { formatConfig, quorumVerifier } from '../zab/quorum/index.js'
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
}

/**
 * One server as a member of an ensemble, not yet started.
 * @throws PLUGIN_INVALID without a peer transport, CONFIG_INVALID without an id of its own
 */
export function createMember(parts: MemberParts): QuorumPeer {
  const { ensemble, container, settings, kernel, log, snapshotter, snapshots, load, clock, logger } = parts
  const self = ensemble.myId
  if (self === undefined) throw new MenagerieError('CONFIG_INVALID', 'a server of an ensemble needs an id (myid)')
  if (!container.isRegistered(PEER_TRANSPORT, true)) {
    throw new MenagerieError(
      'PLUGIN_INVALID',
      'no plugin of this server provides a transport to its peers; add @menagerie/transport-tcp or another one',
    )
  }
  const verifier = quorumVerifier(ensemble)
  const showConfig = () => kernel.tree.showConfig(formatConfig(verifier), verifier.version, clock.wallTime())
  const history = new History(log, clock, parts.onFailure, Math.max(parts.lastLogged, kernel.tree.lastProcessedZxid))
  showConfig()
  const replica = new Replica({ kernel, history, snapshotter, snapshots, load, onTreeReplaced: showConfig })
  const ticks = (key: string, fallback: number) => {
    const given = ensemble.options.get(key)
    return typeof given === 'number' ? given : fallback
  }
  return new QuorumPeer({
    self,
    verifier,
    transport: container.resolve(PEER_TRANSPORT),
    host: replica,
    clock,
    logger,
    tickTimeMs: settings.tickTimeMs,
    initLimit: ticks('initLimit', INIT_LIMIT),
    syncLimit: ticks('syncLimit', SYNC_LIMIT),
    commitLogCount: ticks('commitLogCount', COMMIT_LOG_COUNT),
  })
}

/** Where a configuration leaves them out, as the sample of Apache sets them. */
const INIT_LIMIT = 10
const SYNC_LIMIT = 5
const COMMIT_LOG_COUNT = 500
