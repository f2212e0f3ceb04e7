import type { Cancel, Clock } from '@menagerie/core'

/** How long an earlier candidate is given before the next one is tried beside it. */
const HEAD_START_MS = 250

/**
 * Tries candidates in turn, each as soon as the one before it has failed or has taken 250 ms: an address that swallows
 * packets must not cost a whole timeout while another one would answer. The first to succeed wins; the others are
 * aborted, and what succeeds too late is given to `discard`.
 * @throws the last failure; the reason of `signal`
 */
export function staggered<Candidate, Result>(
  candidates: readonly Candidate[],
  clock: Clock,
  signal: AbortSignal | undefined,
  attempt: (candidate: Candidate, signal: AbortSignal) => Promise<Result>,
  discard: (late: Result) => void,
): Promise<Result> {
  const race = new AbortController()
  return new Promise<Result>((resolve, reject) => {
    let next = 0
    let running = 0
    let cancel: Cancel | undefined
    const finish = (settle: () => void) => {
      cancel?.()
      signal?.removeEventListener('abort', onAbort)
      settle()
      race.abort(new Error('another address has answered'))
    }
    const onAbort = () => finish(() => reject(signal!.reason))
    const start = () => {
      cancel?.()
      cancel = undefined
      const candidate = candidates[next++]
      running++
      if (next < candidates.length) cancel = clock.schedule(HEAD_START_MS, start)
      attempt(candidate, race.signal).then(
        result => (race.signal.aborted ? discard(result) : finish(() => resolve(result))),
        error => {
          running--
          if (race.signal.aborted) return
          if (next < candidates.length) start()
          else if (running === 0) finish(() => reject(error))
        },
      )
    }
    if (signal?.aborted === true) reject(signal.reason)
    else if (candidates.length === 0) reject(new Error('it has no address'))
    else {
      signal?.addEventListener('abort', onAbort)
      start()
    }
  })
}
