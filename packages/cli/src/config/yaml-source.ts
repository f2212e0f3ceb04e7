/** A YAML text as plain values, with the line of each. */
import type { ConfigProblem, Origin } from '@menagerie/core'
import { type Document, isMap, isPair, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { describeIssue, show } from './issues.js'
import { HIDDEN, isSecretKey } from './secrets.js'

type Path = readonly PropertyKey[]

export class YamlSource {
  readonly #lines = new LineCounter()
  readonly #document: Document
  readonly #values: unknown

  constructor(
    private readonly file: string,
    text: string,
    private readonly problems: ConfigProblem[],
  ) {
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false })
    // What follows the first error is mostly its consequence.
    for (const { message, pos } of this.#document.errors.slice(0, 1)) {
      problems.push({ file, line: this.#lines.linePos(pos[0]).line, message })
    }
    this.#values = this.#document.errors.length === 0 ? this.#document.toJS() : undefined
  }

  /** The value at a path. */
  get(path: Path): unknown {
    return path.reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
      this.#values,
    )
  }

  /** The map at a path; an empty one if there is something else, which is reported. */
  map(path: Path, expected: string): Record<string, unknown> {
    const value = this.get(path)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
    // An empty file and a key without value are empty maps.
    if (value === null || value === undefined) return {}
    this.report(path, `found ${show(value)}, expected ${expected}`)
    return {}
  }

  list(path: Path, expected: string): unknown[] {
    const value = this.get(path)
    if (Array.isArray(value)) return value
    if (value !== null && value !== undefined) this.report(path, `found ${show(value)}, expected ${expected}`)
    return []
  }

  report(path: Path, message: string): void {
    const { line, key } = this.origin(path)
    this.problems.push({ file: this.file, line, key, message })
  }

  /** Puts what a schema found below `path` into sentences. */
  reportIssues(path: Path, issues: readonly z.core.$ZodIssue[]): void {
    for (const issue of issues) {
      const place = [...path, ...issue.path]
      const value = this.get(place)
      const message = describeIssue(issue, value)
      // Not even a wrong password is repeated.
      const hidden = value !== undefined && place.some(isSecretKey)
      this.report(place, hidden ? message.replace(show(value), () => HIDDEN) : message)
    }
  }

  /** Where a key stands; of something that is not there, the nearest thing around it. */
  origin(path: Path): Origin {
    const key = path.map(String).join('.') || undefined
    for (let length = path.length; length >= 0; length--) {
      const offset = this.#offset(path.slice(0, length))
      if (offset !== undefined) {
        return { source: 'file', file: this.file, line: this.#lines.linePos(offset).line, key }
      }
    }
    return { source: 'file', file: this.file, key }
  }

  #offset(path: Path): number | undefined {
    if (path.length === 0) return this.#document.contents?.range?.[0]
    const parent = path.length === 1 ? this.#document.contents : this.#document.getIn(path.slice(0, -1), true)
    const last = path.at(-1)
    if (isMap(parent)) {
      const pair = parent.items.find(item => isPair(item) && String(item.key) === String(last))
      return (pair?.key as { range?: [number, number, number] } | undefined)?.range?.[0]
    }
    const node = this.#document.getIn(path, true) as { range?: [number, number, number] } | undefined
    return node?.range?.[0]
  }
}
