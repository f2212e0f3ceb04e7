/** What the reader of YAML found, in words that say what to do. */
import type { YAMLError } from 'yaml'

/** By the reader's own codes; what is not here keeps the reader's words. */
const SENTENCES: Readonly<Record<string, (line: string) => string>> = {
  BAD_INDENT: () =>
    'this line is indented by other spaces than those that it belongs to; give them the same indentation',
  BAD_SCALAR_START: line => {
    const [, value] = /([@`].*?)\s*$/.exec(line) ?? []
    const character = value?.[0] ?? '@'
    return `a value cannot begin with ${character}: put it in quotes${value === undefined || /["'\]},#]/.test(value) ? '' : `, as "${value}"`}`
  },
  BLOCK_AS_IMPLICIT_KEY: () =>
    'a key and a value stand where a value is already, here or on the next line: check the indentation',
  DUPLICATE_KEY: line => {
    const [, key] = /^[\s-]*([^\s:]+)\s*:/.exec(line) ?? []
    return `${key === undefined ? 'a key' : `the key ${key}`} is here a second time: keep one of them`
  },
  MULTIPLE_DOCS: () => 'a second document begins here (---), and a configuration is one: remove one of them',
  TAB_AS_INDENT: () => 'a tab in the indentation, where YAML takes spaces only: replace it',
}

/** One sentence without a full stop. @param lines of the file */
export function describeYamlError({ code, message }: YAMLError, line: number, lines: readonly string[]): string {
  return unclosed(message) ?? SENTENCES[code]?.(lines[line - 1] ?? '') ?? message
}

/** A bracket or a quote without its other half: the reader notices at the end of what it has taken in. */
function unclosed(message: string): string | undefined {
  const [, bracket] = /end with a ([}\]])/.exec(message) ?? []
  if (bracket !== undefined) return `the ${bracket} is missing that ends what began before this line`
  const [, quote] = /^Missing closing (["'])/.exec(message) ?? []
  return quote === undefined ? undefined : `the ${quote} is missing that ends a text begun at or before this line`
}
