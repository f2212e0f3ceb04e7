/**
 * Reads Apache's zoo.cfg. A key takes effect by its row in the catalogue; what takes several keys
 * together (addresses, TLS, authentication, the ensemble) has a file beside this one.
 */
import { type ConfigKey, findKey, keyNames } from './catalogue/index.js'
import { ConfigDraft, type ConfigFiles, type EffectiveConfig, type Origin } from './effective.js'
import { nearest } from './nearest.js'
import { type Property, readProperties } from './properties.js'
import { takeAuthentication } from './zoo-auth.js'
import { takeClients } from './zoo-clients.js'
import { takeEnsemble } from './zoo-ensemble.js'
import { takeMonitoring } from './zoo-monitoring.js'
import { takeOperation } from './zoo-operation.js'
import { takeSessionSecret } from './zoo-sessions.js'

/** A key of the file with its value read. */
export interface GivenValue {
  readonly key: ConfigKey
  /** Its own name, whatever the file calls it. */
  readonly name: string
  /** What `*` in the key stands for. */
  readonly suffix?: string
  readonly text: string
  readonly value: unknown
  readonly origin: Origin & { readonly file: string; readonly line: number; readonly key: string }
}

/** What the code for combined keys works on. */
export interface ZooReading {
  readonly file: string
  readonly files: ConfigFiles
  readonly draft: ConfigDraft
  /** Values of the combined and ensemble keys, by their own name. */
  readonly given: ReadonlyMap<string, GivenValue>
  /** Adds entries of a further file (the dynamic one). */
  take(file: string, entries: readonly Property[]): void
}

/**
 * Reads a zoo.cfg.
 * @param file as the user named it, for messages
 * @throws ConfigError (CONFIG_INVALID) with everything that is wrong in the file
 */
export function readZooCfg(file: string, text: string, files: ConfigFiles): EffectiveConfig {
  const draft = new ConfigDraft(file)
  const given = new Map<string, GivenValue>()
  const { entries, problems } = readProperties(text)
  for (const { line, message } of problems) draft.problems.push({ file, line, message })
  const reading: ZooReading = { file, files, draft, given, take }

  function take(from: string, properties: readonly Property[]): void {
    for (const value of lastOfEach(draft, from, properties)) {
      applyRole(draft, value)
      given.set(value.name, value)
    }
  }

  take(file, entries)
  if (!given.has('dataDir') && draft.problems.every(({ key }) => key !== 'dataDir')) {
    draft.problems.push({ file, key: 'dataDir', message: 'is not given, expected the directory for the data' })
  }
  takeEnsemble(reading)
  takeClients(reading)
  takeAuthentication(reading)
  takeOperation(reading)
  takeMonitoring(reading, text)
  takeSessionSecret(reading)
  return draft.finish()
}

/** Looks up and reads each entry; of a key that is there twice the last one counts, as with Java. */
function lastOfEach(draft: ConfigDraft, file: string, entries: readonly Property[]): Iterable<GivenValue> {
  const last = new Map<string, GivenValue | undefined>()
  const lines = new Map<string, number>()
  for (const entry of entries) {
    const found = findKey(entry.key)
    const name = found?.name ?? entry.key
    const before = lines.get(name)
    if (before !== undefined) {
      const message = `is given again; this value counts, the one in line ${before} does not`
      draft.warnings.push({ file, line: entry.line, key: entry.key, message })
    }
    lines.set(name, entry.line)
    last.set(name, readEntry(draft, file, entry))
  }
  return [...last.values()].filter(value => value !== undefined)
}

function readEntry(draft: ConfigDraft, file: string, entry: Property): GivenValue | undefined {
  const { key: written, line } = entry
  if (written.trim() === '') {
    draft.problems.push({ file, line, message: 'found a value without a key, expected key=value' })
    return undefined
  }
  const found = findKey(written.trim())
  if (!found) {
    const guess = nearest(written, keyNames)
    const message = `unknown key${guess === undefined ? '; docs/configuration.md lists all' : `; did you mean ${guess}?`}`
    draft.problems.push({ file, line, key: written, message })
    return undefined
  }
  const { key, name, suffix, prefixed } = found
  if (prefixed) {
    const message = `is honoured, although Apache reads it in a file as ${name} only`
    draft.warnings.push({ file, line, key: written, message })
  }
  const text = entry.value.trim()
  const value = key.kind.read(text)
  if (value === undefined) {
    const shown = key.secret ? 'a value that cannot be read' : text === '' ? 'nothing' : `"${text}"`
    const expected = key.kind.expectedOf?.(text) ?? key.kind.expected
    draft.problems.push({ file, line, key: written, message: `found ${shown}, expected ${expected}` })
    return undefined
  }
  return { key, name, suffix, text, value, origin: { source: 'file', file, line, key: written } }
}

function applyRole(draft: ConfigDraft, { key, text, value, origin }: GivenValue): void {
  const { role } = key
  const { file, line, key: written } = origin
  switch (role.type) {
    case 'honoured':
      draft.set(role.to, convert(draft, key, value, origin), origin)
      return
    case 'accepted':
      draft.unused.push({ file, line, key: written, value: key.secret ? '(secret)' : text, because: role.because })
      return
    case 'missing':
      if (role.off.includes(text.toLowerCase())) return
      draft.warnings.push({ file, line, key: written, message: `has no effect: ${role.because}` })
      return
    case 'refused':
      if (role.off.includes(text.toLowerCase())) return
      draft.problems.push({ file, line, key: written, message: `is not supported: ${role.because}` })
      return
    case 'combined':
    case 'ensemble':
  }
}

function convert(draft: ConfigDraft, key: ConfigKey, value: unknown, { file, line, key: written }: Origin): unknown {
  if (key.role.type !== 'honoured') return undefined
  let raised = value
  if (key.raisedTo !== undefined && (value as number) < key.raisedTo) {
    raised = key.raisedTo
    draft.warnings.push({
      file,
      line,
      key: written,
      message: `found ${value}, raised to ${raised}, the least there is`,
    })
  }
  return key.role.convert ? key.role.convert(raised as never) : raised
}
