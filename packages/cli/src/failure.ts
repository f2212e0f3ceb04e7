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
  return `menagerie: ${describeSystemError(error) ?? (error instanceof Error ? error.message : String(error))}\n`
}

/** An error of the operating system that nobody has put into words: `EACCES: permission denied, open '/x/y'`. */
export function describeSystemError(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, syscall, path } = error as NodeJS.ErrnoException
  const reason = code === undefined ? undefined : REASONS[code]
  if (syscall === undefined || path === undefined || reason === undefined) return undefined
  return `${path} cannot be used: ${reason} (${code} at ${syscall})`
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not read it, or not write it',
  EISDIR: 'it is a folder',
  EMFILE: 'this process has too many files open',
  ENOENT: 'it does not exist',
  ENOSPC: 'no space is left on the device',
  ENOTDIR: 'a part of the path is not a folder',
  EPERM: 'this user may not do that',
  EROFS: 'the file system is mounted read-only',
}

/** By its shape: a plugin may bring a second copy of the class. */
const isConfigError = (error: unknown): error is ConfigError =>
  error instanceof Error && Array.isArray((error as Partial<ConfigError>).problems)

function causes(error: Error): string {
  const { cause } = error
  return cause instanceof Error ? `\n  caused by ${cause.stack ?? cause.message}${causes(cause)}` : ''
}
