import type { PeerLink, ServerId } from '../../seams/peer-transport.js'
import type { Pauses } from './pauses.js'
import type { QuorumPeerOptions } from './quorum-peer-options.js'

/** Between two attempts to reach an elected leader, which may still be on its way to lead. */
const CONNECT_RETRY_MS = 50
const CONNECT_ATTEMPTS_MAX = 20
/**
 * How long attempts that fail may take in all. A leader on its way refuses connections, which takes no time; one that lets
 * them wait does not hear what is sent to it, although its votes still arrive. The next election does without it.
 */
const SILENCE_MAX_MS = 1000

export type WayToLeaderOptions = Pick<
  QuorumPeerOptions,
  'transport' | 'membership' | 'observerMasters' | 'connectRetryMs' | 'clock' | 'logger'
>

export interface Way {
  readonly link: PeerLink
  /** The follower that it leads to, rather than to the leader itself. */
  readonly master: ServerId | undefined
}

/** How a server that is not the leader comes to what the leader says: from it, or of an observer from a follower. */
export class WayToLeader {
  constructor(
    private readonly options: WayToLeaderOptions,
    private readonly pauses: Pauses,
  ) {}

  /** Undefined where nobody can be reached, or the server is stopping. */
  async find(kind: 'follower' | 'observer', leader: ServerId): Promise<Way | undefined> {
    const byMaster = kind === 'observer' ? await this.byMaster(leader) : undefined
    if (byMaster !== undefined) return byMaster
    const link = await this.toLeader(leader)
    return link && { link, master: undefined }
  }

  private async byMaster(leader: ServerId): Promise<Way | undefined> {
    const { observerMasters, membership, transport, logger } = this.options
    if (observerMasters === undefined) return undefined
    const { rotation } = observerMasters
    for (const id of rotation.candidates(membership.current.voters, leader)) {
      if (this.pauses.areOver) return undefined
      rotation.used(id)
      try {
        const link = await transport.connect(id, 'observer-master')
        logger.info({ master: id, leader }, 'observes by way of a follower')
        return { link, master: id }
      } catch (error) {
        logger.info({ server: id, error: String(error) }, 'cannot observe by way of this server')
      }
    }
    return undefined
  }

  private async toLeader(leader: ServerId): Promise<PeerLink | undefined> {
    const { transport, clock, logger, connectRetryMs = CONNECT_RETRY_MS } = this.options
    let silentMs = 0
    for (let attempt = 1; !this.pauses.areOver; attempt++) {
      const begun = clock.monotonic()
      try {
        return await transport.connect(leader)
      } catch (error) {
        silentMs += clock.monotonic() - begun
        if (attempt === CONNECT_ATTEMPTS_MAX || silentMs >= SILENCE_MAX_MS) {
          logger.warn({ leader, error: String(error) }, 'cannot reach the leader')
          return undefined
        }
        await this.pauses.wait(connectRetryMs)
      }
    }
    return undefined
  }
}
