import type { Random } from '@menagerie/core'
import { type ACL, type SetWatches, type SetWatches2, type Stat, Xid } from '@menagerie/core/jute'
import type { Observable } from 'rxjs'
import { ClientBase, watcherOf } from './client-base.js'
import type { CreateOptions, RawOptions, ReadOptions, RequestOptions } from './client-options.js'
import type { TreeChange } from './known-tree.js'
import { Multi, MultiRead } from './multi.js'
import type { BatchTarget } from './multi-wire.js'
import {
  ADD_WATCH,
  CHECK_WATCHES,
  createExtra,
  createOperation,
  createWithStatOperation,
  DELETE,
  EXISTS,
  GET_ACL,
  GET_ALL_CHILDREN_NUMBER,
  GET_CHILDREN,
  GET_CHILDREN2,
  GET_DATA,
  GET_EPHEMERALS,
  type RawReply,
  RECONFIG,
  REMOVE_WATCHES,
  type ReconfigChange,
  rawOperation,
  SET_ACL,
  SET_DATA,
  SET_WATCHES,
  SET_WATCHES2,
  SYNC,
} from './operations/index.js'
import { PersistentWatch } from './persistent-watch.js'
import { protectedPath, protectedPathAndStat } from './protected-create.js'
import { Reads } from './reads.js'
import { type Operation, Request } from './request.js'
import type { Session } from './session.js'
import { Transaction } from './transaction.js'
import { type WatchOptions, watchStream } from './watch-stream.js'

const CONFIG_NODE = '/zookeeper/config'

/**
 * One session with a server of Menagerie or Apache ZooKeeper.
 *
 * Requests may be handed in without awaiting earlier ones: they are sent together at the end of the
 * turn, carried out in order, and their promises settle in that order, with watch events at the place
 * where the server sent them. Paths are relative to the chroot. Every method rejects with a
 * {@link KeeperError}: a refusal of the server, {@link ConnectionLossError}, {@link SessionExpiredError},
 * {@link AuthFailedError} or {@link ClientClosedError}. A path that can name no znode, and a version, mode or time that
 * cannot be, is refused with {@link BadArgumentsError} before anything is sent; what has another type than it should
 * (a string for bytes), with a TypeError. What is handed in with a signal that is aborted already is not sent.
 *
 * While the client is `suspended` requests wait for the next connection, and fail with
 * ConnectionLossError when no server of the list can be reached.
 */
export class Client extends ClientBase {
  readonly #batches: BatchTarget
  readonly #random: Random

  /** @internal Use `connect`. */
  constructor(session: Session, chroot: string, random: Random) {
    super(session, chroot)
    this.#random = random
    this.#batches = {
      part: (operation, path, data, number, extra) => this.part(operation, path, data, number, extra, null),
      submit: (operation, parts, options) => {
        const request = new Request(operation, '', null, 0, [...parts], null, chroot.length)
        return session.submit(request, options?.signal)
      },
    }
  }

  // --- znodes

  /** Creates a znode and returns its path, with the sequence number that the mode may have added. */
  create(path: string, data: Uint8Array | null = null, options?: CreateOptions): Promise<string> {
    if (options?.protect === true) return protectedPath(this, this.#random, path, data, options)
    const mode = options?.mode ?? 0
    return this.submit(createOperation(mode), path, data, mode, createExtra(options), options)
  }

  /** As {@link create}, with the new znode's Stat. */
  createWithStat(
    path: string,
    data: Uint8Array | null = null,
    options?: CreateOptions,
  ): Promise<{ path: string; stat: Stat }> {
    if (options?.protect === true) return protectedPathAndStat(this, this.#random, path, data, options)
    const mode = options?.mode ?? 0
    return this.submit(createWithStatOperation(mode), path, data, mode, createExtra(options), options)
  }

  /** @param version the one it must have; -1 for any. */
  delete(path: string, version = -1, options?: RequestOptions): Promise<void> {
    return this.submit(DELETE, path, null, version, null, options)
  }

  /** The znode's Stat, or null if there is none. A watch is left either way. */
  exists(path: string, options?: ReadOptions): Promise<Stat | null> {
    return this.read(EXISTS, path, options)
  }

  /** Data and Stat. @throws NoNodeError */
  getData(path: string, options?: ReadOptions): Promise<{ data: Uint8Array | null; stat: Stat }> {
    return this.read(GET_DATA, path, options)
  }

  /** @param version the one it must have; -1 for any. */
  setData(path: string, data: Uint8Array | null, version = -1, options?: RequestOptions): Promise<Stat> {
    return this.submit(SET_DATA, path, data, version, null, options)
  }

  /** The access rules, and the Stat with their version (`aversion`). @throws NoNodeError */
  getACL(path: string, options?: RequestOptions): Promise<{ acl: ACL[]; stat: Stat }> {
    return this.submit(GET_ACL, path, null, 0, null, options)
  }

  /** @param version the ACL's (`aversion`) that it must have; -1 for any. */
  setACL(path: string, acl: readonly ACL[], version = -1, options?: RequestOptions): Promise<Stat> {
    return this.submit(SET_ACL, path, null, version, acl, options)
  }

  /** Names, in no particular order. */
  getChildren(path: string, options?: ReadOptions): Promise<string[]> {
    return this.read(GET_CHILDREN, path, options)
  }

  /** As {@link getChildren}, with the Stat of the parent. @throws NoNodeError */
  getChildrenWithStat(path: string, options?: ReadOptions): Promise<{ children: string[]; stat: Stat }> {
    return this.read(GET_CHILDREN2, path, options)
  }

  /** All znodes below the path, at any depth (servers since 3.6). */
  getAllChildrenNumber(path: string, options?: RequestOptions): Promise<number> {
    return this.submit(GET_ALL_CHILDREN_NUMBER, path, null, 0, null, options)
  }

  /** This session's ephemeral znodes whose paths begin so (servers since 3.6). */
  getEphemerals(prefix = '/', options?: RequestOptions): Promise<string[]> {
    return this.submit(GET_EPHEMERALS, prefix, null, 0, null, options)
  }

  /** Lets the server catch up: later reads see what was committed when the leader got this. Returns the path. */
  sync(path = '/', options?: RequestOptions): Promise<string> {
    return this.submit(SYNC, path, null, 0, null, options)
  }

  /** Starts a transaction: writes that happen together or not at all. */
  transaction(): Transaction {
    return new Transaction(this.#batches)
  }

  /** Starts a bundle of reads, which travel as one request and succeed or fail each by itself (servers since 3.6). */
  reads(): Reads {
    return new Reads(this.#batches)
  }

  /** As {@link transaction}, with a tag in each result that says its type. */
  multi(): Multi {
    return new Multi(this.#batches)
  }

  /** As {@link reads}, with a tag in each result that says its type. */
  multiRead(): MultiRead {
    return new MultiRead(this.#batches)
  }

  // --- watches

  /**
   * Watches until removed (servers since 3.6): the znode, or with mode PersistentRecursive everything
   * from it downwards, whether it exists or not. Resolves when the watch stands, ahead of its first
   * event: whoever subscribes to `events$` right after awaiting this misses none.
   * @param mode an `AddWatchMode`
   */
  addWatch(path: string, mode: number, options?: RequestOptions): Promise<PersistentWatch> {
    const agreed = ({ path: serverPath }: Request) => {
      const watch = new PersistentWatch(this.inner, path, serverPath, mode)
      watch.register()
      // Whoever asked for it is gone.
      if (options?.signal?.aborted) watch.remove().catch(() => {})
      return watch
    }
    return this.submit(ADD_WATCH as Operation<PersistentWatch>, path, null, mode, agreed, options)
  }

  /**
   * What changes at the znode, or with `recursive` at it and everything below, from the subscription until it
   * ends. No change is missed across reconnects, nor across a renewed session: the tree is
   * read again then, and compared with what was announced. Changes that fell together in between are announced
   * as one: several of the data as one `changed`; a znode that came and went not at all; one that was deleted
   * and created again as both. Each znode's changes alternate as they can happen, a parent is created before
   * its children and deleted after them. Without `recursive`, `children` says that a child came or went.
   *
   * Costs one small record of memory for each znode watched, and one read of each after every reconnect. Servers
   * before 3.6 know no persistent watches: there it costs two one-shot watches for each znode, and one read or two
   * for every change, changes in quick succession fall together, and those before the first reading is
   * complete are not announced.
   * Completes when the client is closed. Errors with SessionExpiredError when the session has expired for good,
   * with AuthFailedError when the client's credentials were refused, and with the refusal if the server refuses the watch.
   */
  watch$(path: string, options: WatchOptions = {}): Observable<TreeChange> {
    return watchStream(this, path, options)
  }

  /**
   * Removes all watches of a kind that this session has at the path. @throws NoWatcherError
   * @param type a `WatcherType`
   */
  removeWatches(path: string, type: number, options?: RequestOptions): Promise<void> {
    const agreed = (request: Request) => this.inner.watches.removed(request.path, type)
    return this.submit(REMOVE_WATCHES as Operation<void>, path, null, type, agreed, options)
  }

  /**
   * Asks whether this session has a watch of a kind at the path. @throws NoWatcherError
   * @param type a `WatcherType`
   */
  checkWatches(path: string, type: number, options?: RequestOptions): Promise<void> {
    return this.submit(CHECK_WATCHES, path, null, type, null, options)
  }

  /**
   * Sets watches as of an earlier transaction, by hand: what has changed since is told as events. The
   * client does this by itself after a reconnect. Paths are sent as they are, without the chroot.
   */
  setWatches(watches: SetWatches, options?: RequestOptions): Promise<void> {
    const request = new Request(SET_WATCHES, '', null, 0, watches, null, 0)
    return this.inner.submit(request, options?.signal, Xid.setWatches)
  }

  /** As {@link setWatches}, persistent watches included (servers since 3.6). */
  setWatches2(watches: SetWatches2, options?: RequestOptions): Promise<void> {
    const request = new Request(SET_WATCHES2, '', null, 0, watches, null, 0)
    return this.inner.submit(request, options?.signal, Xid.setWatches)
  }

  // --- the ensemble

  /** The ensemble's configuration. The chroot does not apply. */
  getConfig(options?: ReadOptions): Promise<{ data: Uint8Array | null; stat: Stat }> {
    const request = new Request(GET_DATA, CONFIG_NODE, null, 0, null, watcherOf(options), 0)
    return this.inner.submit(request, options?.signal)
  }

  /** Changes the ensemble and returns the new configuration. */
  reconfig(change: ReconfigChange, options?: RequestOptions): Promise<{ data: Uint8Array | null; stat: Stat }> {
    return this.inner.submit(new Request(RECONFIG, '', null, 0, change, null, 0), options?.signal)
  }

  /**
   * Sends any opcode with any body, and resolves with the reply as it came, error codes included. For
   * tools and tests: paths are as the server sees them, and watches so left are not known to the client.
   */
  request(opcode: number, body: Uint8Array, options?: RawOptions): Promise<RawReply> {
    const request = new Request(rawOperation(opcode), '', null, 0, body, null, 0)
    return this.inner.submit(request, options?.signal, options?.xid)
  }
}
