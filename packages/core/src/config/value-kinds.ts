/**
 * The kinds of values that a zoo.cfg holds, as Java reads them, but strictly: where Java takes a value
 * that it cannot read for the default, or any word for "no", it is an error here.
 */
export interface ValueKind<T = unknown> {
  /** What is expected, as a message shows it after "expected". */
  readonly expected: string
  /** The same for a text that is not of this kind, where it takes more words. */
  expectedOf?(text: string): string
  /** The value, or undefined when the text is not of this kind. */
  read(text: string): T | undefined
}

interface Range {
  readonly min?: number
  readonly max?: number
  readonly what?: string
}

export const INT_MAX = 2 ** 31 - 1

function span({ min, max, what = 'a whole number' }: Range): string {
  if (min === undefined || min < -INT_MAX) return what
  return max === undefined || max >= INT_MAX ? `${what}, at least ${min}` : `${what} from ${min} to ${max}`
}

/** A number that is too large has to be told more than that there is a least one. */
const spanOf = (range: Range) => (text: string) =>
  Number(text.replace('#', '0x')) > INT_MAX && (range.max ?? INT_MAX) >= INT_MAX
    ? `${span(range)}, at most ${INT_MAX}`
    : span(range)

const within = (value: number, { min = -INT_MAX - 1, max = INT_MAX }: Range) =>
  Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined

/** Java's Integer.parseInt: decimal only. For the keys that Apache parses itself. */
export function int(range: Range = {}): ValueKind<number> {
  return {
    expected: span(range),
    expectedOf: spanOf(range),
    read: text => (/^[+-]?\d+$/.test(text) ? within(Number(text), range) : undefined),
  }
}

/** Java's Integer.getInteger: decimal, 0x or # for hexadecimal. For the keys that Apache reads as properties. */
export function propertyInt(range: Range = {}): ValueKind<number> {
  return {
    expected: span(range),
    expectedOf: spanOf(range),
    read(text) {
      const hex = /^([+-]?)(?:0x|#)([0-9a-f]+)$/i.exec(text)
      if (hex) return within(Number.parseInt(hex[2]!, 16) * (hex[1] === '-' ? -1 : 1), range)
      // A leading zero would be octal to Java: no reading of it is safe to guess.
      return /^[+-]?(?:0|[1-9]\d*)$/.test(text) ? within(Number(text), range) : undefined
    },
  }
}

export const fraction: ValueKind<number> = {
  expected: 'a number such as 0.33',
  read: text => (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined),
}

export const bool: ValueKind<boolean> = {
  expected: 'true or false',
  read: text => ({ true: true, false: false })[text.toLowerCase()],
}

/** The three keys that Apache compares with the very words `yes` and `no`. */
export const yesNo: ValueKind<boolean> = {
  expected: 'yes or no',
  read: text => ({ yes: true, no: false })[text],
}

export const text: ValueKind<string> = { expected: 'a text', read: value => value }

export const nonEmpty: ValueKind<string> = {
  expected: 'a text that is not empty',
  read: value => (value === '' ? undefined : value),
}

/** A name and a hash, as the digest scheme has them in ACLs. */
export const digestId: ValueKind<string> = {
  expected: 'name:base64 of the hash of name:password',
  read: value => (/^[^:]+:[A-Za-z0-9+/]+={0,2}$/.test(value) ? value : undefined),
}

export const path: ValueKind<string> = {
  expected: 'a path',
  read: value => (value === '' ? undefined : value),
}

export const host: ValueKind<string> = {
  expected: 'a host name or an address',
  read: value => (/^[^\s/,;|]+$/.test(value) ? value.replace(/^\[(.*)\]$/, '$1') : undefined),
}

export const port = int({ min: 0, max: 65535, what: 'a port' })

export const className: ValueKind<string> = {
  expected: 'the name of a Java class',
  read: value => (/^[\p{L}_$][\p{L}\d_$]*(\.[\p{L}_$][\p{L}\d_$]*)*$/u.test(value) ? value : undefined),
}

/** Words parted by commas; empty ones are left out. */
export const words: ValueKind<string[]> = {
  expected: 'words parted by commas',
  read: value =>
    value
      .split(',')
      .map(word => word.trim())
      .filter(word => word !== ''),
}

/** One of some words, whatever the case; the value is the word as written here. */
export function oneOf<const Word extends string>(...choices: Word[]): ValueKind<Word> {
  const named = choices.map(choice => (choice === '' ? 'nothing' : choice))
  const expected = named.length === 1 ? named[0]! : `${named.slice(0, -1).join(', ')} or ${named.at(-1)}`
  return {
    expected,
    read: value => choices.find(choice => choice.toLowerCase() === value.toLowerCase()),
  }
}
