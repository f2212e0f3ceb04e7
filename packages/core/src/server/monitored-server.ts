import { checkAcl } from '../auth/acl-check.js'
import { authenticate } from '../auth/auth-packet.js'
import { Perms } from '../jute/codes.js'
import type { MonitorSource } from '../monitor/index.js'
import type { ConnectionInfo } from '../seams/client-listener.js'
import type { Authorisation, EnsembleView, MonitoredServer, TakenSnapshot } from '../seams/monitor-endpoint.js'
import type { SnapshotInfo, Snapshotter } from '../seams/snapshotter.js'
import type { QuorumPeer } from '../zab/peer/quorum-peer.js'
import type { Kernel } from './kernel.js'
import type { TreeRestorer } from './restore.js'
import type { SnapshotSchedule } from './snapshots.js'

export interface MonitoredParts {
  readonly facts: MonitorSource
  readonly kernel: Kernel
  readonly snapshots: SnapshotSchedule
  readonly snapshotter: Snapshotter
  /** Null for a server that is alone. */
  readonly member: QuorumPeer | null
  /** Null for a member of an ensemble. */
  readonly restorer: TreeRestorer | null
}

const PERMISSIONS = [Perms.READ, Perms.WRITE, Perms.CREATE, Perms.DELETE, Perms.ADMIN]

/** One server as its monitor endpoints see it. */
export class ServerView implements MonitoredServer {
  constructor(private readonly parts: MonitoredParts) {}

  get facts(): MonitorSource {
    return this.parts.facts
  }

  ensemble(): EnsembleView | undefined {
    const { member } = this.parts
    return member === null ? undefined : ensembleView(member)
  }

  authorise(scheme: string, credential: Uint8Array | null, from: ConnectionInfo): Authorisation {
    const { auth, tree } = this.parts.kernel
    const proved = authenticate({ scheme, auth: credential }, from, [], auth)
    if (proved.outcome !== 'accepted' || proved.identities.length === 0) return 'not authenticated'
    const acl = tree.aclOf(tree.store.root)
    // One by one: any of the bits is enough for a check, and here all of them are asked for.
    const granted = PERMISSIONS.every(permission => checkAcl(acl, permission, proved.identities, auth))
    return granted ? 'granted' : 'not authorised'
  }

  get newestSnapshot(): TakenSnapshot | undefined {
    return this.parts.snapshots.newest
  }

  async takeSnapshot(): Promise<TakenSnapshot> {
    const { snapshots } = this.parts
    // One that is under way may lack what was written a moment ago.
    await snapshots.idle()
    await snapshots.take()
    return snapshots.newest!
  }

  get snapshotsTellZxid(): boolean {
    return this.parts.kernel.settings.serializeLastProcessedZxidEnabled
  }

  get restore(): MonitoredServer['restore'] {
    const { restorer } = this.parts
    return restorer === null ? undefined : chunks => restorer.restore(chunks)
  }

  readSnapshot(info: SnapshotInfo): AsyncIterable<Uint8Array> {
    return this.parts.snapshotter.read(info)
  }
}

function ensembleView(peer: QuorumPeer): EnsembleView {
  const { self, verifier, leading, leaderId } = peer
  const serving = peer.role !== 'looking'
  const learners = leading?.isEstablished ? [...leading.learners] : []
  return {
    myId: self,
    isLeader: peer.role === 'leading',
    leaderId,
    phase: serving ? 'broadcast' : leaderId === undefined ? 'election' : 'synchronization',
    servers: new Map(
      [...verifier.servers].map(([id, { addresses, client }]) => [
        id,
        { isVoter: verifier.voters.has(id), addresses, ...(client && { client }) },
      ]),
    ),
    observers: learners
      .filter(({ kind, phase }) => kind === 'observer' && phase === 'active')
      .map(({ id, link, acked }) => ({ id, remote: link.remote, lastZxid: acked })),
  }
}
