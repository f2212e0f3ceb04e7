import { systemClock } from '@menagerie/client'
import type { Clock } from '@menagerie/core'

/** What every recipe may be told. */
export interface RecipeOptions {
  /** Where time comes from. Default: the platform. */
  readonly clock?: Clock
  /** A new UUID with dashes at each call: what marks znodes as one's own. Default: the platform's. */
  readonly uuid?: () => string
}

/** For operations that wait. */
export interface WaitOptions {
  /** Gives up: the promise rejects with the signal's reason, and nothing is left behind. */
  readonly signal?: AbortSignal
}

export const clockOf = (options: RecipeOptions | undefined): Clock => options?.clock ?? systemClock

export const uuidOf = (options: RecipeOptions | undefined): string =>
  options?.uuid === undefined ? crypto.randomUUID() : options.uuid()
