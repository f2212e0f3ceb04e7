/**
 * A place in a queue: one ephemeral sequential znode of this session, created so that neither a lost reply nor an
 * abort leaves an orphan behind.
 */
import { type Client, CreateMode, KeeperCode } from '@menagerie/client'
import type { Clock } from '@menagerie/core'
import { orAborted } from './abort.js'
import { claim, unclaim } from './claims.js'
import type { Dialect, Naming } from './dialect.js'
import { deleteOwn } from './own-session.js'
import { withParent } from './parents.js'
import { nameOf } from './paths.js'
import { isCode, isLoss, persevere, untilNotConnected, untilNotSuspended } from './retry.js'

export interface Place {
  readonly folder: string
  readonly name: string
  readonly path: string
  /** The transaction that created it: rises with every place that is ever taken on this ensemble. */
  readonly czxid: number
  /** The session that owns it. */
  readonly sessionId: bigint
  /**
   * When the last request was sent whose answer showed that the session lives, in the clock's monotonic milliseconds. Not when
   * the answer was read: this process may have stood still in between.
   */
  readonly provenAt: number
}

/** How long whoever gives up waits for what he leaves to be gone. */
const BRIEFLY_MS = 1000

export interface PlaceRequest {
  readonly clock: Clock
  readonly folder: string
  readonly naming: Naming
  readonly data: Uint8Array | null
  /** Default EPHEMERAL_SEQUENTIAL. */
  readonly mode?: number
  /** Of missing folders. */
  readonly parentMode: number
}

/**
 * Curator's folders go when they are empty; those of the others stay. Where a name is no more than session and number, it has
 * to be so: in a folder that was made anew the numbers begin again, and a znode could be taken for one that is gone.
 */
export const parentModeOf = (dialect: Dialect): number =>
  dialect === 'curator' ? CreateMode.CONTAINER : CreateMode.PERSISTENT

/**
 * Takes a place at the end of the queue. When the reply is lost, the folder is searched for the znode by its mark,
 * behind a sync, before another one is made.
 * @throws the signal's reason: the znode is then gone, or goes as soon as there is a connection
 */
export async function takePlace(client: Client, request: PlaceRequest, signal?: AbortSignal): Promise<Place> {
  signal?.throwIfAborted()
  const taking = withParent(client, request.folder, request.parentMode, () => create(client, request, signal))
  try {
    return await orAborted(taking, signal)
  } catch (error) {
    if (signal?.aborted) await briefly(client, request.clock, undo(client, taking))
    throw error
  }
}

/**
 * Gives the place up. Resolves when the znode is gone, at the latest with its session.
 * @param mayBeGone it may have been deleted before, and its name be another one's by now
 */
export async function leavePlace(client: Client, place: Place, mayBeGone = false): Promise<void> {
  await deleteOwn(client, place, mayBeGone)
  unclaim(client, place.path)
}

/** For failures: gives the place up without hiding what went wrong, and without waiting for long. */
export async function abandonPlace(client: Client, clock: Clock, place: Place): Promise<void> {
  await briefly(
    client,
    clock,
    leavePlace(client, place).catch(() => {}),
  )
}

async function undo(client: Client, taking: Promise<Place>): Promise<void> {
  const place = await taking.catch(() => undefined)
  if (place !== undefined) await leavePlace(client, place).catch(() => {})
}

/**
 * Awaits work that cleans up after somebody who has given up: he is not kept by a server that does not answer, nor by a
 * connection that is lost. The work goes on in the background then. It must not reject.
 */
export async function briefly(client: Client, clock: Clock, work: Promise<void>): Promise<void> {
  const done = new AbortController()
  const cancel = clock.schedule(BRIEFLY_MS, () => done.abort())
  await Promise.race([
    work.finally(() => done.abort()),
    untilNotConnected(client, done.signal).catch(() => {
      /* the work was faster, or time is up */
    }),
  ])
  cancel()
}

async function create(client: Client, request: PlaceRequest, signal: AbortSignal | undefined): Promise<Place> {
  const { folder, naming, data } = request
  const mode = request.mode ?? CreateMode.EPHEMERAL_SEQUENTIAL
  for (;;) {
    signal?.throwIfAborted()
    const sessionId = client.session.id
    const provenAt = request.clock.monotonic()
    try {
      const { path, stat } = await client.createWithStat(`${folder}/${naming.prefix}`, data, { mode })
      if (naming.mark === null) claim(client, path)
      return { folder, path, name: nameOf(path), czxid: stat.czxid, sessionId: stat.ephemeralOwner, provenAt }
    } catch (error) {
      if (!isLoss(error)) throw error
    }
    await untilNotSuspended(client)
    const found = await findLost(client, request, sessionId)
    if (found !== undefined) return found
  }
}

/**
 * Looks for a znode whose creation was not answered. The sync makes a server that lags behind show what an earlier
 * connection has done through another one.
 */
async function findLost(client: Client, request: PlaceRequest, sessionId: bigint): Promise<Place | undefined> {
  const { folder, naming, data } = request
  const start = naming.mark ?? naming.prefix
  const children = await persevere(client, async () => {
    await client.sync(folder)
    return await client.getChildren(folder)
  }).catch(error => {
    if (isCode(error, KeeperCode.NoNode)) return []
    throw error
  })
  for (const name of children.filter(child => child.startsWith(start))) {
    const path = `${folder}/${name}`
    const provenAt = request.clock.monotonic()
    const found = await persevere(client, () => client.getData(path)).catch(() => undefined)
    if (found === undefined || found.stat.ephemeralOwner !== sessionId) continue
    if (naming.mark === null && !(sameBytes(found.data, data) && claim(client, path))) continue
    return { folder, name, path, czxid: found.stat.czxid, sessionId, provenAt }
  }
  return undefined
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a !== null && b !== null && a.length === b.length && a.every((byte, index) => byte === b[index])
}
