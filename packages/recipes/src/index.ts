/** Coordination recipes on the TypeScript client. */
export type { Dialect } from './base/dialect.js'
export { RecipeError, type RecipeErrorCode } from './base/errors.js'
export type { Grant } from './base/grant.js'
export type { RecipeOptions, WaitOptions } from './base/options.js'
export type { Participant } from './base/participants.js'
export { type LockGrant, type LockOptions, Mutex } from './locks/mutex.js'
