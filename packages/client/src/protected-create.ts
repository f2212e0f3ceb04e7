/**
 * Creates that survive a lost reply. When the connection breaks before the reply, the server may have
 * created the znode or not; with a sequence number nobody could tell which one is whose. The name carries a
 * random prefix therefore (Curator's withProtection), and after the loss the client looks for it.
 */
import type { Random } from '@menagerie/core'
import type { Stat } from '@menagerie/core/jute'
import { KeeperCode } from '@menagerie/core/jute'
import { orAborted } from './abort.js'
import type { CreateOptions } from './client-options.js'
import { ConnectionLossError, KeeperError, keeperError, RequestTimeoutError } from './errors.js'
import { protectionPrefix, randomUuid } from './guid.js'
import { childPath } from './known-tree.js'
import { isSequential } from './operations/index.js'
import { pathProblem } from './path.js'

/** The client, as far as it is needed here. */
export interface CreatingClient {
  create(path: string, data: Uint8Array | null, options: CreateOptions): Promise<string>
  createWithStat(path: string, data: Uint8Array | null, options: CreateOptions): Promise<{ path: string; stat: Stat }>
  exists(path: string): Promise<Stat | null>
  getChildren(path: string): Promise<string[]>
  sync(path: string): Promise<unknown>
  delete(path: string): Promise<void>
  whenConnected(): Promise<void>
}

/** A protected create that gives the path. */
export function protectedPath(
  client: CreatingClient,
  random: Random,
  path: string,
  data: Uint8Array | null,
  { protect: _, signal, ...options }: CreateOptions,
): Promise<string> {
  const create = (path: string) => client.create(path, data, options)
  if (!hasPlaceForMark(path, options.mode)) return create(path)
  return protectedCreate(path, client, { create, found: async path => path, pathOf: path => path }, random, signal)
}

/** A protected create that gives path and Stat. */
export function protectedPathAndStat(
  client: CreatingClient,
  random: Random,
  path: string,
  data: Uint8Array | null,
  { protect: _, signal, ...options }: CreateOptions,
): Promise<{ path: string; stat: Stat }> {
  const create = (path: string) => client.createWithStat(path, data, options)
  if (!hasPlaceForMark(path, options.mode)) return create(path)
  const found = async (path: string) => {
    const stat = await client.exists(path)
    if (stat === null) throw keeperError(KeeperCode.NoNode, 'create', path)
    return { path, stat }
  }
  return protectedCreate(path, client, { create, found, pathOf: ({ path }) => path }, random, signal)
}

/** What has none is created as it is, and so refused in its caller's own words. */
function hasPlaceForMark(path: string, mode = 0): boolean {
  return typeof path === 'string' && pathProblem(isSequential(mode) ? `${path}1` : path) === undefined
}

interface Kind<T> {
  create(path: string): Promise<T>
  /** What {@link create} would have given for a znode that is there already. @throws NoNodeError it is gone again */
  found(path: string): Promise<T>
  pathOf(result: T): string
}

/**
 * Creates a znode under a protected name, exactly once. Rejects with the signal's reason on abort; the
 * znode that may have been created all the same is deleted in the background then.
 */
async function protectedCreate<T>(
  path: string,
  client: CreatingClient,
  kind: Kind<T>,
  random: Random,
  signal: AbortSignal | undefined,
): Promise<T> {
  signal?.throwIfAborted()
  const slash = path.lastIndexOf('/')
  const parent = slash <= 0 ? '/' : path.slice(0, slash)
  const prefix = protectionPrefix(randomUuid(random))
  const result = createOnce(
    `${path.slice(0, slash + 1)}${prefix}${path.slice(slash + 1)}`,
    parent,
    prefix,
    client,
    kind,
  )
  if (signal === undefined) return result
  return orAborted(result, signal, () => {
    result.then(created => removed(kind.pathOf(created), client)).catch(() => {})
  })
}

async function createOnce<T>(path: string, parent: string, prefix: string, client: CreatingClient, kind: Kind<T>) {
  for (let lost: unknown; ; ) {
    if (lost !== undefined) await client.whenConnected()
    try {
      const found = lost === undefined ? undefined : await find(parent, prefix, client)
      return await (found === undefined ? kind.create(path) : kind.found(found))
    } catch (error) {
      if (!leavesOpen(error)) throw error
      lost = error
    }
  }
}

/**
 * Looks for the znode. The sync comes first, so that a server which lags behind does not deny it; and no
 * create of an earlier connection can follow it, since the leader has refused those as moved by then.
 */
async function find(parent: string, prefix: string, client: CreatingClient) {
  await client.sync(parent)
  const names = await client.getChildren(parent).catch(error => {
    if (error instanceof KeeperError && error.code === KeeperCode.NoNode) return []
    throw error
  })
  const name = names.find(name => name.startsWith(prefix))
  return name === undefined ? undefined : childPath(parent, name)
}

/** Deletes a znode that nobody wants, for as long as the session lasts. */
async function removed(path: string, client: CreatingClient): Promise<void> {
  for (;;) {
    try {
      return await client.delete(path)
    } catch (error) {
      if (!leavesOpen(error)) return
      await client.whenConnected()
    }
  }
}

/** Whether a request may have been carried out although it failed. */
function leavesOpen(error: unknown): boolean {
  return error instanceof ConnectionLossError || error instanceof RequestTimeoutError
}
