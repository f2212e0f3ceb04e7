/** A YAML text as plain values, with the line of each. */
import type { ConfigProblem, Origin } from '@menagerie/core'
import { type Document, isMap, isPair, LineCounter, parseDocument, visit } from 'yaml'
import type { z } from 'zod'
import { describeIssue, show } from './issues.js'
import { HIDDEN, isSecretKey } from './secrets.js'
import { describeYamlError } from './yaml-problems.js'

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
    // Warnings are about what this reader reports in its own words.
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, logLevel: 'error' })
    const lines = text.split('\n')
    // What follows the first error is mostly its consequence.
    for (const error of this.#document.errors.slice(0, 1)) {
      const { line } = this.#lines.linePos(error.pos[0])
      problems.push({ file, line, message: describeYamlError(error, line, lines) })
    }
    this.#values = this.#document.errors.length === 0 ? this.#resolve() : undefined
  }

  /** Aliases (`*name`) are followed here, and may lead nowhere. */
  #resolve(): unknown {
    try {
      return this.#document.toJS()
    } catch (error) {
      const { message } = error as Error
      const [, name] = /^Unresolved alias .*: (\S+)$/.exec(message) ?? []
      const line = name === undefined ? undefined : this.#lineOf(name)
      const found =
        name === undefined
          ? message
          : `*${name} refers to an anchor &${name}, which is not there before it; put a text that begins with * in quotes`
      this.problems.push({ file: this.file, line, message: found })
      return undefined
    }
  }

  #lineOf(alias: string): number | undefined {
    let offset: number | undefined
    visit(this.#document, {
      Alias(_, node) {
        if (node.source !== alias || node.range == null) return undefined
        offset = node.range[0]
        return visit.BREAK
      },
    })
    return offset === undefined ? undefined : this.#lines.linePos(offset).line
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
    const hint = typeof value === 'string' && /^\w+:\S/.test(value) ? '; a colon needs a space behind it' : ''
    this.report(path, `found ${show(value)}, expected ${expected}${hint}`)
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
