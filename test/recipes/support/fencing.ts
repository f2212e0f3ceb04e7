/**
 * What a resource behind a lock sees: it takes the entries of a log in their order and refuses every token below the highest
 * it has seen.
 */
export interface FencingReport {
  /** Entries that the resource has taken, by kind of party (`curator`, `kazoo`, `typescript`). */
  readonly taken: Record<string, number>
  /** Entries that it has refused: their holders had been stopped for longer than their sessions. */
  readonly refused: number
  /** Holders that died or were stopped inside, so that the next one came while they had not left. */
  readonly overtaken: number
  /** Every rule that was broken, with the line. */
  readonly violations: string[]
}

/**
 * Holds a log of `enter X TOKEN WHO`, `leave X TOKEN WHO` and `harmed WHO` (killed or stopped from here on) to the rules: no token
 * is seen for two grants; a token that falls, or comes while another holder is inside, needs a process that was harmed.
 */
export function judgeFencing(text: string): FencingReport {
  const taken: Record<string, number> = {}
  const violations: string[] = []
  const harmed = new Set<string>()
  const seen = new Set<string>()
  let inside: { token: string; who: string } | undefined
  let highest = 0
  let refused = 0
  let overtaken = 0
  for (const line of text.split('\n').filter(Boolean)) {
    const words = line.split(' ')
    if (words[0] === 'harmed') {
      harmed.add(words[1])
      continue
    }
    const [what, , token, who] = words
    if (what === 'leave') {
      if (inside?.token === token) inside = undefined
      continue
    }
    if (seen.has(token)) violations.push(`${line}: its token has been seen`)
    seen.add(token)
    if (Number(token) < highest) {
      refused++
      if (!harmed.has(who)) violations.push(`${line}: below ${highest}, and its process was never harmed`)
      continue
    }
    if (inside !== undefined) {
      overtaken++
      if (!harmed.has(inside.who)) violations.push(`${line}: beside ${inside.who} with ${inside.token}, never harmed`)
    }
    const kind = who.replace(/-\d+$/, '')
    taken[kind] = (taken[kind] ?? 0) + 1
    highest = Number(token)
    inside = { token, who }
  }
  return { taken, refused, overtaken, violations }
}
