/** The way of every grant that stands in a queue: take a place, wait for the turn, hold. */
import type { Client } from '@menagerie/client'
import { namingFor, type Role } from './dialect.js'
import { clockOf, type RecipeOptions, uuidOf } from './options.js'
import { abandonPlace, type Place, parentModeOf, takePlace } from './place.js'
import { blockerOf, listed, type Queue, untilTurn } from './turn.js'

export interface Entry {
  readonly folder: string
  readonly role: Role
  readonly queue: Queue
  /** What the znode holds. Not for ZooKeeper's own lock, whose data is its mark. */
  readonly data: Uint8Array | null
}

/**
 * Queues and waits.
 * @throws the signal's reason, RECIPE_FOREIGN_NODES, RECIPE_LOST, and what the client throws; the place is given up then
 */
export async function acquirePlace(
  client: Client,
  entry: Entry,
  options: RecipeOptions,
  signal?: AbortSignal,
): Promise<Place> {
  const place = await enter(client, entry, options, signal)
  try {
    return await untilTurn(client, place, entry.queue, clockOf(options), signal)
  } catch (error) {
    await abandonPlace(client, clockOf(options), place)
    throw error
  }
}

/** Queues, and leaves again at once unless it is the place's turn. */
export async function tryPlace(
  client: Client,
  entry: Entry,
  options: RecipeOptions,
  signal?: AbortSignal,
): Promise<Place | undefined> {
  const place = await enter(client, entry, options, signal)
  try {
    const [children, provenAt] = await listed(client, place, clockOf(options), signal)
    if (blockerOf(place, children, entry.queue) === undefined) return { ...place, provenAt }
  } catch (error) {
    await abandonPlace(client, clockOf(options), place)
    throw error
  }
  await abandonPlace(client, clockOf(options), place)
  return undefined
}

function enter(client: Client, entry: Entry, options: RecipeOptions, signal: AbortSignal | undefined): Promise<Place> {
  const { folder, role, queue, data } = entry
  const uuid = uuidOf(options)
  const naming = namingFor(queue.dialect, role, uuid, client.session.id)
  const marked = naming.dataMarks ? new TextEncoder().encode(uuid) : data
  const request = { clock: clockOf(options), folder, naming, data: marked, parentMode: parentModeOf(queue.dialect) }
  return takePlace(client, request, signal)
}
