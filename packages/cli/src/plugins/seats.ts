/** Whether the plugins of a configuration go together: each seam is filled once, and what belongs together is there. */
import {
  AUDIT_LOG,
  AUTHENTICATOR,
  CLIENT_LISTENER,
  CLOCK,
  type ConfigProblem,
  CRC32,
  HOST,
  LOG_STORAGE,
  LOGGER,
  METRICS,
  MONITOR_ENDPOINT,
  PEER_TRANSPORT,
  type PluginDefinition,
  type PluginUse,
  RANDOM,
  SASL_MECHANISM,
  SHARED_SEAMS,
  SNAPSHOTTER,
  WATCH_DISPATCHER,
  ZNODE_STORE,
} from '@menagerie/core'

type Token = PluginDefinition['provides'][number]

const SEAMS: readonly Token[] = [
  AUDIT_LOG,
  AUTHENTICATOR,
  CLIENT_LISTENER,
  CLOCK,
  CRC32,
  HOST,
  LOG_STORAGE,
  LOGGER,
  METRICS,
  MONITOR_ENDPOINT,
  PEER_TRANSPORT,
  RANDOM,
  SASL_MECHANISM,
  SNAPSHOTTER,
  WATCH_DISPATCHER,
  ZNODE_STORE,
]

/** `LogStorage` of `Symbol.for('menagerie.LogStorage')`. */
export function seamName(token: Token): string {
  const text = typeof token === 'symbol' ? (token.description ?? '') : String(token)
  return text.replace(/^menagerie\./, '')
}

export interface NamedPlugin {
  readonly use: PluginUse
  readonly plugin: PluginDefinition
}

/** A problem for each seam that is filled twice, by nobody, or that there is not. */
export function seatProblems(named: readonly NamedPlugin[]): ConfigProblem[] {
  return [...unknownSeams(named), ...takenSeats(named), ...halfStorage(named)]
}

const at = ({ use: { origin, use } }: NamedPlugin, message: string): ConfigProblem => {
  const { file, line, key } = origin
  return { file, line, key, message: `"${use}" ${message}` }
}

function unknownSeams(named: readonly NamedPlugin[]): ConfigProblem[] {
  return named.flatMap(one => {
    // A plugin may have tokens of its own beside those of the kernel.
    const { provides } = one.plugin
    if (provides.length === 0 || provides.some(token => SEAMS.includes(token))) return []
    const found = provides.map(seamName).join(', ')
    const known = SEAMS.map(seamName).join(', ')
    return [at(one, `fills ${found}, which no server asks for: expected one of the seams ${known}`)]
  })
}

function takenSeats(named: readonly NamedPlugin[]): ConfigProblem[] {
  const taken = new Map<Token, NamedPlugin>()
  const problems: ConfigProblem[] = []
  for (const one of named) {
    // Of some seams several can be resolved, so several may be given.
    for (const token of one.plugin.provides.filter(token => !SHARED_SEAMS.includes(token))) {
      const other = taken.get(token)
      if (!other) taken.set(token, one)
      else {
        const line = other.use.origin.line === undefined ? '' : ` (line ${other.use.origin.line})`
        problems.push(at(one, `fills ${seamName(token)}, and so does "${other.use.use}"${line}; remove one of them`))
        break
      }
    }
  }
  return problems
}

/** Log and snapshots belong together: with one of them in memory a restart would lose what was acknowledged. */
function halfStorage(named: readonly NamedPlugin[]): ConfigProblem[] {
  const halves = [LOG_STORAGE, SNAPSHOTTER].map(token => named.find(({ plugin }) => plugin.provides.includes(token)))
  const [log, snapshotter] = halves
  const missing = (one: NamedPlugin, has: Token, lacks: Token) =>
    at(one, `fills ${seamName(has)} and nothing fills ${seamName(lacks)}; add a plugin that does, or use one for both`)
  if (log && !snapshotter) return [missing(log, LOG_STORAGE, SNAPSHOTTER)]
  if (snapshotter && !log) return [missing(snapshotter, SNAPSHOTTER, LOG_STORAGE)]
  return []
}
