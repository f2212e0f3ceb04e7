/** What a schema found, in the words of configuration errors. */
import type { z } from 'zod'

/** A value as messages show it. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

/** `found "abc", expected number`, out of zod's own words. */
export function describeIssue(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'unrecognized_keys') return `unknown key ${issue.keys.join(', ')}`
  const expected = /expected (.*?)(?:, received .*)?$/.exec(issue.message)?.[1]
  if (value === undefined && expected !== undefined) return `is not given, expected ${expected}`
  // Of several values together: the schema's own sentence says what is missing.
  if (value === undefined) return issue.message
  if (issue.code === 'too_small' && issue.origin === 'string' && issue.minimum === 1) {
    return `found ${show(value)}, expected a text that is not empty`
  }
  return expected === undefined
    ? `found ${show(value)}: ${issue.message}`
    : `found ${show(value)}, expected ${expected}`
}
