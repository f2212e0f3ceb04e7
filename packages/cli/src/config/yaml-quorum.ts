/** The way between the servers of an ensemble: `quorum` of the YAML. */
import {
  type ConfigDraft,
  type EnsembleConfig,
  nearest,
  type QuorumSettings,
  quorumSasl,
  quorumSettings,
} from '@menagerie/core'
import type { YamlSource } from './yaml-source.js'

const base = ['quorum']

/** What the rest of the server knows by the keys of a zoo.cfg. */
const KEYS = {
  observerPort: 'observerMasterPort',
  observerBytesMax: 'observerMaster.sizeLimit',
  oracle: 'oraclePath',
} as const

/** Adds to the ensemble what `quorum` says; undefined: the file lists no servers. */
export function takeQuorum(
  source: YamlSource,
  draft: ConfigDraft,
  ensemble: EnsembleConfig | undefined,
): EnsembleConfig | undefined {
  const given = source.map(base, `a map with ${Object.keys(quorumSettings.shape).join(', ')}`)
  if (ensemble === undefined) {
    source.report(base, 'has no meaning without ensemble, the servers that it is about')
    return undefined
  }
  const values = parse(source, given)
  if (values === undefined) return ensemble
  mark(source, draft, [], given)
  judge(source, draft, values, ensemble)
  const options = new Map(ensemble.options)
  for (const [name, key] of Object.entries(KEYS)) {
    if (name in given) options.set(key, values[name as keyof typeof KEYS])
  }
  return { ...ensemble, options, sasl: values.sasl }
}

function parse(source: YamlSource, given: Record<string, unknown>): QuorumSettings | undefined {
  const parsed = quorumSettings.safeParse(given)
  if (parsed.success) return parsed.data
  for (const issue of parsed.error.issues) {
    const path = [...base, ...issue.path]
    if (issue.code === 'unrecognized_keys') unknown(source, path, issue.keys)
    else if (isSecret(issue.path)) source.report(path, 'found what is no text, expected a password in quotes')
    else if (isMap(issue.path)) source.report(path, `found what is no map, expected ${expectedMap(issue.path)}`)
    else source.reportIssues(base, [issue])
  }
  return undefined
}

function unknown(source: YamlSource, path: readonly PropertyKey[], keys: readonly string[]): void {
  const known = Object.keys(path.length === 1 ? quorumSettings.shape : quorumSasl.shape)
  for (const key of keys) {
    const guess = nearest(key, known)
    const hint = guess === undefined ? `there are ${known.join(', ')}` : `did you mean ${guess}?`
    source.report([...path, key], `unknown key; ${hint}`)
  }
}

/** Where passwords stand in: text in their place may be one. */
function isMap(path: readonly PropertyKey[]): boolean {
  return path[0] === 'sasl' && (path.length === 1 || (path.length === 2 && path[1] === 'users'))
}

function expectedMap({ length }: readonly PropertyKey[]): string {
  return length === 1 ? `a map with ${Object.keys(quorumSasl.shape).join(', ')}` : 'a map of user names to passwords'
}

/** Not even a wrong password is repeated. */
function isSecret([first, second, ...rest]: readonly PropertyKey[]): boolean {
  return first === 'sasl' && (second === 'password' || (second === 'users' && rest.length > 0))
}

/** What is well-formed and cannot work, or does nothing. */
function judge(source: YamlSource, draft: ConfigDraft, values: QuorumSettings, { servers }: EnsembleConfig): void {
  const { observerPort, oracle, sasl } = values
  for (const [id, { addresses }] of servers) {
    for (const { quorumPort, electionPort } of addresses) {
      if (observerPort !== quorumPort && observerPort !== electionPort) continue
      const use = observerPort === quorumPort ? 'peer' : 'election'
      source.report([...base, 'observerPort'], `found ${observerPort}, which is the ${use} port of server ${id}`)
    }
  }
  if (sasl?.serverRequire === true && !sasl.learnerRequire) {
    const message = 'needs learnerRequire: true as well: this server would be refused by the others'
    source.report([...base, 'sasl', 'serverRequire'], message)
  }
  const voters = [...servers.values()].filter(({ role }) => role === 'participant').length
  if (oracle === undefined || voters === 2) return
  const { file, line, key } = source.origin([...base, 'oracle'])
  const message = `has no effect with ${voters} voting servers: it decides for one of two`
  draft.warnings.push({ file, line, key, message })
}

/** So that what the transport says of a value can be said with its line. */
function mark(source: YamlSource, draft: ConfigDraft, path: readonly string[], value: unknown): void {
  if (path.length > 0) draft.mark(['ensemble', ...path].join('.'), source.origin([...base, ...path]))
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value)) mark(source, draft, [...path, name], inner)
}
