/**
 * Carrying on over lost connections. A session outlives its connections, so a recipe does too: what may be
 * asked twice is asked again once there is a connection, and ends with the session.
 */
import { type Client, ClientClosedError, type ClientState, KeeperCode } from '@menagerie/client'
import { filter, firstValueFrom, type Observable, takeUntil } from 'rxjs'
import { aborted$ } from './abort.js'

/** The code of a client's error; undefined for anything else. */
function codeOf(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'number' ? code : undefined
}

export const isCode = (error: unknown, ...codes: number[]): boolean => {
  const code = codeOf(error)
  return code !== undefined && codes.includes(code)
}

/** Whether no answer came: the server may have carried the request out, or not. */
export const isLoss = (error: unknown): boolean =>
  isCode(error, KeeperCode.ConnectionLoss, KeeperCode.RequestTimeout, KeeperCode.OperationTimeout)

/** Whether the session is over, by whoever's doing. */
export const isSessionEnd = (error: unknown): boolean =>
  isCode(error, KeeperCode.SessionExpired, KeeperCode.UnknownSession)

/**
 * Repeats an idempotent request over lost connections until it is answered or the session ends.
 * @throws the signal's reason, refusals, SessionExpiredError, ClientClosedError
 */
export async function persevere<T>(
  client: Client,
  request: () => Promise<T>,
  signal?: AbortSignal | undefined,
): Promise<T> {
  for (;;) {
    signal?.throwIfAborted()
    try {
      return await request()
    } catch (error) {
      if (!isLoss(error)) throw error
      await untilNotSuspended(client, signal)
    }
  }
}

/** As {@link persevere}, for a deletion: that the znode is gone is success. */
export async function deleteSurely(client: Client, path: string): Promise<void> {
  try {
    await persevere(client, () => client.delete(path))
  } catch (error) {
    if (!isCode(error, KeeperCode.NoNode)) throw error
  }
}

/**
 * Runs again with the client's next session when the present one has expired, if the client renews sessions: for what
 * belongs to no session. @throws SessionExpiredError if there is no next session
 */
export async function acrossSessions<T>(
  client: Client,
  request: () => Promise<T>,
  signal?: AbortSignal | undefined,
): Promise<T> {
  for (;;) {
    try {
      return await request()
    } catch (error) {
      if (!(await hasNextSession(client, error, signal))) throw error
    }
  }
}

/**
 * Whether an error is the end of a session after which the client goes on with another one; waits until that is known.
 * @throws the signal's reason
 */
export async function hasNextSession(client: Client, error: unknown, signal?: AbortSignal): Promise<boolean> {
  if (!isSessionEnd(error) || error instanceof ClientClosedError) return false
  const connected$ = client.state$.pipe(
    filter(state => state === 'connected'),
    takeUntil(aborted$(signal)),
  )
  const connected = await firstValueFrom(connected$, { defaultValue: undefined })
  signal?.throwIfAborted()
  return connected !== undefined
}

/** Resolves once the client is connected or done for good: the next request tells which. */
export async function untilNotSuspended(client: Client, signal?: AbortSignal): Promise<void> {
  await untilState(client.state$, state => state !== 'suspended', signal)
}

/** Resolves while there is no connection or no session any more. */
export async function untilNotConnected(client: Client, signal?: AbortSignal): Promise<void> {
  await untilState(client.state$, state => state !== 'connected', signal)
}

async function untilState(
  state$: Observable<ClientState>,
  wanted: (state: ClientState) => boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  await firstValueFrom(state$.pipe(filter(wanted), takeUntil(aborted$(signal))), { defaultValue: undefined })
  signal?.throwIfAborted()
}
