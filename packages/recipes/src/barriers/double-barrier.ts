import { type Client, CreateMode, EventType, KeeperCode, type WatchEvent } from '@menagerie/client'
import { orAborted } from '../base/abort.js'
import { RecipeError } from '../base/errors.js'
import { clockOf, type RecipeOptions, uuidOf, type WaitOptions } from '../base/options.js'
import { assertOwnSession, type OwnedBySession } from '../base/own-session.js'
import { withParent } from '../base/parents.js'
import { argument, checkedPath } from '../base/paths.js'
import { briefly, parentModeOf } from '../base/place.js'
import { deleteSurely, isCode, persevere } from '../base/retry.js'
import { utf8 } from '../base/text.js'
import { untilTouched, watchUntil } from '../base/watching.js'

/** For a member of a double barrier. */
export interface DoubleBarrierOptions extends RecipeOptions {
  /** How many have to enter before anybody goes on. All members have to say the same. */
  readonly members: number
  /** Whose layout. Default `curator`. */
  readonly dialect?: 'curator' | 'kazoo'
  /** What the member's znode holds. Default: nothing. */
  readonly id?: string
}

const READY = 'ready'

/**
 * Begins together, ends together (Curator DistributedDoubleBarrier, kazoo DoubleBarrier). One object is one member.
 *
 * **Guarantee**: `enter` resolves after so many members have entered, `leave` after all have left. While leaving, the
 * lowest member waits for the highest and all others for the lowest, as in ZooKeeper's recipe.
 *
 * **Suspended**: waits on. **Expired**: `enter` and `leave` reject, and for the others the member has left; so it is
 * where the client renews its sessions, and `enter` may then be tried again. **Its znode deleted by somebody**: they
 * reject with RECIPE_LOST.
 */
export class DoubleBarrier {
  /** The folder of the members' znodes. */
  readonly path: string
  /** How many have to enter before anybody goes on. */
  readonly members: number
  readonly #client: Client
  readonly #dialect: 'curator' | 'kazoo'
  readonly #options: DoubleBarrierOptions
  readonly #data: Uint8Array
  /** Of this member's znode: another one each time, so that what is left of the last time is not taken for it. */
  #name = ''
  #entered = false
  /** Of this member's znode. */
  #sessionId = 0n
  /** Kazoo's layout: this member has made `ready`, maybe when others had begun to leave. */
  #mayBeLate = false

  /** @throws RECIPE_ARGUMENT for a path or number that cannot be */
  constructor(client: Client, path: string, options: DoubleBarrierOptions) {
    this.#client = client
    this.path = checkedPath(path)
    this.members = options.members
    if (!Number.isInteger(options.members) || options.members < 1) {
      throw argument(`a double barrier needs one member at least, found ${options.members}`)
    }
    this.#dialect = options.dialect ?? 'curator'
    this.#options = options
    this.#data = utf8(options.id ?? '')
  }

  /**
   * Enters, and resolves when enough have.
   * @throws the signal's reason: this member has then left again
   * @throws RECIPE_LOST its znode is gone: somebody deleted it
   * @throws RECIPE_ARGUMENT if it is inside
   */
  async enter({ signal }: WaitOptions = {}): Promise<void> {
    if (this.#entered) throw argument(`this member of ${this.path} has entered before; it has to leave first`)
    signal?.throwIfAborted()
    this.#entered = true
    const uuid = uuidOf(this.#options)
    this.#name = this.#dialect === 'kazoo' ? uuid.replaceAll('-', '') : uuid
    const creating = this.#createMember()
    try {
      await orAborted(creating, signal)
      await this.#untilReady(signal)
    } catch (error) {
      this.#entered = false
      await this.#depart(creating)
      throw error
    }
  }

  /**
   * Leaves, and resolves when all have.
   * @throws RECIPE_NOT_HELD if it has not entered
   * @throws the signal's reason: this member has left then, but others may still be inside
   */
  async leave({ signal }: WaitOptions = {}): Promise<void> {
    if (!this.#entered) throw new RecipeError('RECIPE_NOT_HELD', `this member of ${this.path} has not entered`)
    this.#entered = false
    const client = this.#client
    try {
      // Members of kazoo take `ready` away as they begin to leave, and wait for one that is made afterwards. Here it stays
      // until all have left, for those who could not see it yet: without a connection, or come back in another session.
      if (this.#mayBeLate) await orAborted(deleteSurely(client, this.#ready), signal)
      await this.#untilEmpty(signal)
      await deleteSurely(client, this.#ready)
    } catch (error) {
      await this.#depart()
      throw error
    }
  }

  /** Leaves after a failure, without hiding it and without waiting for long. */
  #depart(creating: Promise<void> = Promise.resolve()): Promise<void> {
    const path = this.#own
    const leaving = creating.then(() => deleteSurely(this.#client, path)).catch(() => {})
    return briefly(this.#client, clockOf(this.#options), leaving)
  }

  #lost(doing: string): RecipeError {
    return new RecipeError(
      'RECIPE_LOST',
      `${this.#own} is gone while ${doing}: its session has expired, or somebody deleted it`,
    )
  }

  get #own(): string {
    return `${this.path}/${this.#name}`
  }

  get #member(): OwnedBySession {
    return { path: this.#own, sessionId: this.#sessionId }
  }

  get #ready(): string {
    return `${this.path}/${READY}`
  }

  async #createMember(): Promise<void> {
    const client = this.#client
    const mode = CreateMode.EPHEMERAL
    // Between two sessions: the member is one of the next.
    if (client.state === 'expired') await client.whenConnected()
    this.#sessionId = client.session.id
    const create = () =>
      persevere(client, () => {
        assertOwnSession(client, this.#member, 'create')
        return client.create(this.#own, this.#data, { mode })
      })
    await withParent(client, this.path, parentModeOf(this.#dialect), create).catch(error => {
      if (!isCode(error, KeeperCode.NodeExists)) throw error // the reply to our own create was lost
    })
  }

  async #untilReady(signal: AbortSignal | undefined): Promise<void> {
    const client = this.#client
    let opened = false
    this.#mayBeLate = false
    await watchUntil(
      client,
      async wake => {
        // Whoever leaves in a hurry may remove `ready` before it is looked at again: the event says that it was there.
        const watch = ({ type }: WatchEvent) => {
          opened ||= type === EventType.NodeCreated
          wake()
        }
        if (opened || (await client.exists(this.#ready, { watch, signal })) !== null) return true
        // Gone, the others do not count this member any more, and it would wait for ever.
        if ((await client.exists(this.#own, { watch: wake, signal })) === null) throw this.#lost('entering')
        const { names, cversion } = await this.#listed(signal)
        // An event of before the listing is known by now.
        if (opened) return true
        if (names.length < this.members) return undefined
        await this.#open(cversion)
        return true
      },
      signal,
      this.#member,
    )
  }

  /** @param cversion of the folder when enough were seen inside */
  async #open(cversion: number): Promise<void> {
    const client = this.#client
    try {
      const [, stat] = await Promise.all([client.create(this.#ready), client.exists(this.path)])
      // More has happened than this: another `ready` may have come and gone.
      this.#mayBeLate = this.#dialect === 'kazoo' && stat?.cversion !== cversion + 1
    } catch (error) {
      if (!isCode(error, KeeperCode.NodeExists)) throw error
    }
  }

  async #untilEmpty(signal: AbortSignal | undefined): Promise<void> {
    const client = this.#client
    let inside = true
    for (;;) {
      const list = () => {
        if (inside) assertOwnSession(client, this.#member, 'leave')
        return this.#listed(signal)
      }
      const { names } = await persevere(client, list, signal)
      if (inside && !names.includes(this.#name)) throw this.#lost('leaving')
      if (names.length === 0) return
      if (inside && names[0] === this.#name && names.length > 1) {
        await untilTouched(client, `${this.path}/${names[names.length - 1]}`, signal, this.#member)
        continue
      }
      if (inside) await orAborted(deleteSurely(client, this.#own), signal)
      inside = false
      if (names[0] === this.#name) return
      await untilTouched(client, `${this.path}/${names[0]}`, signal)
    }
  }

  /** The members inside, lowest first, and how often children have come and gone. */
  async #listed(signal: AbortSignal | undefined): Promise<{ names: string[]; cversion: number }> {
    const { children, cversion } = await this.#client.getChildrenWithStat(this.path, { signal }).then(
      ({ children, stat }) => ({ children, cversion: stat.cversion }),
      error => {
        if (isCode(error, KeeperCode.NoNode)) return { children: [], cversion: 0 } // a container goes with its last child
        throw error
      },
    )
    return { names: children.filter(name => name !== READY).sort(), cversion }
  }
}
