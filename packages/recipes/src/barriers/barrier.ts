import { type Client, CreateMode, KeeperCode } from '@menagerie/client'
import type { WaitOptions } from '../base/options.js'
import { withParent } from '../base/parents.js'
import { checkedPath, parentOf } from '../base/paths.js'
import { deleteSurely, isCode, persevere } from '../base/retry.js'
import { watchUntil } from '../base/watching.js'

/**
 * A gate: closed while its znode exists (Curator DistributedBarrier, kazoo Barrier).
 *
 * **Guarantee**: whoever waits goes on after the gate was opened. All who wait are woken at once: that is its purpose. The
 * znode belongs to no session: a gate stays closed when whoever closed it is gone.
 *
 * **Suspended**: waits on, and hears on reconnecting if the gate was opened meanwhile. **Expired**: `wait` rejects.
 */
export class Barrier {
  /** The znode that closes the gate. */
  readonly path: string
  readonly #client: Client

  /** @throws RECIPE_ARGUMENT for a path that cannot be */
  constructor(client: Client, path: string) {
    this.#client = client
    this.path = checkedPath(path)
  }

  /** Closes the gate. It may be closed already. */
  async close(): Promise<void> {
    const client = this.#client
    const create = () => persevere(client, () => client.create(this.path))
    await withParent(client, parentOf(this.path), CreateMode.CONTAINER, create).catch(error => {
      if (!isCode(error, KeeperCode.NodeExists)) throw error
    })
  }

  /** Opens the gate. It may be open already. */
  async open(): Promise<void> {
    await deleteSurely(this.#client, this.path)
  }

  /** Resolves when the gate is open. @throws the signal's reason, SessionExpiredError */
  async wait({ signal }: WaitOptions = {}): Promise<void> {
    const client = this.#client
    const look = async (watch: () => void) => {
      try {
        // Not exists: that would leave a watch at the server when there is nothing to wait for.
        await client.getData(this.path, { watch, signal })
        return undefined
      } catch (error) {
        if (isCode(error, KeeperCode.NoNode)) return true
        throw error
      }
    }
    await watchUntil(client, look, signal)
  }
}
