import type { Client } from '@menagerie/client'
import type { Entry } from '../base/acquire.js'
import type { WaitOptions } from '../base/options.js'
import { type Participant, participantsOf } from '../base/participants.js'
import { candidateEntry, type ElectionOptions } from './candidate.js'
import { campaign, type Term } from './term.js'

/**
 * Takes turns in leading (Curator LeaderSelector, kazoo Election, ZooKeeper LeaderElectionSupport): a loop whose body
 * runs while this candidate leads, and whose next round queues again behind the others.
 *
 * ```ts
 * for await (const term of new LeaderElection(client, '/leader', { id: 'one' }).terms()) {
 *   await lead(term.signal, term.fencingToken)
 * }
 * ```
 *
 * **Guarantee**: while the leader's session lives there is no other leader; tokens rise from term to term. No herd.
 *
 * **Suspended**: the term goes on for a quarter of the session timeout (option `suspendedMs`), then `term.signal` is
 * aborted; the loop queues again once connected. **Reconnected** in time: the term goes on. **Expired**: `term.signal` is
 * aborted, and the next round of the loop throws SessionExpiredError, as it does while waiting; where the client renews its
 * sessions, the loop queues again in the next one.
 */
export class LeaderElection {
  /** The folder in which candidates queue. */
  readonly path: string
  /** This candidate's name. */
  readonly id: string
  readonly #client: Client
  readonly #options: ElectionOptions
  readonly #entry: Entry

  /** @throws RECIPE_ARGUMENT for a path, id or dialect that cannot be */
  constructor(client: Client, path: string, options: ElectionOptions) {
    this.#client = client
    this.#entry = candidateEntry(path, options, dialect => (dialect === 'zookeeper' ? 'latch' : 'lock'))
    this.path = this.#entry.folder
    this.id = options.id
    this.#options = options
  }

  /**
   * The terms of this candidate, one after the other. Leaving the loop resigns and leaves the queue, as does the end of
   * its body for the present term.
   * @param options with `signal`: ends the term, if there is one, and then the loop
   * @throws RECIPE_FOREIGN_NODES, SessionExpiredError
   */
  terms({ signal }: WaitOptions = {}): AsyncGenerator<Term, void, undefined> {
    return campaign(this.#client, this.id, this.#entry, this.#options, signal)
  }

  /** Leader and candidates, in the order of their turns. */
  candidates(): Promise<Participant[]> {
    return participantsOf(this.#client, this.path, this.#entry.queue)
  }

  /** The leader as the server knows it; undefined if there is none. */
  async leader(): Promise<Participant | undefined> {
    return (await this.candidates())[0]
  }
}
