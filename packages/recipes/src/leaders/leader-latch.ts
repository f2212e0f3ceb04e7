import { type Client, ClientClosedError } from '@menagerie/client'
import { BehaviorSubject, filter, firstValueFrom, type Observable, takeUntil } from 'rxjs'
import { aborted$ } from '../base/abort.js'
import type { Entry } from '../base/acquire.js'
import { RecipeError } from '../base/errors.js'
import type { WaitOptions } from '../base/options.js'
import { type Participant, participantsOf } from '../base/participants.js'
import { candidateEntry, type ElectionOptions } from './candidate.js'
import { campaign, type Term } from './term.js'

/**
 * Leads once it is its turn, until it is closed (Curator LeaderLatch).
 *
 * **Guarantee** and failures are those of `LeaderElection`: after a lost term it queues again by itself; when the session
 * expires `leadership$` ends with the error, unless the client renews its sessions: then it queues again in the next one. kazoo has no latch: in its dialect this queues with its elections.
 */
export class LeaderLatch implements AsyncDisposable {
  /** The folder in which candidates queue. */
  readonly path: string
  /** This candidate's name. */
  readonly id: string
  readonly #client: Client
  readonly #entry: Entry
  readonly #options: ElectionOptions
  readonly #leadership = new BehaviorSubject<Term | undefined>(undefined)
  readonly #closing = new AbortController()
  #campaign: Promise<void> | undefined
  #term: Term | undefined

  /** @throws RECIPE_ARGUMENT for a path, id or dialect that cannot be */
  constructor(client: Client, path: string, options: ElectionOptions) {
    this.#client = client
    this.#entry = candidateEntry(path, options, dialect => (dialect === 'kazoo' ? 'lock' : 'latch'))
    this.path = this.#entry.folder
    this.id = options.id
    this.#options = options
  }

  /** Begins to take part. Returns at once. @throws RECIPE_CLOSED after close */
  start(): this {
    if (this.#closing.signal.aborted) throw new RecipeError('RECIPE_CLOSED', `the latch at ${this.path} is closed`)
    this.#campaign ??= this.#run().then(
      () => this.#leadership.complete(),
      error => this.#leadership.error(error),
    )
    return this
  }

  /** The present term, if it leads; changes from now on. Completes when closed, errors when the session has expired. */
  get leadership$(): Observable<Term | undefined> {
    return this.#leadership.asObservable()
  }

  /** The present term; undefined while another leads. */
  get term(): Term | undefined {
    return this.#term?.held ? this.#term : undefined
  }

  /** Whether it leads now, as far as can be known here: it looks at the clock, as `Grant.held` does. */
  get leads(): boolean {
    return this.term !== undefined
  }

  /**
   * Waits until it leads. @throws the signal's reason, RECIPE_CLOSED if it is closed before, ClientClosedError if its client
   * is, SessionExpiredError, RECIPE_FOREIGN_NODES
   */
  async untilLeading({ signal }: WaitOptions = {}): Promise<Term> {
    signal?.throwIfAborted()
    this.start()
    const leading$ = this.#leadership.pipe(filter(term => term?.held === true))
    const term = await firstValueFrom(leading$.pipe(takeUntil(aborted$(signal))), { defaultValue: undefined })
    signal?.throwIfAborted()
    if (term !== undefined) return term
    if (!this.#closing.signal.aborted) throw new ClientClosedError('lead', this.path)
    throw new RecipeError('RECIPE_CLOSED', `the latch at ${this.path} was closed while waiting`)
  }

  /** Leader and candidates, in order. */
  candidates(): Promise<Participant[]> {
    return participantsOf(this.#client, this.path, this.#entry.queue)
  }

  /** Resigns, if it leads, and leaves the queue. Twice is fine. */
  async close(): Promise<void> {
    this.#closing.abort(new RecipeError('RECIPE_CLOSED', `the latch at ${this.path} is closed`))
    if (this.#campaign === undefined) this.#leadership.complete()
    await this.#campaign
  }

  /** As {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #run(): Promise<void> {
    for await (const term of campaign(this.#client, this.id, this.#entry, this.#options, this.#closing.signal)) {
      this.#tell(term)
      await firstValueFrom(aborted$(term.signal))
      this.#tell(undefined)
    }
  }

  #tell(term: Term | undefined): void {
    this.#term = term
    this.#leadership.next(term)
  }
}
