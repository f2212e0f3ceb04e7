/** Resolves when every promise that could go on has gone on: Node runs all microtasks before the next immediate. */
export function drain(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
