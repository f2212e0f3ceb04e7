import type { Logger } from '../../seams/logger.js'
import { type Zxid, zxidHex } from '../../zxid.js'
import { encodePacket, PacketType, SNAPSHOT_SIGNATURE } from '../packets/index.js'
import type { CommittedRecord, CommittedWindow } from './committed-window.js'
import type { LeaderHost } from './leader-host.js'
import type { LearnerHandle } from './learner-handle.js'
import { differenceFromLog, type LogDifference, planSynchronisation, snapshotIsShorter } from './synchronisation.js'
import type { Turns } from './turns.js'

export interface SynchronisationParts {
  readonly learner: LearnerHandle
  /** The learner is brought up to here; what is committed later waits behind it. */
  readonly committed: Zxid
  readonly window: CommittedWindow
  readonly host: LeaderHost
  readonly logger: Logger
  readonly limits: SynchronisationLimits
  /** Called before a snapshot is made. */
  readonly completeTree?: () => void
}

/**
 * How many observers are sent a snapshot, or the log, at one time: each costs reading, memory and network. Followers
 * do not wait, since a quorum may need them (Apache: LearnerSyncThrottler).
 */
export interface SynchronisationLimits {
  readonly snapshots: Turns
  readonly logs: Turns
  /** Whoever lacks anything gets a snapshot (forceSnapshotSync). */
  readonly alwaysSnapshot: boolean
  /** How many transactions are sent out of the log, as part of the znodes (snapshotSizeFactor). */
  readonly snapshotSizeFactor: number
}

/**
 * Sends a learner what it lacks of the committed history, as fast as it takes it. Resolves when all is on its way.
 *
 * A snapshot holds at least everything up to `committed`, and what it holds beyond is not sent again.
 */
export async function sendSynchronisation(parts: SynchronisationParts): Promise<void> {
  const { learner, committed, window, host, logger, limits, completeTree } = parts
  const { link, peerLast } = learner
  const plan = limits.alwaysSnapshot ? SNAPSHOT : planSynchronisation(peerLast, committed, window)
  const snapshot = () =>
    limits.snapshots.take(() => {
      if (!learner.isGone) completeTree?.()
      return sendSnapshot(learner, committed, host, () => logger.info(fields, 'sending a snapshot'))
    }, learner.kind === 'follower')
  const fields = { learner: learner.name, from: hex(peerLast), to: hex(committed) }
  switch (plan.kind) {
    case 'diff':
      logger.info({ ...fields, count: plan.records.length }, 'sending transactions')
      link.send(encodePacket(PacketType.DIFF, committed))
      await sendRecords(learner, plan.records)
      return
    case 'truncate':
      logger.info(fields, 'having a learner cut off what was never committed')
      link.send(encodePacket(PacketType.TRUNC, plan.to))
      return
    case 'snapshot':
      await snapshot()
      return
    case 'log': {
      if (snapshotIsShorter(peerLast, committed, host.znodeCount, limits.snapshotSizeFactor)) {
        await snapshot()
        return
      }
      // A quorum may have committed what is not durable here yet.
      await host.history.settle()
      const difference = await differenceFromLog(peerLast, committed, from => host.history.read(from))
      if (difference === undefined) {
        await snapshot()
        return
      }
      const { truncateTo } = difference
      logger.info({ ...fields, truncateTo: truncateTo === null ? undefined : hex(truncateTo) }, 'sending the log')
      await limits.logs.take(() => sendLog(learner, committed, difference), learner.kind === 'follower')
    }
  }
}

const SNAPSHOT = { kind: 'snapshot' } as const

async function sendLog(learner: LearnerHandle, committed: Zxid, { truncateTo, records }: LogDifference): Promise<void> {
  const { link } = learner
  if (truncateTo === null) link.send(encodePacket(PacketType.DIFF, committed))
  else link.send(encodePacket(PacketType.TRUNC, truncateTo))
  for await (const batch of records) {
    if (learner.isGone) return
    await sendRecords(learner, batch)
  }
}

async function sendRecords(learner: LearnerHandle, records: readonly CommittedRecord[]): Promise<void> {
  const { link } = learner
  for (const { zxid, bytes } of records) {
    learner.sent++
    link.send(encodePacket(PacketType.PROPOSAL, zxid, bytes))
    if (!link.send(encodePacket(PacketType.COMMIT, zxid))) await link.drained()
  }
}

/** The tree, and what the log holds beyond it: a follower that has observers may have commits yet to apply. */
async function sendSnapshot(learner: LearnerHandle, committed: Zxid, host: LeaderHost, begun: () => void) {
  const { link } = learner
  // It may have left while it waited for its turn.
  if (learner.isGone) return
  const { zxid, body } = host.snapshot()
  const beyond = host.history.unapplied.filter(entry => entry.zxid <= committed)
  learner.broughtTo(Math.max(zxid, committed))
  begun()
  link.send(encodePacket(PacketType.SNAP, zxid))
  // A chunk may be reused by its source once the next one is asked for.
  for await (const chunk of body) {
    if (learner.isGone) return
    learner.sent++
    if (!link.send(chunk.slice())) await link.drained()
  }
  link.send(SNAPSHOT_SIGNATURE)
  await sendRecords(learner, beyond)
}

function hex(zxid: Zxid): string {
  return `0x${zxidHex(zxid)}`
}
