/** Names of a kit's tests that fail: what a broken implementation must not leave empty. */
export async function failures(
  kit: (test: (name: string, body: () => Promise<void>) => void) => void,
): Promise<string[]> {
  const tests: [string, () => Promise<void>][] = []
  kit((name, body) => tests.push([name, body]))
  const failed: string[] = []
  for (const [name, body] of tests) {
    try {
      await body()
    } catch {
      failed.push(name)
    }
  }
  return failed
}
