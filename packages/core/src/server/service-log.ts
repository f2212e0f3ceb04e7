import type { Subscription } from 'rxjs'
import type { Cancel, Clock } from '../seams/clock.js'
import type { Logger } from '../seams/logger.js'
import type { PeerTransport, ServerId } from '../seams/peer-transport.js'
import type { QuorumPeer } from '../zab/peer/quorum-peer.js'
import type { PeerRole } from '../zab/peer/quorum-peer-options.js'
import { zxidHex } from '../zxid.js'
import type { Kernel } from './kernel.js'

export interface ServiceLogParts {
  readonly logger: Logger
  readonly clock: Clock
  readonly kernel: Pick<Kernel, 'isServing' | 'lastZxid'>
  readonly member: Pick<QuorumPeer, 'self' | 'role$' | 'leaderId' | 'verifier' | 'initLimit'>
  readonly votes$: PeerTransport['votes$']
  readonly tickTimeMs: number
}

/**
 * Says in the log when a member of an ensemble begins to serve clients and, for as long as it serves none, every
 * initLimit ticks what it waits for: a server that only loaded its data looks the same from outside as one that hangs.
 * Ends with the member's roles.
 */
export class ServiceLog {
  private readonly votes: Subscription
  /** Who has sent a vote since there is no leader. */
  private readonly heard = new Set<ServerId>()
  private cancel: Cancel | undefined
  private lookingSince = 0

  constructor(private readonly parts: ServiceLogParts) {
    this.votes = parts.votes$.subscribe(({ from }) => this.heard.add(from))
    // Not one subscription for both: the votes may complete before the roles.
    parts.member.role$.subscribe({ next: role => this.turned(role), complete: () => this.stop() })
  }

  private stop(): void {
    this.cancel?.()
    this.votes.unsubscribe()
  }

  private turned(role: PeerRole): void {
    const { clock, kernel, member, logger } = this.parts
    this.cancel?.()
    if (role === 'looking') {
      this.lookingSince = clock.monotonic()
      this.heard.clear()
      this.remind()
      return
    }
    if (!kernel.isServing) return
    const fields = { role, leader: member.leaderId, zxid: `0x${zxidHex(kernel.lastZxid)}` }
    logger.info(fields, `serving as ${NOUNS[role]}`)
  }

  private remind(): void {
    const { clock, member, tickTimeMs } = this.parts
    this.cancel = clock.schedule(member.initLimit * tickTimeMs, () => {
      this.sayWhatIsMissing()
      this.remind()
    })
  }

  private sayWhatIsMissing(): void {
    const { clock, kernel, logger, member } = this.parts
    const seconds = Math.round((clock.monotonic() - this.lookingSince) / 1000)
    const served = kernel.isServing ? 'clients can only read' : 'no client is served'
    logger.warn({ seconds, leader: member.leaderId }, `${served} for ${seconds} s: ${this.missing()}`)
  }

  private missing(): string {
    const { leaderId, self, verifier } = this.parts.member
    if (leaderId === self) return 'this server is elected, and waits for a quorum to come into step with it'
    if (leaderId !== undefined) return `this server is coming into step with its leader, server ${leaderId}`
    const heard = [...this.heard].filter(id => id !== self).sort((a, b) => a - b)
    const voters = [...verifier.voters].sort((a, b) => a - b).join(', ')
    const from = heard.length === 0 ? 'nobody' : heard.join(', ')
    return `there is no leader, which takes a quorum of the servers ${voters} that reach each other; heard meanwhile: ${from}`
  }
}

const NOUNS: Record<Exclude<PeerRole, 'looking'>, string> = {
  leading: 'leader',
  following: 'follower',
  observing: 'observer',
}
