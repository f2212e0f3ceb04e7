import { SlabWriter } from '../../jute/slab-writer.js'
import { putInt } from '../../jute/writer.js'
import type { Proposal } from '../../requests/proposal.js'
import { writeTxn } from '../../tree/txn.js'
import { PacketType } from '../packets/index.js'

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
  private readonly slabs = new SlabWriter()

  encode({ header, txn, digest }: Proposal): EncodedProposal {
    const writer = this.slabs.begin()
    writer.int(PacketType.PROPOSAL)
    writer.long(header.zxid)
    writer.int(0)
    writeTxn(writer, header, txn, digest)
    writer.int(-1)
    const packet = this.slabs.end()
    const record = packet.subarray(HEAD_BYTES, packet.length - TAIL_BYTES)
    putInt(packet, HEAD_BYTES - 4, record.length)
    return { packet, record }
  }
}
