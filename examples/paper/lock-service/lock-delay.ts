/**
 * The time for which a lock stays closed after a holder that has failed. What he asked for before his end may still be under
 * way to somebody who does not check sequencers; it gets there before the next holder begins.
 *
 * A holder leaves a mark that outlives his session, and takes it away when he lets go in order. Whoever finds another's mark
 * when his turn has come knows that its owner has failed, and waits. He has seen it fail later than it did, so the wait is
 * long enough; and if he fails himself meanwhile, the next one begins it anew.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { type Client, KeeperCode, MultiError, NoNodeError, withRetries } from '@menagerie/client'
import type { Grant } from '@menagerie/recipes'
import type { Mode } from '../support/fence.js'

interface Mark {
  readonly path: string
  readonly delayMs: number
}

export class LockDelay {
  readonly #client: Client
  readonly #folder: string
  readonly #delayMs: number

  /** @param folder of the marks; it is there. @param delayMs for how long the lock stays closed if this holder fails */
  constructor(client: Client, folder: string, delayMs: number) {
    this.#client = client
    this.#folder = folder
    this.#delayMs = delayMs
  }

  /** Whether somebody who excluded this mode has failed, and nobody has waited for the end of his delay yet. */
  async isClosed(mode: Mode): Promise<boolean> {
    return (await this.#left(mode)).length > 0
  }

  /** Before a grant is used: waits out those who have failed, and leaves its own mark. @throws the signal's reason */
  async begin(grant: Grant, mode: Mode, signal: AbortSignal): Promise<void> {
    const left = await this.#left(mode)
    if (left.length > 0) await delay(Math.max(...left.map(({ delayMs }) => delayMs)), undefined, { signal })
    for (const { path } of left) await this.#remove(path)
    const data = new TextEncoder().encode(String(this.#delayMs))
    // Not without the lock: a mark that its owner never knew of would close the lock for nothing.
    await withRetries(() => grant.multi().create(this.#mark(mode, grant), data).commit()).catch(error => {
      const there = error instanceof MultiError && error.code === KeeperCode.NodeExists // a lost reply, repeated
      if (!there) throw error
    })
  }

  /** Before a grant is released in order. */
  async end(grant: Grant, mode: Mode): Promise<void> {
    await this.#remove(this.#mark(mode, grant))
  }

  #mark(mode: Mode, { fencingToken }: Grant): string {
    return `${this.#folder}/${mode}-${fencingToken}`
  }

  /** Of those who share, none excludes another one. */
  async #left(mode: Mode): Promise<Mark[]> {
    const names = await withRetries(() => this.#client.getChildren(this.#folder))
    const excluding = names.filter(name => mode === 'exclusive' || name.startsWith('exclusive'))
    const marks = await Promise.all(excluding.map(name => this.#read(`${this.#folder}/${name}`)))
    return marks.flatMap(mark => mark ?? [])
  }

  async #read(path: string): Promise<Mark | undefined> {
    const found = await withRetries(() => this.#client.getData(path)).catch(gone)
    return found === undefined ? undefined : { path, delayMs: Number(new TextDecoder().decode(found.data!)) }
  }

  async #remove(path: string): Promise<void> {
    await withRetries(() => this.#client.delete(path)).catch(gone)
  }
}

function gone(error: unknown): undefined {
  if (!(error instanceof NoNodeError)) throw error
}
