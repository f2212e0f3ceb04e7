/** A notification of the server. */
export interface WatchEvent {
  /** An `EventType`. */
  readonly type: number
  /** A `KeeperState`; servers send SyncConnected always. */
  readonly state: number
  /** Relative to the chroot. */
  readonly path: string
  /** The transaction that caused it; -1 from servers before 3.9. */
  readonly zxid: number
}

/** Called once for a one-shot watch, after every reply that the server sent before the event. */
export type WatchCallback = (event: WatchEvent) => void
