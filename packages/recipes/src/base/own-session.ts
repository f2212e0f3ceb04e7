/**
 * What belongs to one session, where the client may go on with another one. The server removes it with its session, and
 * what is found in its place later is somebody else's.
 */
import { type Client, SessionExpiredError } from '@menagerie/client'

/** Something that lives as long as a session: a znode, a grant. */
export interface OwnedBySession {
  readonly path: string
  readonly sessionId: bigint
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
