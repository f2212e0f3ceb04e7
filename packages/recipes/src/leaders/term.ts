/** One leadership after another: the loop that election and latch share. */
import { type Client, ClientClosedError } from '@menagerie/client'
import { aborted$ } from '../base/abort.js'
import { acquirePlace, type Entry } from '../base/acquire.js'
import { type Grant, PlaceGrant } from '../base/grant.js'
import { clockOf, type HoldOptions } from '../base/options.js'
import { hasNextSession } from '../base/retry.js'

/**
 * A time of leadership. `signal` is its end, whatever the reason: work that must only be done by the leader takes the
 * signal, and hands `fencingToken` to what it writes to.
 */
export interface Term extends Grant {
  /** Of this candidate. */
  readonly id: string
}

/** Queues, leads, and queues again when a term has ended. @throws what acquiring throws, the client's closing excepted */
export async function* campaign(
  client: Client,
  id: string,
  entry: Entry,
  options: HoldOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<Term, void, undefined> {
  const { suspendedMs } = options
  for (;;) {
    const place = await acquirePlace(client, entry, options, signal).catch(error => {
      // The place is gone while the session lives: another round.
      if ((error as { code?: unknown }).code === 'RECIPE_LOST') return null
      // Both are ways to end the campaign, not failures of it.
      if (signal?.aborted || error instanceof ClientClosedError) return undefined
      return nextRound(client, error, signal)
    })
    if (place === undefined) return
    if (place === null) continue
    await using term = new TermGrant(client, place, { clock: clockOf(options), what: 'leadership', suspendedMs }, id)
    const resigning = aborted$(signal).subscribe(() => void term[Symbol.asyncDispose]())
    try {
      yield term
    } finally {
      resigning.unsubscribe()
    }
  }
}

/** Null for another round in the client's next session. @throws the error if there is none */
async function nextRound(client: Client, error: unknown, signal: AbortSignal | undefined): Promise<null | undefined> {
  try {
    if (await hasNextSession(client, error, signal)) return null
  } catch {
    return undefined
  }
  throw error
}

class TermGrant extends PlaceGrant implements Term {
  constructor(
    client: Client,
    place: ConstructorParameters<typeof PlaceGrant>[1],
    options: ConstructorParameters<typeof PlaceGrant>[2],
    readonly id: string,
  ) {
    super(client, place, options)
  }
}
