import { type ConfigError, describeProblem } from '@menagerie/core'

/** What stands on stderr when something fails: one clear sentence, or one for each problem of a file. */
export function describeFailure(error: unknown, withStack: boolean): string {
  if (withStack && error instanceof Error) return `menagerie: ${error.stack ?? error.message}${causes(error)}\n`
  if (isConfigError(error)) {
    const [first] = error.problems
    if (error.problems.length === 1) return `menagerie: ${describeProblem(first!)}\n`
    const lines = error.problems.map(problem => `  ${describeProblem(problem)}\n`)
    return `menagerie: the configuration has ${lines.length} errors:\n${lines.join('')}`
  }
  return `menagerie: ${error instanceof Error ? error.message : String(error)}\n`
}

/** By its shape: a plugin may bring a second copy of the class. */
const isConfigError = (error: unknown): error is ConfigError =>
  error instanceof Error && Array.isArray((error as Partial<ConfigError>).problems)

function causes(error: Error): string {
  const { cause } = error
  return cause instanceof Error ? `\n  caused by ${cause.stack ?? cause.message}${causes(cause)}` : ''
}
