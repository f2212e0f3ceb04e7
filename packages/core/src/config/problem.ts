import { MenagerieError } from '../errors.js'

/** Something to say about one place of a configuration file. */
export interface ConfigProblem {
  /** The file as the user named it; left out for what came from the command line. */
  readonly file?: string
  /** Counted from 1. */
  readonly line?: number
  /** The key as it stands in the file. */
  readonly key?: string
  /** One sentence without a full stop, with what was found and what is expected. */
  readonly message: string
}

/** One line: `zoo.cfg:3: clientPort: found "abc", expected a port from 0 to 65535`. */
export function describeProblem({ file, line, key, message }: ConfigProblem): string {
  const place = file === undefined ? '' : line === undefined ? `${file}: ` : `${file}:${line}: `
  return `${place}${key === undefined ? '' : `${key}: `}${message}`
}

/** Everything that is wrong with a configuration, reported together. Its code is CONFIG_INVALID. */
export class ConfigError extends MenagerieError {
  constructor(readonly problems: readonly ConfigProblem[]) {
    super('CONFIG_INVALID', problems.map(describeProblem).join('\n'))
  }
}

/** Files in the order given, lines in order within a file; what has no line comes last. */
export function sortProblems(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const files = [...new Set(problems.map(problem => problem.file))]
  const rank = (problem: ConfigProblem) => problem.line ?? Number.MAX_SAFE_INTEGER
  return [...problems].sort((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || rank(a) - rank(b))
}
