import type { ACL } from '@menagerie/core/jute'
import type { WatchCallback } from './watch-event.js'

/** Common to all operations. */
export interface RequestOptions {
  /**
   * Stops waiting: the promise rejects with the signal's reason. A request that has left cannot be called
   * back, so the server may carry it out all the same.
   */
  readonly signal?: AbortSignal
}

/** For reads that can leave a watch. */
export interface ReadOptions extends RequestOptions {
  /**
   * Leaves a one-shot watch at the server. With a callback, it is told of the event; with `true` the
   * event shows in `events$` only. The watch survives reconnects.
   */
  readonly watch?: WatchCallback | boolean
}

/** For creates. */
export interface CreateOptions extends RequestOptions {
  /** A `CreateMode`. Default PERSISTENT. */
  readonly mode?: number
  /** Default: everybody may do everything. */
  readonly acl?: readonly ACL[] | null
  /**
   * Survive lost replies: the name gets a random prefix (`_c_<uuid>-`, as Curator's), by which the client
   * finds the znode again when the connection broke before the reply, instead of creating a second one or
   * giving up. The request is repeated for as long as the session lives, through losses of the connection
   * and timeouts. When `signal` calls it off, the znode is deleted should it have come to be. Default false.
   */
  readonly protect?: boolean
  /** For the TTL modes: how long a znode without children may stay unchanged. */
  readonly ttlMs?: number
}

/** An opcode by hand. */
export interface RawOptions extends RequestOptions {
  /** Default: the next ordinary xid. The reserved ones (-2, -4, -8) are answered in an order of their own. */
  readonly xid?: number
}
