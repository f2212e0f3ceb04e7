/** Waiting in a queue without a herd: each waits for the one znode whose departure may make it its turn. */
import type { Client } from '@menagerie/client'
import { type Contender, contendersOf, type Dialect, type Role } from './dialect.js'
import { RecipeError } from './errors.js'
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

/** Resolves when it is the place's turn: one listing, one watch for each time the one ahead leaves. */
export async function untilTurn(client: Client, place: Place, queue: Queue, signal?: AbortSignal): Promise<void> {
  for (;;) {
    const children = await persevere(client, () => client.getChildren(place.folder, { signal }), signal)
    const blocker = blockerOf(place, children, queue)
    if (blocker === undefined) return
    await untilTouched(client, `${place.folder}/${blocker}`, signal)
  }
}
