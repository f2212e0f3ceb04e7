import type { ServerSettings } from '../config/settings.js'
import type { Role } from '../events/index.js'
import {
  answerWord,
  type ConfigFacts,
  type ConnectionFacts,
  type DigestFacts,
  type EnsembleFacts,
  enabledWords,
  fullVersion,
  isFourLetterWord,
  type MonitorSource,
  type ServerStatistics,
  type SessionFacts,
  type StorageBytes,
} from '../monitor/index.js'
import { Connection } from '../requests/connection.js'
import type { WordAnswerer } from '../requests/four-letter-word.js'
import type { ListenAddress } from '../seams/client-listener.js'
import type { Host } from '../seams/host.js'
import type { LogStorage } from '../seams/log-storage.js'
import type { Metrics } from '../seams/metrics.js'
import type { Snapshotter } from '../seams/snapshotter.js'
import type { WatchSummary } from '../seams/watch-dispatcher.js'
import { BUILT_ON, VERSION } from '../version.js'
import type { QuorumPeer } from '../zab/peer/quorum-peer.js'
import type { Zxid } from '../zxid.js'
import { ensembleFacts } from './ensemble-facts.js'
import type { Kernel } from './kernel.js'

/** A digest is remembered at every zxid that this divides, and this many of them, as in Apache. */
const DIGEST_INTERVAL = 128
const DIGESTS_MAX = 1024

export interface MonitorParts {
  readonly kernel: Kernel
  readonly settings: ServerSettings
  readonly metrics: Metrics
  readonly host: Host | null
  readonly log: LogStorage
  readonly snapshotter: Snapshotter
  readonly addresses: readonly ListenAddress[]
  readonly role: () => Role
  /** Null for a server that is alone. */
  readonly member: QuorumPeer | null
}

/** Apache's words for what a server is. */
const STATES: Partial<Record<Role, string>> = {
  standalone: 'standalone',
  leading: 'leader',
  following: 'follower',
  observing: 'observer',
}

/** What one server tells about itself, read from its parts when it is asked. */
export class ServerMonitor implements MonitorSource, WordAnswerer {
  readonly version = fullVersion(VERSION, BUILT_ON)
  private readonly startedAt: number
  private readonly words: ReadonlySet<string>
  private readonly recentDigests: DigestFacts[] = []

  constructor(private readonly parts: MonitorParts) {
    this.startedAt = parts.kernel.clock.monotonic()
    this.words = enabledWords(parts.settings.fourLetterWords, parts.settings.readOnlyModeEnabled)
  }

  get isReadOnly(): boolean {
    return this.parts.kernel.readOnly
  }
  get serverState(): string {
    if (this.isReadOnly) return 'read-only'
    return STATES[this.parts.role()] ?? 'standalone'
  }
  get isServing(): boolean {
    return this.parts.kernel.isServing
  }

  isWord(word: string): boolean {
    return isFourLetterWord(word)
  }

  answer(word: string, argument: Uint8Array): string | Promise<string> | undefined {
    return answerWord(word, this, this.words, argument)
  }

  get statistics(): ServerStatistics {
    return this.parts.kernel.statistics
  }
  get metrics(): Metrics {
    return this.parts.metrics
  }
  get uptimeMs(): number {
    return this.parts.kernel.clock.monotonic() - this.startedAt
  }
  get lastProcessedZxid(): Zxid {
    return this.parts.kernel.lastZxid
  }
  get outstandingRequests(): number {
    return this.parts.kernel.connections.inProgress
  }
  get connectionCount(): number {
    return this.parts.kernel.connections.size
  }
  /** One more than there are: Apache keeps the root under two names. */
  get znodeCount(): number {
    return this.parts.kernel.tree.store.count + 1
  }
  get ephemeralCount(): number {
    return this.parts.kernel.tree.owned.ephemeralCount
  }
  get sessionCount(): number {
    return this.parts.kernel.sessions.count
  }
  get localSessionCount(): number {
    return this.parts.kernel.local.count
  }
  /** One more than there are, for the slash under which Apache keeps the root a second time. */
  get approximateDataBytes(): number {
    return this.parts.kernel.tree.store.dataBytes + 1
  }
  get watchCount(): number {
    return this.parts.kernel.watches.watchCount
  }

  get ensemble(): EnsembleFacts | undefined {
    const { member } = this.parts
    return member === null ? undefined : ensembleFacts(member)
  }

  get config(): ConfigFacts {
    const { settings, log, snapshotter, addresses, kernel } = this.parts
    return {
      clientPort: addresses.find(address => !address.secure)?.port ?? -1,
      secureClientPort: addresses.find(address => address.secure)?.port ?? -1,
      dataDir: snapshotter.location,
      dataLogDir: log.location,
      tickTimeMs: settings.tickTimeMs,
      maxClientCnxns: settings.maxClientCnxns,
      minSessionTimeoutMs: kernel.sessionTimeoutMinMs,
      maxSessionTimeoutMs: kernel.sessionTimeoutMaxMs,
      clientPortListenBacklog: -1,
      serverId: this.parts.member?.self ?? 0,
    }
  }

  host() {
    return this.parts.host?.facts() ?? {}
  }

  async storageBytes(): Promise<StorageBytes> {
    const { log, snapshotter } = this.parts
    let snapshots = 0
    for (const info of await snapshotter.list()) snapshots += info.bytes
    const logs = await log.size()
    // Apache measures directories: one that has both counts both, twice.
    const both = snapshots + logs
    return log.location === snapshotter.location
      ? { dataDir: both, dataLogDir: both }
      : { dataDir: snapshots, dataLogDir: logs }
  }

  *connections(): Iterable<ConnectionFacts> {
    const { kernel } = this.parts
    for (const connection of kernel.connections) {
      const { transport, statistics } = connection
      const session = connection.isOpen ? connection.session : null
      yield {
        remoteAddress: transport.remoteAddress,
        remotePort: transport.remotePort,
        isSecure: transport.secure,
        isReading: connection.isReading,
        isWriting: transport.unsentBytes > 0,
        outstandingRequests: connection.outstandingRequests,
        sessionId: session?.id ?? 0n,
        sessionTimeoutMs: session?.timeoutMs ?? 0,
        establishedAtMs: connection.establishedAt,
        expiresAtMs:
          session === null
            ? connection.establishedAt + this.parts.settings.sessionlessCnxnTimeoutMs
            : this.expiry(session),
        statistics,
      }
    }
  }

  *sessions(): Iterable<SessionFacts> {
    for (const session of this.parts.kernel.sessions.all()) {
      yield { id: session.id, timeoutMs: session.timeoutMs, expiresAtMs: this.expiry(session) }
    }
  }

  /** Wall-clock time at which a session expires if nothing more is heard. */
  private expiry(session: { readonly dueTick: number }): number {
    const { clock } = this.parts.kernel
    return Math.round(clock.wallTime() + session.dueTick * this.parts.settings.tickTimeMs - clock.monotonic())
  }

  *ephemerals(): Iterable<readonly [owner: bigint, paths: Iterable<string>]> {
    const { tree } = this.parts.kernel
    for (const owner of tree.owned.ephemerals.keys()) yield [owner, tree.ephemeralsOf(owner)]
  }

  watchSummary(): WatchSummary {
    return this.parts.kernel.watches.summary()
  }

  *watches(): Iterable<readonly [path: string, sessions: Iterable<bigint>]> {
    for (const [path, watchers] of this.parts.kernel.watches.entries()) {
      const sessions: bigint[] = []
      for (const watcher of watchers) if (watcher instanceof Connection) sessions.push(watcher.session.id)
      yield [path, sessions]
    }
  }

  /** A transaction has been applied. */
  applied(zxid: Zxid): void {
    if (zxid % DIGEST_INTERVAL !== 0) return
    const { high, low } = this.parts.kernel.tree.digest
    this.recentDigests.push({ zxid, digest: BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low)) })
    if (this.recentDigests.length > DIGESTS_MAX) this.recentDigests.shift()
  }

  digests(): Iterable<DigestFacts> {
    return this.recentDigests
  }
}
