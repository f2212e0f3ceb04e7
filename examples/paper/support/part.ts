/** What every part of an example does: connects, works until it is told to stop, and leaves. */
import { type Client, connect, withRetries } from '@menagerie/client'

/** Short, so that a death is noticed while one looks on. A server may insist on more. */
const SESSION_TIMEOUT_MS = 3000
/** How long a part that is told to stop may take over it. */
const GOODBYE_MS = 2500

export interface PartContext {
  readonly client: Client
  /** Names this part among its like. */
  readonly id: string
  /** What the command line holds behind servers and id. */
  readonly args: readonly string[]
  /** Aborted by SIGTERM, SIGINT, and the death of the process that started this one. */
  readonly signal: AbortSignal
}

/**
 * Runs a part: `node PART.js SERVERS ID [ARG...]`. Its session is renewed when it has expired, and the part goes on. When
 * `work` returns, or `signal` is aborted and it has rejected, the client is closed and the process ends with exit code 0.
 */
export async function runPart(work: (context: PartContext) => Promise<void>): Promise<void> {
  const [, , servers, id, ...args] = process.argv
  if (servers === undefined || id === undefined) throw new Error('usage: node PART.js SERVERS ID [ARG...]')
  const stop = new AbortController()
  for (const event of ['SIGTERM', 'SIGINT', 'disconnect']) process.once(event, () => stop.abort())
  const { signal } = stop
  // Without a server nobody hears a goodbye: the znodes go with the session.
  signal.addEventListener('abort', () => setTimeout(() => process.exit(1), GOODBYE_MS).unref())
  const options = { sessionTimeoutMs: SESSION_TIMEOUT_MS, renewSession: true, signal }
  // Once connected, a client waits for its servers by itself; this one may start before they do.
  const client = await withRetries(() => connect(servers, options), { signal })
  try {
    await work({ client, id, args, signal })
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await client.close()
    if (process.connected) process.disconnect()
  }
}
