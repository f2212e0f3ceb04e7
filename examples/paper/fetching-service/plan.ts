/** Who fetches what: the master's decision, without any input or output. */
import type { Request } from './layout.js'

/** A request as the master sees it. */
export interface Seen extends Request {
  readonly name: string
  /** Of its znode. */
  readonly version: number
}

/** A request that is given to a fetcher; `fetcher` in the request is who had it before. */
export interface Move {
  readonly request: Seen
  readonly to: string
}

/**
 * Gives requests that nobody has, or that a dead fetcher has, to the fetchers with the least to do.
 * @param fetchers who lives
 * @param perFetcher how many requests one may have at a time
 */
export function plan(requests: readonly Seen[], fetchers: readonly string[], perFetcher: number): Move[] {
  const loads = new Map(fetchers.map(fetcher => [fetcher, 0]))
  const waiting: Seen[] = []
  for (const request of requests) {
    const load = request.fetcher === undefined ? undefined : loads.get(request.fetcher)
    if (load === undefined) waiting.push(request)
    else loads.set(request.fetcher!, load + 1)
  }
  const moves: Move[] = []
  for (const request of waiting) {
    const [to, load] = [...loads].reduce((a, b) => (b[1] < a[1] ? b : a), ['', Number.POSITIVE_INFINITY])
    if (load >= perFetcher) break
    loads.set(to, load + 1)
    moves.push({ request, to })
  }
  return moves
}
