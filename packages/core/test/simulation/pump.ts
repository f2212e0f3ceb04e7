import type { Timeline } from '@menagerie/core/simulation'

/** Runs a timeline beside a test that knows nothing of it, until it is stopped. */
export function pump(timeline: Timeline): () => void {
  let stopped = false
  const turn = (): void => {
    if (stopped) return
    for (let i = 0; i < 16; i++) timeline.step()
    setImmediate(turn)
  }
  setImmediate(turn)
  return () => {
    stopped = true
  }
}
