import { ClientClosedError } from '@menagerie/client'
import { Observable } from 'rxjs'

/**
 * A stream of what a loop tells. The loop runs from subscribing to unsubscribing, which aborts its signal. It completes when
 * the client is closed by its owner, and errors with whatever else the loop throws: the session's expiry, above all.
 */
export function streamOf<T>(run: (tell: (value: T) => void, signal: AbortSignal) => Promise<void>): Observable<T> {
  return new Observable(subscriber => {
    const stop = new AbortController()
    run(value => subscriber.next(value), stop.signal).then(
      () => subscriber.complete(),
      error => {
        if (stop.signal.aborted) return
        if (error instanceof ClientClosedError) subscriber.complete()
        else subscriber.error(error)
      },
    )
    return () => stop.abort()
  })
}
