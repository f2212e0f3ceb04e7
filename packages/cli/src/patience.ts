/** Waiting for what a plugin may never finish. */
import { MenagerieError } from '@menagerie/core'

/** After how long, in milliseconds, and how often from then on, it is said what is waited for. */
const PATIENCE_MS = 10_000

/**
 * Waits, and says so where it takes long. A promise that nothing can settle any more would end the process without a word:
 * it rejects instead.
 *
 * @param what is waited for, as it follows "waiting for": `./mine.js to load`
 * @throws PLUGIN_INVALID when nothing is left that could settle it
 */
export async function patiently<T>(
  promise: Promise<T>,
  what: string,
  say: (sentence: string) => void = () => {},
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const beganAt = Date.now()
  let abandon: () => void = () => {}
  const abandoned = new Promise<never>((_, reject) => {
    const message = `waited in vain for ${what}: what is awaited can never come`
    abandon = () => reject(new MenagerieError('PLUGIN_INVALID', message))
  })
  // For whoever watches only: it keeps nothing alive.
  const reminder = setInterval(
    () => say(`still waiting for ${what}, for ${Math.round((Date.now() - beganAt) / 1000)} s so far`),
    patienceMs,
  ).unref()
  process.once('beforeExit', abandon)
  try {
    return await Promise.race([promise, abandoned])
  } finally {
    clearInterval(reminder)
    process.off('beforeExit', abandon)
  }
}
