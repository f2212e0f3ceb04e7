/** What a handle tells of its own accord. */
import type { Client } from '@menagerie/client'
import { filter, map, merge, type Observable, pairwise } from 'rxjs'

export type HandleEvent =
  /** The file's contents have changed, or it was deleted. */
  | 'contents'
  /** Somebody has come for the lock, or has left. Who holds it and could do without may let it go. */
  | 'contenders'
  /** There is no connection: what is held may be lost before there is one again. */
  | 'jeopardy'
  /** There is one again, and the session lives. */
  | 'safe'
  /** The session is over, and with it what was held. */
  | 'expired'

/** Starts with the subscription. Nothing is missed over lost connections; what happens meanwhile is told as one. */
export function handleEvents(client: Client, file: string, locks: string): Observable<HandleEvent> {
  const contents$ = client.watch$(file).pipe(
    filter(({ type }) => type !== 'children'),
    map((): HandleEvent => 'contents'),
  )
  const contenders$ = client.watch$(locks).pipe(
    filter(({ type }) => type === 'children'),
    map((): HandleEvent => 'contenders'),
  )
  const session$ = client.state$.pipe(
    pairwise(),
    map(([before, state]): HandleEvent | undefined => {
      if (state === 'suspended') return 'jeopardy'
      if (state === 'expired') return 'expired'
      return before === 'suspended' && state === 'connected' ? 'safe' : undefined
    }),
    filter(event => event !== undefined),
  )
  return merge(contents$, contenders$, session$)
}
