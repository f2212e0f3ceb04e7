import type { InjectionToken } from 'tsyringe'

/** Cancels a scheduled callback; calling it late or twice is fine. */
export type Cancel = () => void

/**
 * The only source of time. Simulation replaces it by a virtual clock, so nothing in the kernel may ask
 * the platform for time or timers.
 */
export interface Clock {
  /** Milliseconds since 1970, UTC: stamped into transactions (ctime, mtime). May jump. */
  wallTime(): number
  /** Milliseconds from an arbitrary start, never going back: for every timeout. */
  monotonic(): number
  /** Runs `callback` once, not before `delayMs` has passed. */
  schedule(delayMs: number, callback: () => void): Cancel
  /** Runs `callback` after the input that is already waiting has been handled: how long work is sliced. */
  defer(callback: () => void): void
}

/** Where the server looks for its clock, which a plugin has to bring. */
export const CLOCK: InjectionToken<Clock> = Symbol.for('menagerie.Clock')
