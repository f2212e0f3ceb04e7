/** A number that is written as it stands: 64 bits, or with the decimal point that Java gives a double. */
export class JsonNumber {
  constructor(readonly text: string) {}
}

/**
 * JSON in the layout of Apache's AdminServer (Jackson's default printer): two spaces, ` : ` between key and value, lists
 * in one line, empty ones as `[ ]` and `{ }`. Beside what JSON has it takes bigints, which lose no digits, and Maps. What
 * is undefined is left out, as with JSON.stringify.
 */
export function jsonText(value: unknown, indent = ''): string {
  if (value instanceof JsonNumber) return value.text
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) {
    return value.length === 0 ? '[ ]' : `[ ${value.map(item => jsonText(item, indent)).join(', ')} ]`
  }
  const entries = [...(value instanceof Map ? value : Object.entries(value))].filter(([, inner]) => inner !== undefined)
  if (entries.length === 0) return '{ }'
  const deeper = `${indent}  `
  const members = entries.map(([key, inner]) => `${deeper}${JSON.stringify(String(key))} : ${jsonText(inner, deeper)}`)
  return `{\n${members.join(',\n')}\n${indent}}`
}
