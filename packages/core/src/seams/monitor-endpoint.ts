import type { InjectionToken } from 'tsyringe'
import type { MonitorSource } from '../monitor/monitor-source.js'
import type { Zxid } from '../zxid.js'
import type { ConnectionInfo } from './client-listener.js'
import type { SnapshotInfo } from './snapshotter.js'

/**
 * A way to watch a server beside its clients' protocol: an HTTP interface, an exporter of metrics, an agent. A server may
 * have several.
 *
 * Nothing that goes wrong here keeps clients from being served: a failure to start is reported as a warning, and the
 * server goes on.
 */
export interface MonitorEndpoint {
  /**
   * Begins to answer; called once, when clients are served already, or in an ensemble when this server takes part in it.
   * What is heavy to load is loaded here. @throws whatever says in a sentence why it cannot answer; nothing stays open then.
   */
  start(server: MonitoredServer): Promise<void>
  /** Ends at once what is under way; called before anything else of the server closes. Twice is fine. */
  stop(): Promise<void>
}

/** Where the server looks for endpoints that show it; several plugins may fill it. */
export const MONITOR_ENDPOINT: InjectionToken<MonitorEndpoint> = Symbol.for('menagerie.MonitorEndpoint')

/** What an endpoint sees of its server. Reading is cheap for the server, but for what says otherwise. */
export interface MonitoredServer {
  readonly facts: MonitorSource
  /** Undefined for a server that is alone. */
  ensemble(): EnsembleView | undefined
  /**
   * Whether whoever proves a credential of this scheme from there holds every permission on the root, as Apache asks of
   * those who take snapshots over HTTP.
   */
  authorise(scheme: string, credential: Uint8Array | null, from: ConnectionInfo): Authorisation
  /** The newest snapshot that this run has taken, or else the one that it began with. */
  readonly newestSnapshot: TakenSnapshot | undefined
  /**
   * Takes a snapshot of the tree as it is now; resolves when it is durable. Costs what any snapshot does: reading the
   * whole tree, in slices. @throws SNAPSHOT_IO
   */
  takeSnapshot(): Promise<TakenSnapshot>
  /** Whether snapshots say which transaction they end with (serializeLastProcessedZxidEnabled). */
  readonly snapshotsTellZxid: boolean
  /**
   * Serves the tree of a snapshot instead of the present one, whose history is gone then; clients connect again. The
   * snapshot comes as {@link Snapshotter.read} gives it. Resolves with its zxid (0: it does not say) once that is durable;
   * rejects with what is wrong with it, and nothing has changed. Undefined for a member of an ensemble, whose servers
   * have to hold the same tree at every moment.
   */
  readonly restore: ((chunks: AsyncIterable<Uint8Array>) => Promise<Zxid>) | undefined
  /** Body and trailers of one, as {@link Snapshotter.read} gives them. */
  readSnapshot(info: SnapshotInfo): AsyncIterable<Uint8Array>
}

/** Whether a request may do what it asks for: who it is of is not known, or known and not allowed. */
export type Authorisation = 'granted' | 'not authenticated' | 'not authorised'

/** A snapshot that was asked for. */
export interface TakenSnapshot {
  readonly info: SnapshotInfo
  /** When it was complete, ms since 1970; undefined where its medium does not know. */
  readonly writtenAtMs: number | undefined
}

/** A server's ensemble as it sees it at present. */
export interface EnsembleView {
  readonly myId: number
  readonly isLeader: boolean
  /** Undefined while there is none that this server knows of. */
  readonly leaderId: number | undefined
  /** In Apache's words: what of Zab this server is in. */
  readonly phase: 'election' | 'synchronization' | 'broadcast'
  /** By id, in the configuration that this server goes by. */
  readonly servers: ReadonlyMap<number, EnsembleServerView>
  /** Observers in step with this server, if it leads. */
  readonly observers: readonly { readonly id: number; readonly remote: string; readonly lastZxid: number }[]
}

/** One server of the ensemble, out of the configuration that is in force. */
export interface EnsembleServerView {
  readonly isVoter: boolean
  readonly addresses: readonly { readonly host: string; readonly quorumPort: number; readonly electionPort: number }[]
  /** Where it takes clients, if the configuration says so. */
  readonly client?: { readonly host: string; readonly port: number }
}
