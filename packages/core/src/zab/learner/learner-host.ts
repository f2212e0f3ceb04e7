import type { LeaderChannel } from '../../requests/leader-channel.js'
import type { Session } from '../../sessions/session.js'
import type { Zxid } from '../../zxid.js'
import type { History, Logged } from '../history.js'

/** Takes a leader's snapshot as it arrives. */
export interface SnapshotSink {
  /**
   * Takes the next bytes, which are its own from now on; true once the snapshot and its signature are complete.
   * @throws Error for bytes that are none
   */
  push(chunk: Uint8Array): boolean
  /** Goes over to it: the tree is the snapshot's, which is durable, and nothing later is on the medium. */
  install(): Promise<void>
  /**
   * The rest will not come: everything stays as it was. Resolves once nothing of it is under way on the medium; never
   * rejects.
   */
  abandon(): Promise<void>
}

/** What a learner asks of the server whose history it keeps up with its leader's. */
export interface LearnerHost {
  readonly history: History
  /** The last transaction that the tree shows. */
  readonly applied: Zxid
  /** Cuts off what comes after a zxid, out of log, snapshots and tree. Gives the last zxid that is left. */
  truncateAfter(zxid: Zxid): Promise<Zxid>
  /** Begins to receive a snapshot of this zxid in place of everything that is here. */
  receiveSnapshot(zxid: Zxid): SnapshotSink
  /** Applies what has been committed. */
  deliver(committed: readonly Logged[]): void
  /** Serves clients from now on, with this way to the leader. */
  follow(channel: LeaderChannel): void
  /** Sessions of its clients that were heard of since the last call. */
  takeTouched(): readonly Session[]
}
