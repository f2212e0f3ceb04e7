import { OpCode } from '../jute/codes.js'
import { JuteReader, MarshallingError } from '../jute/reader.js'
import type { LeaderChannel } from '../requests/leader-channel.js'
import { PendingWrites } from '../requests/pending-writes.js'
import type { Proposal } from '../requests/proposal.js'
import { readWriteRequest, type WriteRequest } from '../requests/write-request.js'
import type { Identity } from '../seams/authenticator.js'
import type { Snapshotter } from '../seams/snapshotter.js'
import { NO_NODE } from '../seams/znode-store.js'
import { serverOf } from '../sessions/local-sessions.js'
import { Session } from '../sessions/session.js'
import type { DataTree } from '../tree/data-tree.js'
import { joinHalves } from '../tree/ephemeral-owner.js'
import { snapshotOf } from '../tree/snapshot-writer.js'
import { TxnReader } from '../tree/txn.js'
import type { Broadcast } from '../zab/broadcast.js'
import type { History, Logged } from '../zab/history.js'
import type { LeaderHost, OutgoingSnapshot } from '../zab/leader/leader-host.js'
import type { LearnerHost, SnapshotSink } from '../zab/learner/learner-host.js'
import type { ForwardedRequest, Revalidation } from '../zab/packets/index.js'
import type { Zxid } from '../zxid.js'
import type { Kernel } from './kernel.js'
import { dropBehindSnapshot, type LoadParts, loadState } from './load.js'
import { ReceivedSnapshot } from './received-snapshot.js'
import type { SnapshotSchedule } from './snapshots.js'

export interface ReplicaParts {
  readonly kernel: Kernel
  readonly history: History
  readonly snapshotter: Snapshotter
  readonly snapshots: SnapshotSchedule
  readonly load: LoadParts
  /** The tree is another one: whatever a server shows in it by itself has to be shown again. */
  readonly onTreeReplaced: () => void
}

/**
 * One server's copy of the ensemble's state, as the terms of leaders see it: what connects Zab's roles to kernel,
 * tree, sessions and storage.
 */
export class Replica implements LeaderHost, LearnerHost {
  /** Writes of this server's clients that are on their way to a leader and back. */
  readonly pending: PendingWrites
  private readonly reader = new TxnReader()

  constructor(private readonly parts: ReplicaParts) {
    this.pending = new PendingWrites()
  }

  get history(): History {
    return this.parts.history
  }

  get applied(): Zxid {
    return this.parts.kernel.tree.lastProcessedZxid
  }

  get znodeCount(): number {
    return this.parts.kernel.tree.store.count
  }

  hasConfiguration(version: Zxid): boolean {
    const { tree } = this.parts.kernel
    const node = tree.find('/zookeeper/config')
    if (node !== NO_NODE && tree.store.mzxid(node) >= version) return true
    return this.history.unapplied.some(({ zxid }) => zxid === version)
  }

  deliver(committed: readonly Logged[]): void {
    if (committed.length === 0) return
    // A synchronisation may bring a million at once.
    for (let from = 0; from < committed.length; from += SLICE) {
      const proposals: Proposal[] = []
      const end = Math.min(from + SLICE, committed.length)
      for (let n = from; n < end; n++) proposals.push(committed[n].proposal ?? this.decode(committed[n]))
      this.parts.kernel.deliver(proposals)
    }
  }

  private decode({ bytes }: Logged): Proposal {
    const { header, txn, digest } = this.reader.read(bytes)
    const waiting = this.pending.take(header)
    const ofSession = txn.type === OpCode.createSession || txn.type === OpCode.closeSession
    return {
      header,
      txn,
      digest,
      changes: [],
      usage: [],
      bytes: bytes.length,
      session: ofSession ? (waiting?.session ?? null) : null,
      origin: waiting?.origin ?? null,
    }
  }

  // --- as a leader

  applyUnannounced(history: readonly Logged[]): void {
    if (history.length === 0) return
    const { kernel } = this.parts
    const { tree, sessions } = kernel
    // Watches see nothing of it: clients set them again when they reconnect.
    kernel.connections.dropHeld()
    const { watches } = tree
    tree.watches = null
    for (const { bytes } of history) {
      const { header, txn } = this.reader.read(bytes)
      tree.apply(header, txn)
      const id = joinHalves(header.clientHigh, header.clientLow)
      if (txn.type === OpCode.createSession) sessions.add(id, txn.timeoutMs)
      else if (txn.type === OpCode.closeSession) sessions.remove(id)
    }
    tree.watches = watches
  }

  lead(broadcast: Broadcast): void {
    this.parts.kernel.transactions.digestCheck.resume()
    this.parts.kernel.start(broadcast)
  }

  beginReadOnly(): void {
    this.parts.kernel.beginReadOnly()
  }

  endReadOnly(): void {
    this.parts.kernel.endReadOnly()
  }

  retire(): void {
    this.parts.kernel.retire()
  }

  /** The term is over: nobody is served, and what clients were waiting for stays open. */
  async suspend(): Promise<void> {
    const { kernel, history } = this.parts
    kernel.suspend()
    this.pending.clear()
    await history.settle()
    history.endTerm(this.applied)
  }

  request({ session: id, cxid, opcode, body }: ForwardedRequest, identities: readonly Identity[], learner: object) {
    const { kernel } = this.parts
    const reader = new JuteReader(body)
    const created = opcode === OpCode.createSession
    const session = created ? new Session(id, reader.int()) : this.sessionOf(id, learner)
    if (created) kernel.sessions.own(session, learner)
    const request: WriteRequest = created
      ? { type: OpCode.createSession, timeoutMs: session.timeoutMs }
      : readForwarded(opcode, reader)
    kernel.write(request, session, identities, cxid, null, learner)
  }

  /** What is not known here may be a local session of the learner, but not one that was given out here. */
  private sessionOf(id: bigint, learner: object): Session {
    const { sessions, local, settings } = this.parts.kernel
    const known = sessions.find(id)
    if (known !== undefined) return known
    const session = new Session(id, 0)
    if (local.enabled && serverOf(id) !== settings.serverId) {
      session.kind = 'local'
      sessions.own(session, learner)
    } else session.over = true
    return session
  }

  touch(id: bigint, timeoutMs: number): void {
    const { sessions } = this.parts.kernel
    const session = sessions.get(id)
    if (session === undefined || session.closing) return
    session.timeoutMs = timeoutMs
    sessions.touch(session)
  }

  revalidate({ session: id, timeoutMs, isHeld }: Revalidation, learner: object): boolean {
    const { sessions } = this.parts.kernel
    // One that is about to be global may have moved before it was.
    const session = sessions.find(id)
    if (session === undefined || session.closing) return false
    // Its client has come to another server since: what it had sent before must not follow what it sends now.
    if (isHeld && session.isClaimed && session.owner !== learner) return false
    session.connection?.sessionGone()
    sessions.own(session, learner)
    session.timeoutMs = timeoutMs
    if (sessions.get(id) === session) sessions.touch(session)
    return true
  }

  snapshot(): OutgoingSnapshot {
    const { kernel } = this.parts
    const { tree, sessions } = kernel
    const zxid = tree.lastProcessedZxid
    const content = {
      sessions: [...sessions.all()].map(({ id, timeoutMs }) => [id, timeoutMs] as const),
      zxid,
      withDigest: false,
      withLastProcessedZxid: false,
    }
    return { zxid, body: snapshotOf(tree, tree.store, content, kernel.clock).body }
  }

  // --- as a learner

  follow(channel: LeaderChannel): void {
    // All that the leader had applied when its snapshot ended has come before UPTODATE.
    this.parts.kernel.transactions.digestCheck.resume()
    this.parts.kernel.follow(channel)
  }

  takeTouched(): readonly Session[] {
    return this.parts.kernel.sessions.takeTouched()
  }

  truncateAfter(zxid: Zxid): Promise<Zxid> {
    return this.orStop(this.cutAfter(zxid))
  }

  private async cutAfter(zxid: Zxid): Promise<Zxid> {
    const { history, snapshotter, snapshots, load, kernel } = this.parts
    await snapshots.idle()
    // First: a snapshot that outlived the log it was made from would be the newest at the next start.
    await snapshotter.discardAfter(zxid)
    const lastInLog = await history.truncateAfter(zxid)
    if (this.applied <= zxid) {
      const last = Math.max(lastInLog, this.applied)
      history.continueFrom(last)
      return last
    }
    const state = await loadState(load)
    this.replaceTree(state.tree, state.sessions)
    kernel.transactions.digestCheck.reset()
    history.reloadedAt(this.applied)
    return this.applied
  }

  receiveSnapshot(zxid: Zxid): SnapshotSink {
    return new ReceivedSnapshot(zxid, this.parts, snapshot => this.orStop(this.install(snapshot)))
  }

  /** Durable once resolved. A crash on the way leaves what was here before, without what the leader does not have. */
  private async install(snapshot: ReceivedSnapshot): Promise<void> {
    const { kernel, history, snapshotter, snapshots } = this.parts
    const { tree } = snapshot
    const zxid = tree.lastProcessedZxid
    if (!(await snapshot.storesMeanwhile())) {
      await snapshots.idle()
      await snapshotter.discardAfter(zxid)
    }
    const lastInLog = await history.truncateAfter(zxid)
    // Not before: beside what the leader has not, its snapshot would make a history that never was.
    const stored = await snapshot.store()
    this.replaceTree(tree, snapshot.sessions)
    kernel.transactions.digestCheck.suspend()
    history.reloadedAt(zxid)
    if (!stored) await snapshots.take()
    if (lastInLog < zxid) await dropBehindSnapshot(history, snapshotter)
  }

  /**
   * Half of one history and half of another is no history to stand for in an election, nor to append to: where this
   * server's cannot be made its leader's, it stops, as Apache's exit.
   */
  private async orStop<T>(step: Promise<T>): Promise<T> {
    try {
      return await step
    } catch (error) {
      this.parts.kernel.failed(error as Error)
      throw error
    }
  }

  private replaceTree(tree: DataTree, sessions: ReadonlyMap<bigint, number>): void {
    const { kernel, onTreeReplaced } = this.parts
    // Watches saw nothing of how this tree came about: clients set them again when they reconnect.
    kernel.connections.dropHeld()
    kernel.tree.adopt(tree)
    kernel.sessions.replaceAll(sessions)
    onTreeReplaced()
  }
}

/** Transactions that are decoded together. */
const SLICE = 512

/** What cannot be read is answered MarshallingError, in a transaction of its own: the learner waits for one. */
function readForwarded(opcode: number, reader: JuteReader): WriteRequest {
  try {
    return readWriteRequest(opcode, reader)
  } catch (error) {
    if (error instanceof MarshallingError) return { type: OpCode.error }
    throw error
  }
}
