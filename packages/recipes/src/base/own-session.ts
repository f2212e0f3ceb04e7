/**
 * What belongs to one session, where the client may go on with another one. The server removes it with its session, and
 * what is found in its place later is somebody else's.
 */
import { type Client, KeeperCode, SessionExpiredError } from '@menagerie/client'
import { isCode, isLoss, isSessionEnd, persevere } from './retry.js'

/** Something that lives as long as a session: a znode, a grant. */
export interface OwnedBySession {
  readonly path: string
  readonly sessionId: bigint
}

/** One znode of a session, told from others that had or will have its path by what created it. */
export interface OwnZnode extends OwnedBySession {
  readonly czxid: number
}

export function isOwnSession(client: Client, { sessionId }: Pick<OwnedBySession, 'sessionId'>): boolean {
  return client.session.id === sessionId
}

/**
 * To be called right before a request that is meant for this session only: the client fails what it has taken for a session
 * that is over, and never carries it into the next one. @throws SessionExpiredError
 */
export function assertOwnSession(client: Client, owned: OwnedBySession, operation: string): void {
  if (!isOwnSession(client, owned)) {
    throw new SessionExpiredError(operation, owned.path, 'the client has gone on with another session')
  }
}

/**
 * Deletes this znode, and none that has come to its path since: when the reply was lost it may be gone, and another one be
 * there. Resolves when it is gone, at the latest with its session. @throws what the client throws
 * @param mayBeGone it may have been deleted before
 */
export async function deleteOwn(client: Client, znode: OwnZnode, mayBeGone = false): Promise<void> {
  let doubtful = mayBeGone
  const remove = async () => {
    assertOwnSession(client, znode, 'delete')
    if (doubtful) {
      await client.sync(znode.path)
      if ((await client.exists(znode.path))?.czxid !== znode.czxid) return
    }
    await client.delete(znode.path).catch(error => {
      doubtful ||= isLoss(error)
      throw error
    })
  }
  try {
    await persevere(client, remove)
  } catch (error) {
    if (!isSessionEnd(error) && !isCode(error, KeeperCode.NoNode)) throw error
  }
}
