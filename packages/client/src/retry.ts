/** Trying again what a lost connection has cut short. */
import pRetry from 'p-retry'
import { ConnectionLossError, RequestTimeoutError } from './errors.js'

/** How often, how fast and for which failures `withRetries` tries again. */
export interface RetryOptions {
  /** Tries after the first one. Default 10. */
  readonly retries?: number
  /** Before the first of them; it doubles each time, with a random part. Default 100. */
  readonly minDelayMs?: number
  /** Default 5000. */
  readonly maxDelayMs?: number
  /** Calls it off, whether waiting or trying. */
  readonly signal?: AbortSignal
  /** Which failures are worth another try. Default: {@link isRetriable}. */
  readonly shouldRetry?: (error: unknown) => boolean
}

/**
 * Whether the server may answer next time: the connection was lost, or the reply took too long. The request
 * may have been carried out all the same, so only repeat what may happen twice: reads, writes with a version
 * (the second one fails with BadVersion then), and creates with option `protect`, which repeat themselves.
 */
export function isRetriable(error: unknown): boolean {
  return error instanceof ConnectionLossError || error instanceof RequestTimeoutError
}

/**
 * Runs `work` until it succeeds, fails for good, or the tries are used up: then with its last failure.
 *
 * ```ts
 * const { data } = await withRetries(() => client.getData('/config'), { retries: 3, signal })
 * ```
 */
export function withRetries<T>(work: (attempt: number) => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { shouldRetry = isRetriable } = options
  return pRetry(attempt => work(attempt), {
    retries: options.retries ?? 10,
    minTimeout: options.minDelayMs ?? 100,
    maxTimeout: options.maxDelayMs ?? 5000,
    randomize: true,
    signal: options.signal,
    shouldRetry: context => shouldRetry('error' in context ? context.error : context),
  })
}
