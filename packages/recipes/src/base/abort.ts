import { NEVER, Observable } from 'rxjs'

/** Emits once the signal is aborted, at once if it is already; never without one. */
export function aborted$(signal: AbortSignal | undefined): Observable<void> {
  if (signal === undefined) return NEVER
  return new Observable(subscriber => {
    const tell = () => {
      subscriber.next()
      subscriber.complete()
    }
    if (signal.aborted) {
      tell()
      return
    }
    signal.addEventListener('abort', tell, { once: true })
    return () => signal.removeEventListener('abort', tell)
  })
}

/** Settles as the promise does, or rejects with the signal's reason if that comes first. Leaves no listener behind. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    const forget = () => signal.removeEventListener('abort', abort)
    promise.then(
      value => {
        forget()
        resolve(value)
      },
      error => {
        forget()
        reject(error)
      },
    )
  })
}
