/** How producers and subscribers find their topic: by its primary's znode, again after every fail-over. */
import { setTimeout as delay } from 'node:timers/promises'
import { type Client, NodeCache } from '@menagerie/client'
import { filter, firstValueFrom, fromEvent, takeUntil } from 'rxjs'
import { paths, places } from './layout.js'
import { type Connection, dial } from './wire.js'

const RETRY_MS = 100

/**
 * Calls `talk` with a connection to the topic's primary, and again with a new one when it has ended, until `signal` is aborted.
 * The connection is closed when another broker becomes primary: one that stands still would leave it open.
 */
export async function withPrimary(
  client: Client,
  topic: string,
  signal: AbortSignal,
  talk: (connection: Connection) => Promise<void>,
): Promise<void> {
  await using cache = await NodeCache.open(client, paths.primary(topic), { signal })
  const present$ = cache.value$.pipe(
    filter(node => node !== null),
    takeUntil(fromEvent(signal, 'abort')),
  )
  while (!signal.aborted) {
    const primary = await firstValueFrom(present$, { defaultValue: undefined })
    if (primary === undefined) return
    await talkTo(primary.data!, primary.stat.czxid)
    await delay(RETRY_MS, undefined, { signal }).catch(() => {})
  }

  async function talkTo(data: Uint8Array, czxid: number): Promise<void> {
    const over = new AbortController()
    const watching = cache.value$.subscribe(node => node?.stat.czxid === czxid || over.abort())
    const end = AbortSignal.any([signal, over.signal])
    try {
      using connection = await dial(places.decode(data), end)
      end.addEventListener('abort', () => connection.close())
      if (!end.aborted) await talk(connection)
    } catch (error) {
      if ((error as { code?: unknown }).code === undefined) throw error // not of the network
    } finally {
      watching.unsubscribe()
    }
  }
}
