import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { removeDir, tempDir } from '../../support/temp-dir.js'

/**
 * A file that all processes append to: `enter KIND TOKEN WHO` once something is held, `leave KIND TOKEN WHO` before it is let go.
 * KIND is X for what one holds alone, S for what is shared. Whatever overlaps in the log has overlapped in truth.
 */
export class HoldingLog implements Disposable {
  readonly #folder = tempDir('holdings')
  readonly file = join(this.#folder, 'log')

  constructor() {
    appendFileSync(this.file, '')
  }

  enter(kind: 'X' | 'S', token: number, who = 'typescript'): void {
    appendFileSync(this.file, `enter ${kind} ${token} ${who}\n`)
  }

  leave(kind: 'X' | 'S', token: number, who = 'typescript'): void {
    appendFileSync(this.file, `leave ${kind} ${token} ${who}\n`)
  }

  get text(): string {
    return readFileSync(this.file, 'utf8')
  }

  [Symbol.dispose](): void {
    removeDir(this.#folder)
  }
}

export interface Verdict {
  /** Every rule that was broken, with the line. */
  readonly violations: string[]
  /** How often each party has entered. */
  readonly entries: Record<string, number>
}

/**
 * Holds a log to the rules: nobody beside a holder of X, no more than `sharers` of S, and the token of each X greater than all
 * that were seen before it.
 * @param text the log; holdings that were never left are those of processes that died, and end with the next conflicting entry
 * of a greater token if `deaths` are allowed
 */
export function judge(text: string, { sharers = Number.POSITIVE_INFINITY, deaths = false } = {}): Verdict {
  const violations: string[] = []
  const entries: Record<string, number> = {}
  const inside = new Map<string, 'X' | 'S'>()
  let highest = 0
  for (const line of text.split('\n').filter(Boolean)) {
    const [what, kind, token, who] = line.split(' ')
    if (what === 'leave') {
      if (!inside.delete(token) && !deaths) violations.push(`${line}: was not inside`)
      continue
    }
    entries[who] = (entries[who] ?? 0) + 1
    if (deaths && kind === 'X' && Number(token) > highest) inside.clear()
    const holders = [...inside.values()]
    if (kind === 'X' && holders.length > 0) violations.push(`${line}: beside ${[...inside.keys()]}`)
    if (kind === 'S' && (holders.includes('X') || holders.length >= sharers)) {
      violations.push(`${line}: beside ${[...inside.keys()]}`)
    }
    if (kind === 'X' && Number(token) <= highest) violations.push(`${line}: its token is not above ${highest}`)
    highest = Math.max(highest, Number(token))
    inside.set(token, kind as 'X' | 'S')
  }
  return { violations, entries }
}
