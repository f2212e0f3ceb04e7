/** Every value that a configuration comes to, with its default and where it comes from. */
import { configKeys, type EffectiveConfig, type Origin, serverSettings, sessionTimeouts } from '@menagerie/core'
import type { z } from 'zod'
import { HIDDEN, withoutSecrets } from './secrets.js'

export interface EffectiveValue {
  /** The key as the file's syntax has it: `tickTime` for a zoo.cfg, `server.tickTimeMs` for YAML. */
  readonly key: string
  readonly value: unknown
  readonly default: unknown
  readonly differs: boolean
  readonly origin: Origin
}

const parts = ['storage', 'clients', 'admin', 'prometheus'] as const
type ValuePart = (typeof parts)[number]

/** Undefined where the configuration has no such part, or a plugin that it names takes its place. */
function optionsIn(config: EffectiveConfig, part: ValuePart): Record<string, unknown> | undefined {
  const all: { readonly [part in ValuePart]?: unknown } = { ...config, ...config.monitoring }
  return all[part] as Record<string, unknown> | undefined
}

type Schema = z.ZodType & { readonly shape?: Record<string, unknown> }

/** `schemas` of the plugins that take the options of each part; left out if others are used. */
export function effectiveValues(
  config: EffectiveConfig,
  schemas: Readonly<Partial<Record<ValuePart, z.ZodType>>>,
): EffectiveValue[] {
  const values: EffectiveValue[] = []
  const add = (path: string, value: unknown, fallback: unknown, origin?: Origin) => {
    const from = origin ?? config.origins.get(path) ?? { source: 'default' }
    // What a configuration without a file fills in is a default too, though a plugin may have another.
    const usual = from.source === 'default' ? value : fallback
    values.push({
      key: keyOf(config, path),
      value: shown(config, path, value),
      default: shown(config, path, usual),
      differs: JSON.stringify(value) !== JSON.stringify(usual),
      origin: from,
    })
  }
  const defaults = serverSettings.parse({})
  for (const name of Object.keys(serverSettings.shape) as (keyof typeof defaults)[]) {
    const path = `settings.${name}`
    const derived = timeout(name, config)
    if (derived === undefined || config.settings[name] !== -1) add(path, config.settings[name], defaults[name])
    else add(path, derived, derived, { source: 'derived', key: keyOf(config, 'settings.tickTimeMs') })
  }
  for (const part of parts) {
    const given = optionsIn(config, part)
    if (given === undefined) continue
    const known = schemaDefaults(schemas[part], given)
    for (const name of new Set([...Object.keys(known.defaults), ...Object.keys(given)])) {
      const value = given[name] ?? known.defaults[name]
      if (value === undefined && !config.origins.has(`${part}.${name}`)) continue
      add(`${part}.${name}`, value, name in known.defaults ? known.defaults[name] : undefined)
    }
  }
  return values
}

function timeout(name: string, { settings }: EffectiveConfig): number | undefined {
  const { least, greatest } = sessionTimeouts(settings)
  return { minSessionTimeoutMs: least, maxSessionTimeoutMs: greatest }[name]
}

/** What a schema fills in for each option that it knows; undefined for one without default. */
function schemaDefaults(schema: Schema | undefined, given: Record<string, unknown>) {
  const defaults: Record<string, unknown> = {}
  for (const name of Object.keys(schema?.shape ?? {})) defaults[name] = undefined
  // Required options have to be there for the schema to fill in the others.
  const required = Object.fromEntries(Object.entries(given).filter(([name]) => name === 'dataDir'))
  const parsed = schema?.safeParse(required)
  if (parsed?.success) Object.assign(defaults, parsed.data)
  for (const name of Object.keys(required)) defaults[name] = undefined
  return { defaults }
}

/** What several keys make together has a name for all of them. */
const keysByTarget = new Map<string, string>([['clients.tls', 'ssl.*']])
for (const { key, role } of configKeys) {
  const target = role.type === 'honoured' ? role.to : role.type === 'combined' ? role.into : undefined
  if (target !== undefined && !keysByTarget.has(target)) keysByTarget.set(target, key)
}

const isYaml = ({ file }: EffectiveConfig) => file !== undefined && /\.ya?ml$/i.test(file)

function keyOf(config: EffectiveConfig, path: string): string {
  if (!isYaml(config)) return keysByTarget.get(path) ?? path.replace(/^settings\./, '')
  return path
    .replace(/^settings\.serverId$/, 'server.id')
    .replace(/^settings\./, 'server.')
    .replace(/^clients\./, 'server.clients.')
}

const secrets = ['settings.superDigest', 'settings.saslSuperPassword', 'settings.sessionSecret']

/** The value in the unit of its key: zoo.cfg gives the purge interval in hours. */
function shown(config: EffectiveConfig, path: string, value: unknown): unknown {
  const inHours = path === 'settings.autopurgePurgeIntervalMs' && !isYaml(config)
  return inHours ? (value as number) / 3_600_000 : disclosed(path, value)
}

/** Passwords and what proves an identity stay out of every report. */
function disclosed(path: string, value: unknown): unknown {
  if (secrets.includes(path) && value !== undefined) return HIDDEN
  if (path === 'settings.saslUsers') return Object.keys(value as object)
  return withoutSecrets(value)
}
