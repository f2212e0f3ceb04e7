import { MenagerieError } from '../../errors.js'
import type { Logger } from '../../seams/logger.js'
import { type Zxid, zxidHex } from '../../zxid.js'
import { PacketType, type QuorumPacket } from '../packets/index.js'
import type { LearnerHost, SnapshotSink } from './learner-host.js'

/**
 * How a learner's history becomes its leader's: nothing of it is cut, or what the leader has not is, or a snapshot takes
 * its place. Transactions that follow are not seen here.
 */
export class CatchingUp {
  private sink: SnapshotSink | null = null
  private snapshot: Zxid = -1

  constructor(private readonly parts: { readonly host: LearnerHost; readonly logger: Logger }) {}

  /** The snapshot that this term brought; -1 without one. */
  get snapshotZxid(): Zxid {
    return this.snapshot
  }

  /** Whether what comes is part of a snapshot, rather than a packet. */
  get takesSnapshot(): boolean {
    return this.sink !== null
  }

  /** DIFF, TRUNC or SNAP. */
  begin({ type, zxid }: QuorumPacket): Promise<void> | undefined {
    const { host, logger } = this.parts
    const { history } = host
    switch (type) {
      case PacketType.DIFF:
        logger.info({ from: hex(history.logged), to: hex(zxid) }, 'getting transactions from the leader')
        // The leader has found the last one here in its history, and with it all before it.
        history.commitThrough(history.logged)
        return undefined
      case PacketType.TRUNC:
        logger.warn({ after: hex(zxid), last: hex(history.logged) }, 'cutting off what the leader has not')
        return this.truncate(zxid)
      default:
        logger.info({ zxid: hex(zxid) }, 'getting a snapshot from the leader')
        this.snapshot = zxid
        this.sink = host.receiveSnapshot(zxid)
        return undefined
    }
  }

  private async truncate(zxid: Zxid): Promise<void> {
    const { host } = this.parts
    const last = await host.truncateAfter(zxid)
    if (last !== zxid) {
      // The log could not be cut where the leader thought. Joining again tells it where this server stands.
      throw new MenagerieError('ZAB_PROTOCOL', `the log ends at ${hex(last)} after it was cut at ${hex(zxid)}`)
    }
    host.history.commitThrough(zxid)
  }

  /** The next bytes of the snapshot; the last of them install it. */
  snapshotChunk(chunk: Uint8Array): Promise<void> | undefined {
    const { sink } = this
    if (sink === null || !sink.push(chunk)) return undefined
    this.sink = null
    return sink.install()
  }

  /** The term is over. Resolves once nothing of a snapshot that has not come to its end is under way. */
  async end(): Promise<void> {
    await this.sink?.abandon()
  }
}

function hex(zxid: Zxid): string {
  return `0x${zxidHex(zxid)}`
}
