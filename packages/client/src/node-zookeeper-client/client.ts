import assert from 'node:assert'
import { EventEmitter } from 'node:events'
import type { Client as InnerClient } from '../client.js'
import { withRetries } from '../retry.js'
import type { WatchCallback } from '../watch-event.js'
import { aclOf, callbackOf, checkData, checkPath, createArguments, versionOf } from './arguments.js'
import { Connection } from './connection.js'
import { Exception, exceptionOf } from './exception.js'
import { long, type Stat, statOf } from './stat.js'
import { Transaction } from './transaction.js'
import { ACL, Event, Id, State } from './values.js'

/** `error` is null or undefined where all went well. */
export type Callback<R extends [] | unknown[] = []> = (
  error: Exception | null | undefined,
  ...results: Partial<R>
) => void
/** Hears of one event. */
export type Watcher = (event: Event) => void

/** Options of createClient. */
export interface Options {
  /** In milliseconds. Default 30000. */
  readonly sessionTimeout?: number
  /** Between attempts to connect for the first time, in milliseconds. Default 1000. */
  readonly spinDelay?: number
  /** How often a request is repeated whose connection was lost. Default 0. */
  readonly retries?: number
}

const STATE_EVENTS = new Map<State, string>([
  [State.DISCONNECTED, 'disconnected'],
  [State.SYNC_CONNECTED, 'connected'],
  [State.CONNECTED_READ_ONLY, 'connectedReadOnly'],
  [State.EXPIRED, 'expired'],
  [State.AUTH_FAILED, 'authenticationFailed'],
])

/**
 * node-zookeeper-client's Client on top of this package's. Emits `state`, and `connected`, `disconnected`,
 * `connectedReadOnly`, `expired` and `authenticationFailed`.
 */
export class Client extends EventEmitter {
  readonly #connection: Connection
  readonly #retries: number
  readonly #sessionTimeout: number
  /** So that a watcher given twice for a znode is told once. */
  readonly #callbacks = new WeakMap<Watcher, WatchCallback>()
  #state = State.DISCONNECTED

  /** Nothing is dialled before {@link connect}. */
  constructor(connectionString: string, options: Options = {}) {
    super()
    assert(connectionString && typeof connectionString === 'string', 'connectionString must be an non-empty string.')
    assert(typeof options === 'object', 'options must be a valid object')
    this.#retries = options.retries ?? 0
    this.#sessionTimeout = options.sessionTimeout ?? 30_000
    const settings = { sessionTimeoutMs: this.#sessionTimeout, spinDelayMs: options.spinDelay ?? 1000 }
    this.#connection = new Connection(connectionString, settings, state => this.#become(state))
  }

  /** Begins to connect; event `connected` tells of success. */
  connect(): void {
    this.#connection.start()
  }

  /** Ends the session and the connection. */
  close(): void {
    void this.#connection.close()
  }

  /** How the connection stands. */
  getState(): State {
    return this.#state
  }

  /** 8 bytes. */
  getSessionId(): Buffer {
    return long(this.#connection.client?.session.id ?? 0)
  }

  /** 16 bytes. */
  getSessionPassword(): Buffer {
    return Buffer.from(this.#connection.client?.session.password ?? Buffer.alloc(16))
  }

  /** As negotiated, in milliseconds. */
  getSessionTimeout(): number {
    return this.#connection.client?.session.timeoutMs ?? this.#sessionTimeout
  }

  /** Presents a credential, now and on every later connection. */
  addAuthInfo(scheme: string, auth: Buffer): void {
    assert(scheme && typeof scheme === 'string', 'scheme must be a non-empty string.')
    assert(Buffer.isBuffer(auth), 'auth must be a valid instance of Buffer')
    this.#connection.addAuth({ scheme, credential: Uint8Array.from(auth) })
  }

  /** Creates a znode. The callback gets its path. */
  create(path: string, callback: Callback<[path: string]>): void
  /** Creates a znode. The callback gets its path. */
  create(path: string, data: Buffer | ACL[] | number | null | undefined, callback: Callback<[path: string]>): void
  /** Creates a znode. The callback gets its path. */
  create(
    path: string,
    data: Buffer | ACL[] | null | undefined,
    acls: ACL[] | number | null | undefined,
    callback: Callback<[path: string]>,
  ): void
  /** Creates a znode. The callback gets its path. */
  create(
    path: string,
    data: Buffer | null | undefined,
    acls: ACL[] | null | undefined,
    mode: number,
    callback: Callback<[path: string]>,
  ): void
  /** Creates a znode. The callback gets its path. */
  create(path: string, ...given: unknown[]): void {
    checkPath(path)
    const callback = callbackOf<Callback<[string]>>(...given)
    const { data, acl, mode } = createArguments(given)
    this.#run(
      client => client.create(path, data, { acl, mode }),
      callback,
      created => [created],
    )
  }

  /** Deletes a znode; version -1 for any. */
  remove(path: string, callback: Callback): void
  /** Deletes a znode; version -1 for any. */
  remove(path: string, version: number, callback: Callback): void
  /** Deletes a znode; version -1 for any. */
  remove(path: string, version: number | Callback, callback?: Callback): void {
    checkPath(path)
    const wanted = versionOf(version)
    this.#run(
      client => client.delete(path, wanted),
      callbackOf<Callback>(version, callback),
      () => [],
    )
  }

  /** The znode and everything below it. */
  removeRecursive(path: string, callback: Callback): void
  /** Deletes a znode with everything below it. */
  removeRecursive(path: string, version: number, callback: Callback): void
  /** Deletes a znode with everything below it. */
  removeRecursive(path: string, version: number | Callback, callback?: Callback): void {
    checkPath(path)
    const wanted = versionOf(version)
    const work = async (client: InnerClient) => {
      for (const gone of (await subTree(client, path)).reverse()) await deleteIfThere(client, gone, wanted)
    }
    this.#run(work, callbackOf<Callback>(version, callback), () => [])
  }

  /** The callback gets the Stat, or null if there is no such znode. */
  exists(path: string, callback: Callback<[stat: Stat | null]>): void
  /** The callback gets the Stat, or null if there is no such znode. */
  exists(path: string, watcher: Watcher | undefined, callback: Callback<[stat: Stat | null]>): void
  /** The callback gets the Stat, or null if there is no such znode. */
  exists(path: string, watcher: unknown, callback?: unknown): void {
    checkPath(path)
    const watch = this.#watch(watcher, callback)
    const tell = callbackOf<Callback<[Stat | null]>>(watcher, callback)
    this.#run(
      client => client.exists(path, { watch }),
      tell,
      stat => [stat && statOf(stat)],
    )
  }

  /** The callback gets data and Stat. */
  getData(path: string, callback: Callback<[data: Buffer | undefined, stat: Stat]>): void
  /** The callback gets data and Stat. */
  getData(path: string, watcher: Watcher | undefined, callback: Callback<[data: Buffer | undefined, stat: Stat]>): void
  /** The callback gets data and Stat. */
  getData(path: string, watcher: unknown, callback?: unknown): void {
    checkPath(path)
    const watch = this.#watch(watcher, callback)
    const tell = callbackOf<Callback<[Buffer | undefined, Stat]>>(watcher, callback)
    this.#run(
      client => client.getData(path, { watch }),
      tell,
      ({ data, stat }) => [data === null ? undefined : bufferOf(data), statOf(stat)],
    )
  }

  /** The callback gets the names of the children and the Stat of the parent. */
  getChildren(path: string, callback: Callback<[children: string[], stat: Stat]>): void
  /** The callback gets the names of the children and the Stat of the parent. */
  getChildren(path: string, watcher: Watcher | undefined, callback: Callback<[children: string[], stat: Stat]>): void
  /** The callback gets the names of the children and the Stat of the parent. */
  getChildren(path: string, watcher: unknown, callback?: unknown): void {
    checkPath(path)
    const watch = this.#watch(watcher, callback)
    const tell = callbackOf<Callback<[string[], Stat]>>(watcher, callback)
    this.#run(
      client => client.getChildrenWithStat(path, { watch }),
      tell,
      ({ children, stat }) => [children, statOf(stat)],
    )
  }

  /** Changes the data; version -1 for any. The callback gets the Stat. */
  setData(path: string, data: Buffer | null | undefined, callback: Callback<[stat: Stat]>): void
  /** Changes the data; version -1 for any. The callback gets the Stat. */
  setData(path: string, data: Buffer | null | undefined, version: number, callback: Callback<[stat: Stat]>): void
  /** Changes the data; version -1 for any. The callback gets the Stat. */
  setData(path: string, data: unknown, version: unknown, callback?: unknown): void {
    checkPath(path)
    checkData(data)
    const wanted = versionOf(version)
    const tell = callbackOf<Callback<[Stat]>>(version, callback)
    this.#run(
      client => client.setData(path, data ?? null, wanted),
      tell,
      stat => [statOf(stat)],
    )
  }

  /** The callback gets ACL and Stat. */
  getACL(path: string, callback: Callback<[acls: ACL[], stat: Stat]>): void {
    checkPath(path)
    const tell = callbackOf<Callback<[ACL[], Stat]>>(callback)
    this.#run(
      client => client.getACL(path),
      tell,
      ({ acl, stat }) => [acl.map(({ perms, id }) => new ACL(perms, new Id(id.scheme, id.id))), statOf(stat)],
    )
  }

  /** Changes the ACL; version -1 for any. The callback gets the Stat. */
  setACL(path: string, acls: ACL[], callback: Callback<[stat: Stat]>): void
  /** Changes the ACL; version -1 for any. The callback gets the Stat. */
  setACL(path: string, acls: ACL[], version: number, callback: Callback<[stat: Stat]>): void
  /** Changes the ACL; version -1 for any. The callback gets the Stat. */
  setACL(path: string, acls: ACL[], version: unknown, callback?: unknown): void {
    checkPath(path)
    const acl = aclOf(acls)
    const wanted = versionOf(version)
    const tell = callbackOf<Callback<[Stat]>>(version, callback)
    this.#run(
      client => client.setACL(path, acl, wanted),
      tell,
      stat => [statOf(stat)],
    )
  }

  /** Creates the znode and what is missing above it. */
  mkdirp(path: string, ...given: unknown[]): void {
    checkPath(path)
    const callback = callbackOf<Callback<[string]>>(...given)
    const { data, acl, mode } = createArguments(given)
    const work = async (client: InnerClient) => {
      const names = path.slice(1).split('/')
      for (let depth = 1; depth <= names.length; depth++) {
        await createIfMissing(client, `/${names.slice(0, depth).join('/')}`, data, { acl, mode })
      }
      return path
    }
    this.#run(work, callback, created => [created])
  }

  /** The paths of a tree, parents before children. */
  listSubTreeBFS(path: string, callback: Callback<[paths: string[]]>): void {
    checkPath(path)
    const tell = callbackOf<Callback<[string[]]>>(callback)
    this.#run(
      client => subTree(client, path),
      tell,
      paths => [paths],
    )
  }

  /** Starts a transaction: all of it happens or nothing. */
  transaction(): Transaction {
    return new Transaction(this.#connection.ready)
  }

  /** Without a promise in between once there was a connection, so that requests leave in the order of calls. */
  #run<T, R extends [] | unknown[]>(
    work: (client: InnerClient) => Promise<T>,
    callback: Callback<R>,
    results: (value: T) => R,
  ): void {
    const retries = this.#retries
    const tell = callback as unknown as (error: Exception | null, ...results: unknown[]) => void
    const delays = { minDelayMs: 1000, maxDelayMs: this.#sessionTimeout }
    const run = (client: InnerClient) =>
      retries === 0 ? work(client) : withRetries(() => work(client), { retries, ...delays })
    const { client } = this.#connection
    const running = client === undefined ? this.#connection.ready().then(run) : run(client)
    // In turns of their own: what a callback throws is its caller's affair, and ends no promise of ours.
    running.then(
      value => queueMicrotask(() => tell(null, ...results(value))),
      error => queueMicrotask(() => tell(exceptionOf(error))),
    )
  }

  /** The watcher, if there is one besides the callback. */
  #watch(watcher: unknown, callback: unknown): WatchCallback | false {
    if (callback === undefined || typeof watcher !== 'function') return false
    const told = watcher as Watcher
    let watch = this.#callbacks.get(told)
    if (watch === undefined) {
      watch = ({ type, path }) => told(new Event(type, path))
      this.#callbacks.set(told, watch)
    }
    return watch
  }

  #become(state: State): void {
    if (this.#state === state) return
    this.#state = state
    const event = STATE_EVENTS.get(state)
    if (event !== undefined) this.emit(event)
    this.emit('state', state)
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

async function subTree(client: InnerClient, path: string): Promise<string[]> {
  const paths = [path]
  for (const at of paths) {
    const children = await client.getChildren(at)
    paths.push(...children.map(name => (at === '/' ? `/${name}` : `${at}/${name}`)))
  }
  return paths
}

async function deleteIfThere(client: InnerClient, path: string, version: number): Promise<void> {
  await client.delete(path, version).catch(error => {
    if (exceptionOf(error).code !== Exception.NO_NODE) throw error
  })
}

async function createIfMissing(
  client: InnerClient,
  path: string,
  data: Buffer | null,
  options: Parameters<InnerClient['create']>[2],
): Promise<void> {
  await client.create(path, data, options).catch(error => {
    if (exceptionOf(error).code !== Exception.NODE_EXISTS) throw error
  })
}
