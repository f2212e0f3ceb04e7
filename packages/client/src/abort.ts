/** AbortSignal in promises. */
import type { Request } from './request.js'

/** Rejects a request when the signal says so, and calls `withdraw`. No watch is registered for it then. */
export function rejectOnAbort(
  request: Request,
  promise: Promise<unknown>,
  signal: AbortSignal,
  withdraw: () => void,
): void {
  const onAbort = () => {
    request.watcher = null
    withdraw()
    request.reject(signal.reason)
  }
  const forget = () => signal.removeEventListener('abort', onAbort)
  signal.addEventListener('abort', onAbort, { once: true })
  promise.then(forget, forget)
}

/** The promise, or a rejection with the signal's reason if that comes first. `aborted` is called then. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal, aborted: () => void = () => {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      reject(signal.reason)
      aborted()
    }
    if (signal.aborted) {
      promise.catch(() => {})
      onAbort()
      return
    }
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
