import { JuteWriter, putInt } from '../../jute/writer.js'
import type { Proposal } from '../../requests/proposal.js'
import { writeTxn } from '../../tree/txn.js'
import { PacketType } from '../packets/index.js'

/** Packets are cut from slabs of this size, so that a write allocates no array of its own. */
const SLAB_BYTES = 256 * 1024
/** A slab with less room than this is left to its packets. */
const SLAB_ROOM = 64 * 1024
/** Of a PROPOSAL packet before the record: type, zxid, length. */
const HEAD_BYTES = 16
/** Behind it: that there are no identities. */
const TAIL_BYTES = 4

export interface EncodedProposal {
  /** The PROPOSAL for followers. */
  readonly packet: Uint8Array
  /** The record for the log, which is a part of it. */
  readonly record: Uint8Array
}

/** Encodes a proposal once, as packet and log record in the same bytes. */
export class ProposalEncoder {
  private slab = new JuteWriter(SLAB_BYTES)

  encode({ header, txn, digest }: Proposal): EncodedProposal {
    if (this.slab.bytes.length - this.slab.position < SLAB_ROOM) this.slab = new JuteWriter(SLAB_BYTES)
    const { slab } = this
    const start = slab.position
    slab.int(PacketType.PROPOSAL)
    slab.long(header.zxid)
    slab.int(0)
    writeTxn(slab, header, txn, digest)
    putInt(slab.bytes, start + HEAD_BYTES - 4, slab.position - start - HEAD_BYTES)
    slab.int(-1)
    const packet = slab.bytes.subarray(start, slab.position)
    return { packet, record: packet.subarray(HEAD_BYTES, packet.length - TAIL_BYTES) }
  }
}
