import { type Client, ClientClosedError, CreateMode } from '@menagerie/client'
import { map, type Observable } from 'rxjs'
import { clockOf, type RecipeOptions, uuidOf, type WaitOptions } from '../base/options.js'
import { argument, checkedName, checkedPath } from '../base/paths.js'
import { briefly } from '../base/place.js'
import { text, utf8 } from '../base/text.js'
import { type Child, children$, childrenOf } from './children.js'
import { PersistentNode } from './persistent-node.js'

/** For a member of a group, or whoever looks at it. */
export interface GroupOptions extends RecipeOptions {
  /** Names this member. Needed to join. */
  readonly id?: string
  /** What others may read about this member. Default: nothing. Not for kazoo's parties, which hold the id there. */
  readonly payload?: Uint8Array
  /** Whose layout: Curator's GroupMember, kazoo's Party, or its ShallowParty. Default `curator`. */
  readonly dialect?: 'curator' | 'kazoo' | 'kazoo-shallow'
}

/** One who is there. */
export interface Member {
  /** As it named itself. */
  readonly id: string
  /** What it says about itself; empty where it says nothing. */
  readonly payload: Uint8Array
}

const PARTY = '__party__'
const HEX32 = /^[0-9a-f]{32}$/

/**
 * Who is there (Curator GroupMember, kazoo Party and ShallowParty).
 *
 * **Guarantee**: a member is listed from when `join` resolves until it leaves or its session ends, and made a member again
 * if somebody deletes its znode. Every server shows the same changes in the same order, a lagging one later.
 *
 * **Suspended**: members stay for the rest of their session timeout. **Expired**: for the others this member is gone;
 * `members$` errors.
 */
export class Group implements AsyncDisposable {
  /** The folder of the members' znodes. */
  readonly path: string
  readonly #client: Client
  readonly #dialect: NonNullable<GroupOptions['dialect']>
  readonly #options: GroupOptions
  #own: PersistentNode | undefined

  /** @throws RECIPE_ARGUMENT for a path, id or dialect that cannot be */
  constructor(client: Client, path: string, options: GroupOptions = {}) {
    this.#client = client
    this.path = checkedPath(path)
    this.#dialect = options.dialect ?? 'curator'
    this.#options = options
    if (!['curator', 'kazoo', 'kazoo-shallow'].includes(this.#dialect)) {
      throw argument(`dialect '${this.#dialect}' has no groups; 'curator', 'kazoo' and 'kazoo-shallow' have`)
    }
    if (options.id !== undefined && this.#dialect !== 'kazoo') checkedName(options.id, "a member's id")
    if (options.payload !== undefined && this.#dialect !== 'curator') throw argument('members of kazoo have no payload')
  }

  /**
   * Becomes a member. Twice is fine. Where ids are znodes (Curator), it waits until another session's member of the same id
   * is gone.
   * @throws RECIPE_ARGUMENT without an id
   * @throws the signal's reason: it is no member then
   */
  async join({ signal }: WaitOptions = {}): Promise<void> {
    signal?.throwIfAborted()
    this.#own ??= this.#member()
    try {
      await this.#own.start({ signal })
    } catch (error) {
      if (signal?.aborted)
        await briefly(
          this.#client,
          clockOf(this.#options),
          this.leave().catch(() => {}),
        )
      throw error
    }
  }

  /** Is no longer a member. Twice is fine. */
  async leave(): Promise<void> {
    const own = this.#own
    this.#own = undefined
    await own?.close().catch(error => {
      if (!(error instanceof ClientClosedError)) throw error
    })
  }

  /** As {@link leave}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.leave()
  }

  /** Changes what others may read about this member. Curator's layout only. */
  async setPayload(payload: Uint8Array): Promise<void> {
    if (this.#dialect !== 'curator') throw argument('members of kazoo have no payload')
    this.#own ??= this.#member()
    await this.#own.setData(payload)
  }

  /** All members, by the names of their znodes. */
  async members(): Promise<Member[]> {
    return (await childrenOf(this.#client, this.path)).flatMap(child => this.#read(child))
  }

  /** All members, now and whenever one comes, goes or changes. Errors when the session has expired. */
  get members$(): Observable<Member[]> {
    return children$(this.#client, this.path, this.#parentMode).pipe(
      map(children => children.flatMap(child => this.#read(child))),
    )
  }

  get #parentMode(): number {
    return this.#dialect === 'curator' ? CreateMode.CONTAINER : CreateMode.PERSISTENT
  }

  #member(): PersistentNode {
    const { id, payload } = this.#options
    if (id === undefined) throw argument(`whoever joins ${this.path} needs an id`)
    const mark = uuidOf(this.#options).replaceAll('-', '')
    const names = { curator: id, kazoo: mark + PARTY, 'kazoo-shallow': `${mark}-${id}` }
    const data = this.#dialect === 'curator' ? payload : utf8(id)
    const parentMode = this.#parentMode
    return new PersistentNode(this.#client, `${this.path}/${names[this.#dialect]}`, { data, parentMode })
  }

  #read({ name, data }: Child): Member[] {
    const bytes = data ?? new Uint8Array(0)
    if (this.#dialect === 'curator') return [{ id: name, payload: bytes }]
    if (this.#dialect === 'kazoo') return name.includes(PARTY) ? [{ id: text(bytes), payload: bytes }] : []
    const dash = name.indexOf('-')
    return HEX32.test(name.slice(0, dash)) ? [{ id: name.slice(dash + 1), payload: bytes }] : []
  }
}
