/** The znode where those meet who know its path and not each other: its data is the address of the master. */
import { type Client, NodeCache, NoNodeError, withRetries } from '@menagerie/client'
import { distinctUntilChanged, map, type Observable } from 'rxjs'

/** What it tells: nothing yet, where the master is, or that the client has gone and all is over. */
export type Meeting = 'nobody yet' | 'over' | URL

/** What it tells now, and whenever that changes. */
export function meeting$(point: NodeCache): Observable<Meeting> {
  return point.value$.pipe(
    map((node): Meeting => {
      if (node === null) return 'over'
      const address = new TextDecoder().decode(node.data ?? undefined)
      return address === '' ? 'nobody yet' : new URL(address)
    }),
    distinctUntilChanged((one, other) => String(one) === String(other)),
  )
}

/** The master says where it is. @returns false if it is over */
export async function fillIn(client: Client, path: string, address: string): Promise<boolean> {
  try {
    await withRetries(() => client.setData(path, new TextEncoder().encode(address)))
    return true
  } catch (error) {
    if (error instanceof NoNodeError) return false
    throw error
  }
}

/** Resolves when it is over. */
export async function untilOver(client: Client, path: string, signal: AbortSignal): Promise<void> {
  await using point = await NodeCache.open(client, path, { signal })
  await new Promise<void>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    meeting$(point).subscribe({ next: meeting => meeting === 'over' && resolve(), error: reject })
  })
}
