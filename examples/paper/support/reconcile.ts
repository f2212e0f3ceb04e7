/** Acting on what is seen: the loop of every master, and of every part that does what a master wrote. */
import { type Client, isRetriable, MultiError, SessionExpiredError } from '@menagerie/client'
import type { Observable } from 'rxjs'

/**
 * Calls `step` with the newest state, one call at a time, until `signal` is aborted. States that come during a step are one:
 * the newest. So a step looks at everything and does what is missing; it keeps no account of what it has done before.
 *
 * After a lost connection, when nobody knows whether the last transaction was carried out, the step is repeated. A
 * transaction that is refused was made from an old state: the newer one is on its way here, and the step comes again with it.
 *
 * @throws what `state$` errors with, and what `step` throws besides
 */
export async function reconcile<S>(
  client: Client,
  state$: Observable<S>,
  step: (state: S) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let todo: S[] = []
  let failure: { readonly error: unknown } | undefined
  let wake = () => {}
  const onAbort = () => wake()
  signal.addEventListener('abort', onAbort)
  const subscription = state$.subscribe({
    next: state => {
      todo = [state]
      wake()
    },
    error: error => {
      failure = { error }
      wake()
    },
  })
  try {
    while (!signal.aborted) {
      if (failure !== undefined) throw failure.error
      const state = todo
      todo = []
      if (state.length === 0) await new Promise<void>(resolve => (wake = resolve))
      else if ((await tried(client, () => step(state[0]), signal)) === 'again' && todo.length === 0) todo = state
    }
  } finally {
    subscription.unsubscribe()
    signal.removeEventListener('abort', onAbort)
  }
}

async function tried(client: Client, step: () => Promise<void>, signal: AbortSignal): Promise<'again' | 'done'> {
  try {
    await step()
    return 'done'
  } catch (error) {
    if (signal.aborted || error instanceof MultiError) return 'done'
    if (!isRetriable(error) && !(error instanceof SessionExpiredError)) throw error
    await client.whenConnected({ signal }).catch(unlessAborted(signal))
    return 'again'
  }
}

/** For `catch`: what is thrown after the signal was aborted is its consequence, and no failure. */
export const unlessAborted = (signal: AbortSignal) => (error: unknown) => {
  if (!signal.aborted) throw error
}
