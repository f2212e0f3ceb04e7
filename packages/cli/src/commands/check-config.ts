/** `menagerie check-config`: what a configuration comes to, for people or as JSON. */
import {
  ConfigError,
  type ConfigProblem,
  compose as composeServer,
  describeProblem,
  type EffectiveConfig,
  type Origin,
  type PluginDefinition,
} from '@menagerie/core'
import type { z } from 'zod'
import { type EffectiveValue, effectiveValues } from '../config/effective-values.js'
import { loadConfig } from '../config/load.js'
import { withoutSecrets } from '../config/secrets.js'
import { describeFailure } from '../failure.js'
import type { CommandIo } from '../io.js'
import { atItsPlace } from '../plugins/at-its-place.js'
import { compose } from '../plugins/compose.js'
import { type Part, partsOf } from '../plugins/parts.js'

/** Resolves with the exit code: 0 if a server could be started with it, 1 if not. */
export async function checkConfig(
  file: string | undefined,
  { json = false }: { readonly json?: boolean },
  io: CommandIo,
): Promise<number> {
  try {
    const read = await loadConfig(file)
    const { values, parts, warnings } = await composeOnly(read)
    const config = { ...read, warnings }
    io.out(json ? `${JSON.stringify(asJson(config, values, parts), null, 2)}\n` : describe(config, values, parts))
    return 0
  } catch (error) {
    const problems = error instanceof ConfigError ? error.problems : undefined
    if (json && problems) io.out(`${JSON.stringify({ file, errors: problems }, null, 2)}\n`)
    else io.err(describeFailure(error, false))
    return 1
  }
}

/** Composes the plugins too, so that their options are checked; starts none of them. */
async function composeOnly(
  config: EffectiveConfig,
): Promise<{ values: EffectiveValue[]; parts: Part[]; warnings: readonly ConfigProblem[] }> {
  const composition = await compose(config)
  const { plugins, fileStorage, tcpListener } = composition
  // As a start would register them, which opens nothing.
  try {
    composeServer(plugins, () => {})
  } catch (error) {
    throw atItsPlace(error, composition, config)
  }
  const builtIn = plugins.slice(config.plugins.length).map(({ plugin }) => plugin as PluginDefinition)
  const used = fileStorage && tcpListener ? config : withoutUnused(config, fileStorage, tcpListener)
  const values = effectiveValues(used, {
    storage: fileStorage ? builtIn.find(({ name }) => name === 'storage-file')?.options : undefined,
    clients: tcpListener ? builtIn.find(({ name }) => name === 'transport-tcp')?.options : undefined,
    ...monitoringSchemas(builtIn.find(({ name }) => name === 'admin-http')),
  })
  const warnings = [...config.warnings, ...composition.warnings]
  return { values, parts: partsOf(plugins, config.plugins), warnings }
}

/** The options of each of the two interfaces, out of those of the plugin. */
function monitoringSchemas(plugin: PluginDefinition | undefined) {
  const shape = (plugin?.options as { shape?: Record<string, z.ZodPrefault<z.ZodType>> } | undefined)?.shape
  return { admin: shape?.['admin']?.unwrap(), prometheus: shape?.['prometheus']?.unwrap() }
}

/** Each plugin with the seams that it fills. */
function running(parts: readonly Part[]): string {
  const seams = new Map<string, { readonly seams: string[]; readonly from: string }>()
  for (const { plugin, seam, use } of parts) {
    const one = seams.get(plugin)
    if (one) one.seams.push(seam)
    else seams.set(plugin, { seams: [seam], from: use ?? 'built in' })
  }
  const rows = [...seams].map(([plugin, { seams, from }]) => [plugin, seams.join(', '), from])
  return `What would run (every other seam is filled by the kernel itself)\n${columns([['PLUGIN', 'SEAMS', 'FROM'], ...rows])}`
}

function withoutUnused(config: EffectiveConfig, fileStorage: boolean, tcpListener: boolean): EffectiveConfig {
  return { ...config, storage: fileStorage ? config.storage : {}, clients: tcpListener ? config.clients : {} }
}

function asJson(config: EffectiveConfig, values: readonly EffectiveValue[], parts: readonly Part[]) {
  const { ensemble } = config
  return {
    file: config.file,
    errors: [],
    warnings: config.warnings,
    parts,
    values,
    plugins: config.plugins.map(({ use, with: options, origin }) => ({ use, with: withoutSecrets(options), origin })),
    ensemble: ensemble && {
      ...ensemble,
      servers: [...ensemble.servers.values()],
      groups: Object.fromEntries(ensemble.groups),
      weights: Object.fromEntries(ensemble.weights),
      options: withoutSecrets(Object.fromEntries(ensemble.options)),
      sasl: withoutSecrets(ensemble.sasl),
    },
    unused: config.unused,
  }
}

function describe(config: EffectiveConfig, values: readonly EffectiveValue[], parts: readonly Part[]): string {
  const given = values.filter(value => value.differs || value.origin.source === 'file')
  const rest = values.filter(value => !given.includes(value))
  const sections = [
    summary(config),
    running(parts),
    table('Set (* differs from the default)', given, true),
    named(config),
    betweenServers(config),
    table('At their defaults', rest, false),
    list('No meaning here', config.unused, ({ file, line, key, value, because }) =>
      [`${file}:${line}`, `${key}=${value}`, because].join('  '),
    ),
    list('Warnings', config.warnings, describeProblem),
  ]
  return sections.filter(section => section !== '').join('\n')
}

function summary({ file, warnings, ensemble }: EffectiveConfig): string {
  const many = (count: number, word: string) => `${count === 0 ? 'no' : count} ${word}${count === 1 ? '' : 's'}`
  const what = ensemble?.distributed
    ? `server ${ensemble.myId} of an ensemble of ${ensemble.servers.size}`
    : 'a standalone server'
  return `${file ?? 'Without a file'}: ${what}; no errors, ${many(warnings.length, 'warning')}\n`
}

function table(title: string, values: readonly EffectiveValue[], marked: boolean): string {
  if (values.length === 0) return ''
  const header = [marked ? '  KEY' : 'KEY', 'VALUE', marked ? 'DEFAULT' : 'FROM', ...(marked ? ['FROM'] : [])]
  const rows = values.map(({ key, value, default: fallback, differs, origin }) => [
    marked ? `${differs ? '*' : ' '} ${key}` : key,
    print(value),
    ...(marked ? [print(fallback)] : []),
    describeOrigin(origin),
  ])
  return `${title}\n${columns([header, ...rows])}`
}

function named({ plugins }: EffectiveConfig): string {
  return list('Plugins', plugins, ({ use, with: options, origin }) =>
    [use, print(withoutSecrets(options)), describeOrigin(origin)].join('  '),
  )
}

function betweenServers({ ensemble }: EffectiveConfig): string {
  if (ensemble === undefined) return ''
  const sasl = ensemble.sasl === undefined ? [] : [['sasl', ensemble.sasl] as const]
  const shown = Object.entries(withoutSecrets(Object.fromEntries([...ensemble.options, ...sasl])) as object)
  return list('Between servers', shown, ([key, value]) => `${key}  ${print(value)}`)
}

function list<Item>(title: string, items: readonly Item[], line: (item: Item) => string): string {
  return items.length === 0 ? '' : `${title}\n${items.map(item => `  ${line(item)}\n`).join('')}`
}

function columns(rows: readonly (readonly string[])[]): string {
  // One long value must not push all others to the side.
  const widths = rows[0]!.map((_, column) => Math.min(48, Math.max(...rows.map(row => row[column]!.length))))
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')
  return rows.map(row => `  ${line(row).trimEnd()}\n`).join('')
}

function print(value: unknown): string {
  if (value === undefined) return '-'
  if (typeof value === 'string') return value === '' ? '""' : value
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : value.map(print).join(', ')
  if (typeof value !== 'object' || value === null) return String(value)
  const { host = '*', port } = value as { host?: string; port?: number }
  if (port !== undefined) return `${host.includes(':') ? `[${host}]` : host}:${port}`
  return `{ ${Object.entries(value)
    .map(([name, inner]) => `${name}: ${print(inner)}`)
    .join(', ')} }`
}

function describeOrigin({ source, file, line, key }: Origin): string {
  if (source === 'file') return line === undefined ? (file ?? '') : `${file}:${line}`
  if (source === 'derived') return `from ${key}`
  return source === 'option' ? (key ?? 'option') : 'default'
}
