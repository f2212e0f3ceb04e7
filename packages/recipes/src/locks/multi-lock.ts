import type { Grant } from '../base/grant.js'
import type { WaitOptions } from '../base/options.js'
import { argument } from '../base/paths.js'
import type { Lockable } from '../base/queue-lock.js'

/** Several grants held together. */
export interface MultiGrant extends AsyncDisposable {
  /** One for each lock, in the order in which they were given. Each has a fencing token of its own. */
  readonly grants: readonly Grant[]
  /** Aborted as soon as one of them is lost. */
  readonly signal: AbortSignal
  /** Whether all of them are, as far as can be known here. */
  readonly held: boolean
  /** Releases all, whatever becomes of each. @throws RECIPE_NOT_HELD if it was released before */
  release(): Promise<void>
}

/**
 * Several locks as one (Curator InterProcessMultiLock): all or none.
 *
 * They are acquired in the order of their paths, whatever the order given, so that two multi-locks over the same paths
 * never wait for each other. When one cannot be acquired, those before it are released. Failures are those of the locks.
 */
export class MultiLock {
  readonly #locks: readonly Lockable[]

  /** @throws RECIPE_ARGUMENT without locks, or with one path twice */
  constructor(locks: readonly Lockable[]) {
    const paths = new Set(locks.map(({ path }) => path))
    if (locks.length === 0) throw argument('a multi-lock needs at least one lock')
    if (paths.size < locks.length) throw argument('a multi-lock has two locks at one path, and would wait for itself')
    this.#locks = locks
  }

  /** Waits for all of them. @throws what the locks throw; none is held then */
  async acquire(options: WaitOptions = {}): Promise<MultiGrant> {
    const sorted = [...this.#locks].sort((a, b) => (a.path < b.path ? -1 : 1))
    const grants = new Map<Lockable, Grant>()
    try {
      for (const lock of sorted) grants.set(lock, await lock.acquire(options))
    } catch (error) {
      await settleAll([...grants.values()].reverse().map(grant => grant[Symbol.asyncDispose]()))
      throw error
    }
    return new AllGrants(this.#locks.map(lock => grants.get(lock) as Grant))
  }
}

class AllGrants implements MultiGrant {
  readonly signal: AbortSignal

  constructor(readonly grants: readonly Grant[]) {
    this.signal = AbortSignal.any(grants.map(({ signal }) => signal))
  }

  get held(): boolean {
    // Each looks at the clock: after this process has stood still no signal says yet what is lost.
    return this.grants.every(({ held }) => held)
  }

  async release(): Promise<void> {
    const failures = await settleAll(this.grants.map(grant => grant.release()))
    if (failures.length > 0) throw failures[0]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await settleAll(this.grants.map(grant => grant[Symbol.asyncDispose]()))
  }
}

async function settleAll(work: Promise<void>[]): Promise<unknown[]> {
  const results = await Promise.allSettled(work)
  return results.filter(({ status }) => status === 'rejected').map(result => (result as PromiseRejectedResult).reason)
}
