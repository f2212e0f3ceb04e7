import { AsyncLocalStorage } from 'node:async_hooks'
import type { Client } from '@menagerie/client'
import type { LockOptions, WaitOptions } from '../base/options.js'
import { type LockGrant, Mutex } from './mutex.js'

interface Held {
  readonly grant: LockGrant
  depth: number
}

/**
 * A mutex that its holder may enter again: the asynchronous context takes the place of the thread. What runs within
 * {@link ReentrantMutex.run}, at any depth and through any `await`, enters at once; the lock is released when the last
 * of them is done.
 *
 * Contends with `Mutex` and Curator's InterProcessMutex at the same path. Failures are those of {@link Mutex}; entering
 * again after the lock was lost rejects with RECIPE_LOST.
 */
export class ReentrantMutex {
  readonly #mutex: Mutex
  readonly #context = new AsyncLocalStorage<Held>()
  /** Contexts that wait to be inside or are. */
  #running = 0

  /** @throws RECIPE_ARGUMENT for a path or dialect that cannot be */
  constructor(client: Client, path: string, options: LockOptions = {}) {
    this.#mutex = new Mutex(client, path, options)
  }

  /** The folder in which contenders queue. */
  get path(): string {
    return this.#mutex.path
  }

  /** How often the present context has entered. */
  get depth(): number {
    return this.#context.getStore()?.depth ?? 0
  }

  /** Runs with the lock held. @throws what {@link Mutex.acquire} throws */
  async run<T>(work: (grant: LockGrant) => Promise<T> | T, options: WaitOptions = {}): Promise<T> {
    const outer = this.#context.getStore()
    // What was started inside and outlives the outermost run is no longer inside.
    if (outer === undefined || outer.depth === 0) return await this.#enter(work, options)
    outer.grant.signal.throwIfAborted()
    outer.depth++
    try {
      return await work(outer.grant)
    } finally {
      await leave(outer)
    }
  }

  async #enter<T>(work: (grant: LockGrant) => Promise<T> | T, options: WaitOptions): Promise<T> {
    this.#running++
    try {
      const held: Held = { grant: await this.#mutex.acquire(options), depth: 1 }
      try {
        return await this.#context.run(held, async () => await work(held.grant))
      } finally {
        await leave(held)
      }
    } finally {
      // A storage in use makes every promise of the process a little dearer, as long as the process lives.
      if (--this.#running === 0) this.#context.disable()
    }
  }
}

async function leave(held: Held): Promise<void> {
  held.depth--
  if (held.depth === 0) await held.grant[Symbol.asyncDispose]()
}
