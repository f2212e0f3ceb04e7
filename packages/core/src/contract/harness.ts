/**
 * All that a contract kit asks of a test runner: run `body` under `name`, fail on rejection. Works with
 * tap (`(name, body) => { t.test(name, body) }`), node:test and others.
 */
export type TestFunction = (name: string, body: () => Promise<void>) => void

/** A failed expectation of a kit. */
export class ContractViolation extends Error {
  override readonly name = 'ContractViolation'
}

export function expect(condition: unknown, message: string): asserts condition {
  if (!condition) throw new ContractViolation(message)
}

/** Compares by structure (JSON, with byte arrays as hex) and shows both sides. */
export function expectEqual(actual: unknown, expected: unknown, message: string): void {
  const a = show(actual)
  const b = show(expected)
  if (a !== b) throw new ContractViolation(`${message}: found ${a}, expected ${b}`)
}

/** Expects a rejection with this `code` and returns the error. */
export async function expectCode(promise: Promise<unknown>, code: string, message: string): Promise<Error> {
  try {
    await promise
  } catch (error) {
    const found = (error as { code?: unknown }).code
    if (found !== code)
      throw new ContractViolation(`${message}: found code ${String(found)} (${error}), expected ${code}`)
    return error as Error
  }
  throw new ContractViolation(`${message}: nothing was thrown, expected ${code}`)
}

function show(value: unknown): string {
  // A Buffer turns itself into something else before a replacer sees it, so the value is looked up anew.
  return JSON.stringify(value, function (this: Record<string, unknown>, key: string) {
    const part = this[key]
    if (part instanceof Uint8Array) return `bytes:${[...part].map(b => b.toString(16).padStart(2, '0')).join('')}`
    if (typeof part === 'bigint') return `${part}n`
    return part
  })
}
