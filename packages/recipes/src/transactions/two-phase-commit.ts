import { type Client, CreateMode, KeeperCode } from '@menagerie/client'
import { orAborted } from '../base/abort.js'
import { RecipeError } from '../base/errors.js'
import type { WaitOptions } from '../base/options.js'
import { withParent } from '../base/parents.js'
import { argument, checkedName, checkedPath, parentOf } from '../base/paths.js'
import { isCode, isLoss, persevere } from '../base/retry.js'
import { text, utf8 } from '../base/text.js'
import { watchUntil } from '../base/watching.js'

/** What a site says, and what is decided. */
export type Vote = 'commit' | 'abort'

const SITE = 's_'
const DECISION = 'decision'

/**
 * Agreement among sites on committing or aborting, after ZooKeeper's two-phase commit: the transaction's znode holds what
 * is to be done, `s_<site>` each site's vote, `decision` the outcome.
 *
 * **Guarantee**: there is one decision, the same for everybody, and it is `commit` only if every site voted so. A site that
 * has voted `commit` must be able to do either until it knows the decision. All znodes belong to no session: whoever comes
 * back goes on, and any process may take the coordinator's part for one that died.
 *
 * **Suspended**: waits on. **Expired**: rejects, and the transaction stays as it is for whoever resumes it.
 */
export class TwoPhaseCommit {
  /** The transaction's znode. */
  readonly path: string
  readonly #client: Client

  /** @throws RECIPE_ARGUMENT for a path that cannot be */
  constructor(client: Client, path: string) {
    this.#client = client
    this.path = checkedPath(path)
  }

  // --- the coordinator

  /**
   * Opens the transaction, for all sites at once. A transaction that is open with the same sites and content is gone on with.
   * @throws RECIPE_ARGUMENT without sites, or if another transaction is at this path
   */
  async propose(content: Uint8Array, sites: readonly string[]): Promise<void> {
    if (sites.length === 0 || new Set(sites).size < sites.length) {
      throw argument('a transaction needs sites, each once')
    }
    for (const site of sites) checkedName(site, "a site's name")
    const client = this.#client
    const create = () => {
      const multi = client.multi().create(this.path, content)
      for (const site of sites) multi.create(this.#site(site))
      return multi.commit()
    }
    try {
      await withParent(client, parentOf(this.path), CreateMode.CONTAINER, () => persevere(client, create))
    } catch (error) {
      if (!isCode(error, KeeperCode.NodeExists)) throw error
      // The reply to our own may have been lost.
      const [found, present] = await Promise.all([this.content(), this.sites()])
      const same = text(found) === text(content) && present.join('/') === [...sites].sort().join('/')
      if (!same) throw argument(`there is another transaction at ${this.path}: give each a path of its own`)
    }
  }

  /**
   * Waits for the votes and decides. The first vote to abort decides at once; so does the signal, unless there is a decision
   * already. Any number of processes may do this at a time: the first decision counts.
   * @returns the decision that counts
   */
  async decide({ signal }: WaitOptions = {}): Promise<Vote> {
    const votes = await this.#allVotes(signal).catch(error => {
      if (signal?.aborted) return 'abort' as const
      throw error
    })
    return await this.#record(votes)
  }

  /** Removes the transaction with all that belongs to it. @throws RECIPE_ARGUMENT while it is not decided */
  async remove(): Promise<void> {
    const client = this.#client
    const sites = await this.sites()
    const multi = client.multi().delete(this.#decision)
    for (const site of sites) multi.delete(this.#site(site))
    try {
      await persevere(client, () => multi.delete(this.path).commit())
    } catch (error) {
      if (!isCode(error, KeeperCode.NoNode)) throw error
      if ((await persevere(client, () => client.exists(this.path))) !== null) {
        throw argument(`the transaction ${this.path} is not decided yet, and cannot be removed`)
      }
    }
  }

  // --- a site

  /** What is to be done. @throws NoNodeError there is no such transaction */
  async content(): Promise<Uint8Array> {
    const { data } = await persevere(this.#client, () => this.#client.getData(this.path))
    return data ?? new Uint8Array(0)
  }

  /** The sites that have a vote. */
  async sites(): Promise<string[]> {
    const names = await persevere(this.#client, () => this.#client.getChildren(this.path))
    return names
      .filter(name => name.startsWith(SITE))
      .map(name => name.slice(SITE.length))
      .sort()
  }

  /**
   * Casts a site's vote. The same vote again is fine.
   * @throws RECIPE_ARGUMENT it has voted otherwise before; votes are final
   * @throws NoNodeError it has no vote in this transaction
   */
  async vote(site: string, vote: Vote): Promise<void> {
    if (vote !== 'commit' && vote !== 'abort') throw argument(`a vote is 'commit' or 'abort', found '${vote}'`)
    const client = this.#client
    const path = this.#site(checkedName(site, "a site's name"))
    try {
      await persevere(client, () => client.setData(path, utf8(vote), 0))
    } catch (error) {
      if (!isCode(error, KeeperCode.BadVersion)) throw error
      const { data } = await persevere(client, () => client.getData(path))
      if (text(data) !== vote) throw argument(`${site} has voted '${text(data)}' in ${this.path}, and votes are final`)
    }
  }

  /** Waits for the decision. @throws the signal's reason; the decision may come all the same */
  async decision({ signal }: WaitOptions = {}): Promise<Vote> {
    const client = this.#client
    await watchUntil(
      client,
      async watch => ((await client.exists(this.#decision, { watch, signal })) === null ? undefined : true),
      signal,
    )
    return await this.#readDecision()
  }

  // --- inside

  get #decision(): string {
    return `${this.path}/${DECISION}`
  }

  #site(site: string): string {
    return `${this.path}/${SITE}${site}`
  }

  async #allVotes(signal: AbortSignal | undefined): Promise<Vote> {
    const client = this.#client
    const open = new Set(await orAborted(this.sites(), signal))
    return await watchUntil<Vote>(
      client,
      async watch => {
        for (const site of open) {
          const { data } = await client.getData(this.#site(site), { watch, signal })
          const vote = text(data)
          if (vote === 'abort') return 'abort'
          if (vote === 'commit') open.delete(site)
        }
        return open.size === 0 ? 'commit' : undefined
      },
      signal,
    )
  }

  async #record(vote: Vote): Promise<Vote> {
    const client = this.#client
    try {
      await client.create(this.#decision, utf8(vote))
      return vote
    } catch (error) {
      if (isLoss(error)) return await persevere(client, () => this.#record(vote))
      if (!isCode(error, KeeperCode.NodeExists)) throw error
      return await this.#readDecision()
    }
  }

  async #readDecision(): Promise<Vote> {
    const found = text((await persevere(this.#client, () => this.#client.getData(this.#decision))).data)
    if (found === 'commit' || found === 'abort') return found
    throw new RecipeError('RECIPE_DATA_INVALID', `${this.#decision} holds '${found}', not 'commit' or 'abort'`)
  }
}
