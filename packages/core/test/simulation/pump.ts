import type { Timeline } from '@menagerie/core/simulation'

/** What the runner of these tests brings: all microtasks have run when it resolves. */
export function drain(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

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
