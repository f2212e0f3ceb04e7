/** Waiting for a change, over lost connections, with an end when the session ends. */
import { type Client, KeeperCode } from '@menagerie/client'
import { Bell } from './bell.js'
import { assertOwnSession, type OwnedBySession } from './own-session.js'
import { isCode, persevere } from './retry.js'

/**
 * Looks, waits for the watch that the look has left, and looks again, until the look is satisfied.
 *
 * The client sets watches again after a reconnect and tells what was missed, so a suspended connection only
 * delays. When the session ends, the next look rejects with the session's error.
 * @param look reads with `{ watch }` and returns what it waited for, or undefined to wait for the watch
 * @param owned what the wait is for: it ends with that session, even if the client goes on with another one
 */
export async function watchUntil<T>(
  client: Client,
  look: (watch: () => void) => Promise<T | undefined>,
  signal?: AbortSignal,
  owned?: OwnedBySession,
): Promise<T> {
  const bell = new Bell()
  // Watches die with the session without a word; its end has to wake the loop, which then learns why.
  const session = client.state$.subscribe({
    next: state => state === 'expired' && bell.ring(),
    complete: bell.ring,
  })
  try {
    for (;;) {
      const asked = () => {
        if (owned !== undefined) assertOwnSession(client, owned, 'wait')
        return look(bell.ring)
      }
      const found = await persevere(client, asked, signal)
      if (found !== undefined) return found
      await bell.wait(signal)
    }
  } finally {
    session.unsubscribe()
  }
}

/**
 * Resolves when the znode is gone or has changed, or was gone before. Asks by getData, which leaves no watch
 * at the server for a znode that is not there.
 */
export async function untilTouched(
  client: Client,
  path: string,
  signal?: AbortSignal,
  owned?: OwnedBySession,
): Promise<void> {
  let looked = false
  const look = async (watch: () => void) => {
    if (looked) return true
    try {
      await client.getData(path, { watch })
    } catch (error) {
      if (isCode(error, KeeperCode.NoNode)) return true
      throw error
    }
    looked = true
    return undefined
  }
  await watchUntil(client, look, signal, owned)
}
