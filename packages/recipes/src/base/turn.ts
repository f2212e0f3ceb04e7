/** Waiting in a queue without a herd: each waits for the one znode whose departure may make it its turn. */
import type { Client } from '@menagerie/client'
import type { Clock } from '@menagerie/core'
import { type Contender, contendersOf, type Dialect, type Role } from './dialect.js'
import { RecipeError } from './errors.js'
import { assertOwnSession } from './own-session.js'
import type { Place } from './place.js'
import { persevere } from './retry.js'
import { untilTouched } from './watching.js'

/** The queue that a place stands in. */
export interface Queue {
  readonly dialect: Dialect
  /** Who takes part; anybody else's znodes are refused. */
  readonly roles: readonly Role[]
  /**
   * Who of those before us has to go first. The nearest of them is waited for.
   * Default: all.
   */
  readonly blocks?: (contender: Contender) => boolean
}

/**
 * Whom a place waits for: the nearest one before it that blocks; undefined if it is its turn.
 * @throws RECIPE_LOST if the place itself is gone
 * @throws RECIPE_FOREIGN_NODES
 */
export function blockerOf(place: Place, children: readonly string[], queue: Queue): string | undefined {
  const contenders = contendersOf(place.folder, children, queue.dialect, queue.roles)
  const mine = contenders.findIndex(({ name }) => name === place.name)
  if (mine === -1) {
    throw new RecipeError('RECIPE_LOST', `${place.path} was deleted while it waited for its turn`)
  }
  const { blocks } = queue
  for (let index = mine - 1; index >= 0; index--) {
    if (blocks === undefined || blocks(contenders[index])) return contenders[index].name
  }
  return undefined
}

/**
 * Resolves when it is the place's turn, with the place as of then: one listing, one watch for each time the one ahead leaves.
 * @throws SessionExpiredError as soon as the client knows that the place's session is over, whatever comes after it
 */
export async function untilTurn(
  client: Client,
  place: Place,
  queue: Queue,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Place> {
  for (;;) {
    const [children, provenAt] = await listed(client, place, clock, signal)
    const blocker = blockerOf(place, children, queue)
    if (blocker === undefined) return { ...place, provenAt }
    await untilTouched(client, `${place.folder}/${blocker}`, signal, place)
  }
}

/** The folder's children, and when they were asked for. */
export async function listed(
  client: Client,
  place: Place,
  clock: Clock,
  signal?: AbortSignal,
): Promise<[children: string[], askedAt: number]> {
  let askedAt = 0
  const children = await persevere(
    client,
    () => {
      assertOwnSession(client, place, 'getChildren')
      askedAt = clock.monotonic()
      return client.getChildren(place.folder, { signal })
    },
    signal,
  )
  return [children, askedAt]
}
