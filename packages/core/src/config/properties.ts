/**
 * The syntax of Java's .properties files, which is that of zoo.cfg: what `java.util.Properties.load`
 * makes of the text, with the line that each entry starts on.
 *
 * Trailing whitespace belongs to a value in this syntax. Whoever reads a zoo.cfg trims, as Apache does.
 */

export interface Property {
  readonly key: string
  readonly value: string
  /** The line, counted from 1, that the entry starts on. */
  readonly line: number
}

export interface PropertiesProblem {
  readonly line: number
  readonly message: string
}

/** A file of properties, read as Java does. */
export interface PropertiesText {
  /** In the order of the file, repeated keys included. */
  readonly entries: readonly Property[]
  readonly problems: readonly PropertiesProblem[]
}

/** Reads a .properties text. Never throws: a damaged entry is left out and reported. */
export function readProperties(text: string): PropertiesText {
  const entries: Property[] = []
  const problems: PropertiesProblem[] = []
  for (const { text: logical, line } of logicalLines(text)) {
    const [rawKey, rawValue] = splitEntry(logical)
    try {
      entries.push({ key: unescaped(rawKey), value: unescaped(rawValue), line })
    } catch (error) {
      problems.push({ line, message: (error as Error).message })
    }
  }
  return { entries, problems }
}

interface LogicalLine {
  readonly text: string
  readonly line: number
}

const isBlank = (char: string) => char === ' ' || char === '\t' || char === '\f'

/** Lines joined where one ends in an odd number of backslashes; comments and blank lines left out. */
function* logicalLines(text: string): Generator<LogicalLine> {
  let joined = ''
  let start = 0
  let continues = false
  const lines = text.split(/\r\n|\r|\n/)
  for (const [index, natural] of lines.entries()) {
    const line = natural.replace(/^[ \t\f]+/, '')
    if (!continues) {
      joined = ''
      start = index + 1
    }
    // A continued line may begin with # or !, unless nothing but the backslash came before it.
    if (joined === '' && (line === '' || line[0] === '#' || line[0] === '!')) {
      continues = false
      continue
    }
    if (joined === '') start = index + 1
    const backslashes = /\\*$/.exec(line)![0].length
    continues = backslashes % 2 === 1
    joined += continues ? line.slice(0, -1) : line
    if (!continues) yield { text: joined, line: start }
  }
  // The text ended in a backslash: it is dropped, and the entry stands.
  if (continues && joined !== '') yield { text: joined, line: start }
}

/** Cuts at the first unescaped `=`, `:` or blank; blanks around one `=` or `:` belong to neither side. */
function splitEntry(line: string): [key: string, value: string] {
  let end = 0
  while (end < line.length) {
    const char = line[end]!
    if (char === '\\') end += 2
    else if (char === '=' || char === ':' || isBlank(char)) break
    else end++
  }
  let value = Math.min(end, line.length)
  while (isBlank(line[value] ?? '')) value++
  if (line[value] === '=' || line[value] === ':') value++
  while (isBlank(line[value] ?? '')) value++
  return [line.slice(0, end), line.slice(value)]
}

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescaped(text: string): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|.|$)/gs, (_, code: string) => {
    if (code.length === 5) return String.fromCharCode(Number.parseInt(code.slice(1), 16))
    if (code === 'u') throw new Error('\\u is not followed by four hexadecimal digits')
    return escapes[code] ?? code
  })
}
