/** An open file of the lock service: its contents, its lock, its events. */
import { type Client, withRetries } from '@menagerie/client'
import { type Grant, ReadWriteLock, type WaitOptions } from '@menagerie/recipes'
import type { Observable } from 'rxjs'
import type { Mode } from '../support/fence.js'
import { type HandleEvent, handleEvents } from './events.js'
import { LockDelay } from './lock-delay.js'
import type { Sequencer } from './sequencer.js'

/** Where a file and its lock are. */
export interface FilePlace {
  /** As its users name it: `/app/primary`. */
  readonly name: string
  readonly path: string
  readonly locks: string
  readonly marks: string
}

interface Held {
  readonly mode: Mode
  readonly grant: Grant
}

export class Handle implements AsyncDisposable {
  readonly #client: Client
  readonly #place: FilePlace
  readonly #lock: ReadWriteLock
  readonly #delay: LockDelay
  #held: Held | undefined

  /** @internal Use `LockService.open`. */
  constructor(client: Client, place: FilePlace, owner: string, lockDelayMs: number) {
    this.#client = client
    this.#place = place
    this.#lock = new ReadWriteLock(client, place.locks, { id: owner })
    this.#delay = new LockDelay(client, place.marks, lockDelayMs)
  }

  get events$(): Observable<HandleEvent> {
    return handleEvents(this.#client, this.#place.path, this.#place.locks)
  }

  /** The whole contents. */
  async read(): Promise<string> {
    const { data } = await withRetries(() => this.#client.getData(this.#place.path))
    return new TextDecoder().decode(data ?? new Uint8Array(0))
  }

  /**
   * Replaces the contents. While this handle holds the lock, or believes to, the service carries it out only if that is so.
   * @throws MultiError the lock is lost
   */
  async write(contents: string): Promise<void> {
    const data = new TextEncoder().encode(contents)
    const { path } = this.#place
    const held = this.#held
    if (held === undefined) await withRetries(() => this.#client.setData(path, data))
    else await withRetries(() => held.grant.multi().setData(path, data).commit())
  }

  /**
   * Waits for the lock, and for the delay of a holder that has failed. It is coarse-grained: to be held for hours.
   * @returns what ends when the lock is released or lost
   * @throws an Error if this handle holds it; the signal's reason; what the recipe throws
   */
  async acquire(mode: Mode, { signal }: WaitOptions = {}): Promise<AbortSignal> {
    this.#mustNotHold()
    return await this.#begin(await this.#queue(mode).acquire({ signal }), mode, signal)
  }

  /** Takes it if it is free and no delay is running; undefined if not. */
  async tryAcquire(mode: Mode): Promise<AbortSignal | undefined> {
    this.#mustNotHold()
    const grant = await this.#queue(mode).tryAcquire()
    if (grant === undefined) return undefined
    if (!(await this.#delay.isClosed(mode))) return await this.#begin(grant, mode, undefined)
    await grant.release()
    return undefined
  }

  /** Lets go. Of what was lost nothing is left to do. */
  async release(): Promise<void> {
    const held = this.#held
    this.#held = undefined
    if (held === undefined) return
    const { grant, mode } = held
    // Once it is lost, the mark stays: for others this holder has failed.
    if (grant.held) await this.#delay.end(grant, mode)
    await grant[Symbol.asyncDispose]()
  }

  /** To be sent along with whatever is asked of others in the name of the lock. @throws an Error if it does not hold it */
  sequencer(): Sequencer {
    if (this.#held === undefined) throw new Error(`the lock of ${this.#place.name} is not held: acquire it first`)
    const { mode, grant } = this.#held
    return { file: this.#place.name, mode, generation: grant.fencingToken }
  }

  /** Releases the lock, if it is held. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.release()
  }

  async #begin(grant: Grant, mode: Mode, signal: AbortSignal | undefined): Promise<AbortSignal> {
    try {
      await this.#delay.begin(grant, mode, AbortSignal.any([grant.signal, ...(signal === undefined ? [] : [signal])]))
    } catch (error) {
      await grant[Symbol.asyncDispose]()
      throw error
    }
    this.#held = { mode, grant }
    return grant.signal
  }

  #queue(mode: Mode) {
    return mode === 'exclusive' ? this.#lock.write : this.#lock.read
  }

  #mustNotHold(): void {
    if (this.#held !== undefined) throw new Error(`this handle has the lock of ${this.#place.name}: release it first`)
  }
}
