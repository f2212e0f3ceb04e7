import { systemClock } from '@menagerie/client'
import type { Clock } from '@menagerie/core'
import type { Dialect } from './dialect.js'
import { argument } from './paths.js'

/** What every recipe may be told. */
export interface RecipeOptions {
  /** Where time comes from. Default: the platform. */
  readonly clock?: Clock
  /** A new UUID with dashes at each call: what marks znodes as one's own. Default: the platform's. */
  readonly uuid?: () => string
}

/** For everything that is held by a znode of this session. */
export interface HoldOptions extends RecipeOptions {
  /**
   * How long a grant is still relied on while there is no connection, in milliseconds. 0 gives up at once, as Curator
   * advises. Default: a quarter of the session timeout, after which the session may have expired.
   */
  readonly suspendedMs?: number
}

/** For locks. */
export interface LockOptions extends HoldOptions {
  /** Whose znodes it contends with. Default `curator`. */
  readonly dialect?: Dialect
  /** What the znodes hold, for people who look: a host name, say. Default: nothing. */
  readonly id?: string
}

/** For operations that wait. */
export interface WaitOptions {
  /** Gives up: the promise rejects with the signal's reason, and nothing is left behind. */
  readonly signal?: AbortSignal
}

/** @throws RECIPE_ARGUMENT for a {@link HoldOptions.suspendedMs} that is no time */
export function checkHold({ suspendedMs }: HoldOptions): void {
  if (suspendedMs === undefined || (typeof suspendedMs === 'number' && suspendedMs >= 0)) return
  throw argument(`suspendedMs must be a number of milliseconds, 0 at least, found ${suspendedMs}`)
}

export const clockOf = (options: RecipeOptions | undefined): Clock => options?.clock ?? systemClock

export const uuidOf = (options: RecipeOptions | undefined): string =>
  options?.uuid === undefined ? crypto.randomUUID() : options.uuid()
