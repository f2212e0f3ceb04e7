/** `menagerie plugins`: what is installed, which seam each fills, and its options out of their schemas. */
import { z } from 'zod'
import { describeFailure } from '../failure.js'
import type { CommandIo } from '../io.js'
import { type InstalledPlugin, installedPlugins } from '../plugins/installed.js'
import { seamName } from '../plugins/seats.js'
import { table } from '../table.js'

/** Resolves with the exit code: 0, or 1 if one of them cannot be used, which a sentence for each says. */
export async function plugins(
  { json = false }: { readonly json?: boolean },
  io: CommandIo,
  folder = process.cwd(),
): Promise<number> {
  try {
    const { plugins: installed, failures } = await installedPlugins(folder, sentence =>
      io.err(`menagerie: ${sentence}\n`),
    )
    io.out(json ? `${JSON.stringify(installed.map(asJson), null, 2)}\n` : installed.map(describe).join('\n'))
    for (const failure of failures) io.err(`menagerie: ${failure}\n`)
    return failures.length === 0 ? 0 : 1
  } catch (error) {
    io.err(describeFailure(error, false))
    return 1
  }
}

export interface PluginOption {
  readonly name: string
  readonly type: string
  readonly required: boolean
  readonly default?: unknown
  readonly meaning: string
}

interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly items?: JsonSchema
  readonly default?: unknown
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
}

/** The options of a schema in its order; those of a map inside it as `outer.inner`. */
function optionsOf(schema: z.ZodType): PluginOption[] {
  // Refinements and transformations have no place in JSON Schema: what they are applied to stands for them.
  return flatten(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema, '')
}

function flatten({ properties = {}, required = [] }: JsonSchema, prefix: string): PluginOption[] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    const name = prefix + key
    const option = {
      name,
      type: typeName(schema),
      required: required.includes(key),
      default: schema.default,
      meaning: schema.description ?? '',
    }
    return schema.properties ? [option, ...flatten(schema, `${name}.`)] : [option]
  })
}

function typeName(schema: JsonSchema): string {
  const { type, enum: values, anyOf, items, const: constant } = schema
  if (constant !== undefined) return JSON.stringify(constant)
  if (values) return values.map(value => JSON.stringify(value)).join(' | ')
  if (anyOf) return [...new Set(anyOf.map(typeName))].join(' | ')
  if (type === 'array') return items ? `list of ${typeName(items)}` : 'list'
  if (type === 'object') return 'map'
  return typeof type === 'string' ? type : (type?.join(' | ') ?? 'any')
}

function describe({ use, version, plugin }: InstalledPlugin): string {
  const rows = optionsOf(plugin.options).map(({ name, type, required, default: value, meaning }) => [
    name,
    type,
    required ? 'required' : value === undefined ? '-' : JSON.stringify(value),
    meaning,
  ])
  const options = rows.length === 0 ? '  no options\n' : table(['option', 'type', 'default', 'meaning'], rows)
  return `${use} ${version}  (${plugin.name}: ${plugin.provides.map(seamName).join(', ')})\n${options}`
}

function asJson({ use, version, plugin }: InstalledPlugin) {
  return {
    use,
    version,
    name: plugin.name,
    seams: plugin.provides.map(seamName),
    core: plugin.core,
    options: optionsOf(plugin.options),
  }
}
