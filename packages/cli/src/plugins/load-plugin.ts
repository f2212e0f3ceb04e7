/** From a name in a configuration to the plugin in a package or a file. */
import { createRequire, isBuiltin } from 'node:module'
import { dirname, isAbsolute, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  ConfigError,
  type ConfigProblem,
  checkOptions,
  nearest,
  type PluginDefinition,
  type PluginUse,
  versionProblem,
} from '@menagerie/core'
import type { z } from 'zod'
import { describeIssue } from '../config/issues.js'
import { systemIo } from '../io.js'
import { patiently } from '../patience.js'
import { copyOf } from './copies.js'
import { type ImportModule, importInstalled } from './import-module.js'
import { isPlugin, pluginsOf, whyNoPlugin } from './plugin-shape.js'

/** Plugins that the command brings along: named literally, so that its bundle holds them. */
const BUILT_IN: Readonly<Record<string, () => Promise<Record<string, unknown>>>> = {
  '@menagerie/admin-http': () => import('@menagerie/admin-http'),
  '@menagerie/platform-node/audit-file': () => import('@menagerie/platform-node/audit-file'),
  '@menagerie/storage-file': () => import('@menagerie/storage-file'),
  '@menagerie/transport-tcp': () => import('@menagerie/transport-tcp'),
  '@menagerie/transport-tcp/peers': () => import('@menagerie/transport-tcp/peers'),
}

const importModule: ImportModule = specifier => BUILT_IN[specifier]?.() ?? importInstalled(specifier)

/**
 * Finds the plugin that `use` names: a package of this installation or of the configuration's folder, or
 * a path, relative to the configuration file.
 *
 * @throws ConfigError with the place in the configuration
 */
export async function loadPlugin(
  { use, origin }: PluginUse,
  load: ImportModule = importModule,
): Promise<PluginDefinition> {
  const { file, line, key } = origin
  const fail = (message: string) => new ConfigError([{ file, line, key, message }])
  const folder = resolve(dirname(file ?? '.'))
  if (isBuiltin(use)) throw fail(`"${use}" is a part of Node.js and no plugin`)
  let module: Record<string, unknown>
  try {
    const found = locate(use, folder)
    module = await patiently(copyOf(use, found)?.load() ?? load(found), 'it to load', sentence =>
      systemIo.err(`menagerie: "${use}": ${sentence}\n`),
    )
  } catch (error) {
    // Loaded where it is needed: a start that succeeds has no use for it.
    const { whyNotLoaded } = await import('./why-not-loaded.js')
    throw fail(whyNotLoaded(use, folder, error))
  }
  const plugin = onlyPlugin(use, module, fail)
  const problem = versionProblem(plugin)
  if (problem !== undefined) throw fail(`the plugin "${plugin.name}" ${problem}`)
  return plugin
}

function onlyPlugin(
  use: string,
  module: Record<string, unknown>,
  fail: (message: string) => ConfigError,
): PluginDefinition {
  const plugins = pluginsOf(module)
  const [plugin] = plugins
  if (plugins.length === 1 && plugin) return plugin
  if (isPlugin(module['default'])) return module['default']
  if (plugins.length === 0) throw fail(`"${use}" ${whyNoPlugin(module)}`)
  const names = plugins.map(({ name }) => name).join(', ')
  throw fail(`"${use}" exports ${plugins.length} plugins (${names}), expected one, or one by default`)
}

/** Problems with what `with` gives a plugin, each with its line. */
export function optionProblems(use: PluginUse, plugin: PluginDefinition): ConfigProblem[] {
  let parsed: ReturnType<typeof checkOptions>
  try {
    parsed = checkOptions(plugin, use.with)
  } catch (error) {
    const { file, line, key } = use.origin
    return [{ file, line, key, message: (error as Error).message }]
  }
  return parsed.success ? [] : parsed.error.issues.flatMap(issue => describe(use, plugin, issue))
}

function describe(use: PluginUse, plugin: PluginDefinition, issue: z.core.$ZodIssue): ConfigProblem[] {
  const problem = (path: readonly PropertyKey[], message: string): ConfigProblem => {
    const { file, line, key } = use.locate(path)
    const option = path.length === 0 ? use.use : path.map(String).join('.')
    return { file, line, key: key ?? option, message: `${message} (option of ${plugin.name})` }
  }
  if (issue.code !== 'unrecognized_keys') {
    const value = issue.path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)?.[key], use.with)
    return [problem(issue.path, describeIssue(issue, value))]
  }
  const known = issue.path.length === 0 ? Object.keys((plugin.options as { shape?: object }).shape ?? {}) : []
  return issue.keys.map(key => {
    const guess = nearest(key, known)
    return problem(
      [...issue.path, key],
      guess === undefined ? 'unknown option' : `unknown option; did you mean ${guess}?`,
    )
  })
}

/** A path, relative to the configuration, rather than the name of a package. */
export const isPath = (use: string) => use.startsWith('.') || use.startsWith('file:') || isAbsolute(use)

/** Packages are looked for beside the configuration first, then beside this command. */
function locate(use: string, folder: string): string {
  if (use in BUILT_IN || use.startsWith('file:')) return use
  if (isPath(use)) return pathToFileURL(resolve(folder, use)).href
  try {
    return pathToFileURL(createRequire(resolve(folder, 'menagerie.cjs')).resolve(use)).href
  } catch {
    return use
  }
}
