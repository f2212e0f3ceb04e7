/** From a name in a configuration to the plugin in a package or a file. */
import { existsSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, isAbsolute, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError, type ConfigProblem, nearest, type PluginDefinition, type PluginUse } from '@menagerie/core'
import type { z } from 'zod'
import { describeIssue } from '../config/issues.js'
import { copyOf } from './copies.js'

/** Imports a module by its specifier or URL; a test gives its own. */
export type ImportModule = (specifier: string) => Promise<Record<string, unknown>>

/** Plugins that the command brings along: named literally, so that its bundle holds them. */
const BUILT_IN: Readonly<Record<string, () => Promise<Record<string, unknown>>>> = {
  '@menagerie/admin-http': () => import('@menagerie/admin-http'),
  '@menagerie/platform-node/audit-file': () => import('@menagerie/platform-node/audit-file'),
  '@menagerie/storage-file': () => import('@menagerie/storage-file'),
  '@menagerie/transport-tcp': () => import('@menagerie/transport-tcp'),
  '@menagerie/transport-tcp/peers': () => import('@menagerie/transport-tcp/peers'),
}

const importModule: ImportModule = specifier => BUILT_IN[specifier]?.() ?? import(specifier)

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
  let module: Record<string, unknown>
  try {
    const file = locate(use, folder)
    module = await load(copyOf(use, file) ?? file)
  } catch (error) {
    throw fail(whyNotLoaded(use, folder, error as NodeJS.ErrnoException))
  }
  const plugins = [...new Set(Object.values(module).filter(isPlugin))]
  const [plugin] = plugins
  if (plugins.length === 1 && plugin) return plugin
  if (isPlugin(module['default'])) return module['default']
  if (plugins.length === 0) throw fail(`"${use}" exports no plugin, expected one made by definePlugin`)
  const names = plugins.map(({ name }) => name).join(', ')
  throw fail(`"${use}" exports ${plugins.length} plugins (${names}), expected one, or one by default`)
}

/** Problems with what `with` gives a plugin, each with its line. */
export function optionProblems(use: PluginUse, plugin: PluginDefinition): ConfigProblem[] {
  const parsed = plugin.options.safeParse(use.with)
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

/** By its shape: a plugin may bring its own copy of the kernel. */
export function isPlugin(value: unknown): value is PluginDefinition {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  const { name, core, provides, register } = value as Partial<PluginDefinition>
  return (
    typeof name === 'string' && typeof core === 'string' && Array.isArray(provides) && typeof register === 'function'
  )
}

/** Packages are looked for beside the configuration first, then beside this command. */
function locate(use: string, folder: string): string {
  if (use in BUILT_IN) return use
  if (use.startsWith('.') || isAbsolute(use)) return pathToFileURL(resolve(folder, use)).href
  try {
    return pathToFileURL(createRequire(resolve(folder, 'menagerie.cjs')).resolve(use)).href
  } catch {
    return use
  }
}

const UNKNOWN_EXTENSION = 'ERR_UNKNOWN_FILE_EXTENSION'

function whyNotLoaded(use: string, folder: string, error: NodeJS.ErrnoException): string {
  // Module loaders that a process may have (test runners, tracers) keep the message of an error, and lose its code.
  const isFile = use.startsWith('.') || isAbsolute(use)
  if (isFile && statSync(resolve(folder, use), { throwIfNoEntry: false })?.isDirectory())
    return `"${use}" is a folder, expected the file of a plugin, such as ${use.replace(/\/$/, '')}/dist/src/index.js`
  if (
    /\.[cm]?tsx?$/.test(use) &&
    (error.code === UNKNOWN_EXTENSION || error.message.startsWith('Unknown file extension'))
  )
    return `"${use}" is TypeScript, which this version of Node.js does not run: compile it, and name the .js file`
  const missing =
    error.code === 'ERR_MODULE_NOT_FOUND' ||
    error.code === 'MODULE_NOT_FOUND' ||
    /^Cannot find (module|package) /.test(error.message)
  if (missing && isFile && !existsSync(resolve(folder, use)))
    return `there is no file "${use}", seen from the folder of this configuration`
  // The plugin itself may be there and lack something else: its own message names that.
  if (missing && error.message.includes(`'${use}'`)) return `there is no package "${use}": npm install ${use}`
  const message = error.message.split('\n')[0] ?? ''
  // Beginning with a letter or a scope: what begins with a dot or a slash is a file of the plugin's own.
  const [, lacks] = /^Cannot find package '([\w@][^']*)'/.exec(message) ?? []
  return `"${use}" cannot be loaded: ${message}${lacks === undefined ? '' : `: npm install ${lacks}`}`
}
