import type { Client } from '@menagerie/client'
import type { Machine } from './world.js'

/** What a process tells by throwing: the client's errors, and the recipes' own words on what was lost. */
export function isExpected(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return typeof code === 'number' || code === 'RECIPE_LOST' || code === 'RECIPE_OUTCOME_UNKNOWN'
}

export const isUnknown = (error: unknown): boolean => (error as { code?: unknown }).code === 'RECIPE_OUTCOME_UNKNOWN'

/** A process that goes on whatever happens to its sessions: with a new client where its client does not renew them. */
export class Persistent {
  #client: Client | undefined

  constructor(readonly machine: Machine) {}

  /**
   * One attempt. @returns undefined where it failed as attempts may fail here
   * @param failed hears of such a failure
   */
  async attempt<T>(
    work: (client: Client) => Promise<T>,
    failed: (error: unknown) => void = () => {},
  ): Promise<T | undefined> {
    try {
      this.#client ??= await this.machine.connect()
      return await work(this.#client)
    } catch (error) {
      if (!isExpected(error)) throw error
      failed(error)
      if (this.#client?.state === 'expired' && !this.machine.renews) this.#client = undefined
      await this.machine.sleep(20)
      return undefined
    }
  }

  /** Attempts until one succeeds. */
  async insist<T>(work: (client: Client) => Promise<T>, failed?: (error: unknown) => void): Promise<T> {
    for (;;) {
      const result = await this.attempt(async client => ({ value: await work(client) }), failed)
      if (result !== undefined) return result.value
    }
  }

  async close(): Promise<void> {
    await this.#client?.close()
  }
}
