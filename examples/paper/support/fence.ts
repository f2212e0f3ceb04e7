/**
 * How a resource protects itself from those who believe that they hold a lock and do not any more: a process that was stopped
 * knows nothing of the time that has passed. No lock can prevent that, so each request carries the fencing token of the
 * sender's lock, and the resource refuses what is older than what has excluded it.
 */
export type Mode = 'exclusive' | 'shared'

/** The newest tokens that a resource has seen, of one lock. Plain data, to be kept with what it protects. */
export interface Fence {
  /** Of those who held the lock alone. */
  readonly exclusive: number
  /** Of all. */
  readonly any: number
}

export const OPEN_FENCE: Fence = { exclusive: 0, any: 0 }

/** What the fence knows after this token has been seen; undefined if the token is refused. */
export function pass(fence: Fence, mode: Mode, token: number): Fence | undefined {
  // Who holds alone comes after everybody before. Those who share come in any order among themselves.
  if (token < (mode === 'exclusive' ? fence.any : fence.exclusive)) return undefined
  return {
    exclusive: mode === 'exclusive' ? token : fence.exclusive,
    any: Math.max(fence.any, token),
  }
}
