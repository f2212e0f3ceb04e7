import { OpCode } from '../../jute/codes.js'
import type { Id } from '../../jute/records.js'
import { SlabWriter } from '../../jute/slab-writer.js'
import type { ForwardedWrite, LeaderChannel } from '../../requests/leader-channel.js'
import type { PendingWrites } from '../../requests/pending-writes.js'
import type { PeerLink } from '../../seams/peer-transport.js'
import type { Session } from '../../sessions/session.js'
import type { Upstream } from '../observer-master/upstream.js'
import {
  decodeValidity,
  encodePacket,
  encodeRevalidation,
  type ForwardedRequest,
  PacketType,
  type QuorumPacket,
  writeRequest,
} from '../packets/index.js'

const NOTHING = new Uint8Array(0)

/**
 * What the clients of a learner, and observers behind it, want of the leader, by the link to it. Answers come in the order of the questions:
 * those about one session in theirs, those to syncs in theirs.
 */
export class LeaderRequests implements LeaderChannel, Upstream {
  private readonly revalidations = new Map<bigint, ((valid: boolean) => void)[]>()
  private readonly syncs: (() => void)[] = []
  private readonly slabs = new SlabWriter()

  constructor(
    private readonly link: PeerLink,
    private readonly pending: PendingWrites,
  ) {}

  forward({ opcode, cxid, body, session, identities, origin }: ForwardedWrite): void {
    this.pending.add({ session, cxid, origin })
    // Apache sends the end of a session without a record.
    const request = { session: session.id, cxid, opcode, body: opcode === OpCode.closeSession ? NOTHING : body }
    this.request(request, identities)
    if (this.pending.isSingle) this.link.expectAnswer?.()
  }

  revalidate(session: bigint, timeoutMs: number, isHeld: boolean, answer: (valid: boolean) => void): void {
    const asked = this.revalidations.get(session)
    if (asked === undefined) this.revalidations.set(session, [answer])
    else asked.push(answer)
    this.link.send(encodePacket(PacketType.REVALIDATE, -1, encodeRevalidation({ session, timeoutMs, isHeld })))
  }

  sync(session: Session, cxid: number, body: Uint8Array, released: () => void): void {
    this.passSync({ session: session.id, cxid, opcode: OpCode.sync, body }, released)
  }

  request(request: ForwardedRequest, authInfo: readonly Id[] | null): void {
    writeRequest(this.slabs.begin(), request, authInfo)
    this.link.send(this.slabs.end())
  }

  passSync(request: ForwardedRequest, released: () => void): void {
    this.syncs.push(released)
    this.request(request, null)
  }

  /** The leader answers whether a session lives. @throws MarshallingError */
  revalidated(packet: QuorumPacket): void {
    const { session, valid } = decodeValidity(packet.data)
    const asked = this.revalidations.get(session)
    const answer = asked?.shift()
    if (asked?.length === 0) this.revalidations.delete(session)
    answer?.(valid)
  }

  /** The leader releases the sync that it was asked for first. */
  synced(): void {
    this.syncs.shift()?.()
  }
}
