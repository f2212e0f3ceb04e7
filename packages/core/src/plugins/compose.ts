import 'reflect-metadata'

import { type DependencyContainer, type InjectionToken, container as root } from 'tsyringe'
import type { z } from 'zod'
import { MenagerieError } from '../errors.js'
import { AUTHENTICATOR } from '../seams/authenticator.js'
import { MONITOR_ENDPOINT } from '../seams/monitor-endpoint.js'
import { VERSION } from '../version.js'
import { FILLED_BY, isInWords, PluginError, reasonOf } from './blame.js'
import type { ConfiguredPlugin, PluginDefinition } from './define-plugin.js'
import { registrationsOf, tokenName } from './registrations.js'

/** Seams that several plugins of one server may fill, each beside the others. */
export const SHARED_SEAMS: readonly InjectionToken<unknown>[] = [AUTHENTICATOR, MONITOR_ENDPOINT]

/**
 * One server's container: the plugins' registrations over `fallbacks`, which fill what no plugin does.
 * Every server has a container of its own, so several live in one process.
 *
 * @throws PLUGIN_INVALID for a plugin of another kernel version, two for one seam, wrong options, one that fills less than
 * it says, or one that throws while it is added.
 */
export function compose(
  plugins: readonly ConfiguredPlugin[],
  fallbacks: (container: DependencyContainer) => void,
): DependencyContainer {
  const container = root.createChildContainer()
  fallbacks(container)
  const filledBy = new Map<InjectionToken<unknown>, string>()
  for (const { plugin, options } of plugins) {
    checkPlugin(plugin)
    for (const token of plugin.provides) {
      const other = filledBy.get(token)
      if (other !== undefined && !SHARED_SEAMS.includes(token)) {
        throw new PluginError(
          plugin.name,
          `the plugins "${other}" and "${plugin.name}" both provide ${tokenName(token)}; remove one of them`,
        )
      }
      filledBy.set(token, plugin.name)
    }
    register(plugin, container, options)
  }
  for (const { plugin } of plugins) {
    for (const fallback of plugin.defaults ?? []) {
      checkDefault(plugin, fallback)
      // One that fills several seams still fills those that are left.
      const filled = new Set(fallback.plugin.provides.filter(token => filledBy.has(token)))
      if (filled.size === fallback.plugin.provides.length) continue
      for (const token of fallback.plugin.provides) if (!filled.has(token)) filledBy.set(token, fallback.plugin.name)
      register(fallback.plugin, container, fallback.options, filled)
    }
  }
  container.registerInstance(FILLED_BY, filledBy)
  return container
}

function checkPlugin(plugin: PluginDefinition): void {
  if (!isDefinition(plugin)) {
    throw new MenagerieError('PLUGIN_INVALID', 'what was given as a plugin was not made by definePlugin')
  }
  const problem = versionProblem(plugin)
  if (problem !== undefined) throw new PluginError(plugin.name, `the plugin "${plugin.name}" ${problem}`)
}

function isDefinition(plugin: unknown): boolean {
  const { register, provides, options } = (plugin ?? {}) as Partial<PluginDefinition>
  return typeof register === 'function' && Array.isArray(provides) && typeof options?.safeParse === 'function'
}

function checkDefault({ name }: PluginDefinition, fallback: ConfiguredPlugin): void {
  if (isDefinition(fallback?.plugin)) return
  const message = `the plugin "${name}" has a default that no plugin gives when it is called, such as platformNode(); tell its author`
  throw new PluginError(name, message)
}

/** Why a plugin is not for this kernel, as it follows the plugin's name; undefined if it is. */
export function versionProblem({ core }: PluginDefinition): string | undefined {
  if (satisfies(VERSION, core)) return undefined
  if (!/^\^?\d+\.\d+\.\d+$/.test(core)) {
    return `names the versions of @menagerie/core that it works with in a way that is not read: found core: "${core}", expected one such as "^${VERSION}"`
  }
  return `is made for version ${core} of @menagerie/core, this is ${VERSION}: install versions of both that go together`
}

function register(
  plugin: PluginDefinition,
  container: DependencyContainer,
  options: unknown,
  filled?: ReadonlySet<InjectionToken<unknown>>,
): void {
  const { name } = plugin
  const parsed = parseOptions(plugin, options)
  const registered = new Set<InjectionToken<unknown>>()
  try {
    const result: unknown = plugin.register(registrationsOf(name, container, registered, filled), parsed)
    if (result instanceof Promise) throw lateRegistration(name, result)
  } catch (cause) {
    if (isInWords(cause)) throw cause
    const message = `the plugin "${name}" failed while it was added: ${reasonOf(cause)}; check its options, and tell its author otherwise`
    throw new PluginError(name, message, { cause })
  }
  const missing = plugin.provides.filter(token => !registered.has(token)).map(tokenName)
  if (missing.length === 0) return
  const message = `the plugin "${name}" says that it provides ${missing.join(', ')}, and registers nothing for it; tell its author`
  throw new PluginError(name, message)
}

/** What is registered later, a server that has been composed by then does not see. */
function lateRegistration(name: string, result: Promise<unknown>): PluginError {
  result.catch(() => {})
  const message = `the plugin "${name}" has an asynchronous register(), and what it fills has to be known at once; tell its author to wait in open() instead`
  return new PluginError(name, message)
}

/** Options by the schema of their plugin. @throws PLUGIN_INVALID where the schema itself fails */
export function checkOptions(plugin: PluginDefinition, options: unknown): z.ZodSafeParseResult<unknown> {
  try {
    return plugin.options.safeParse(options)
  } catch (cause) {
    const { name } = plugin
    const message = `the plugin "${name}" failed while it checked its options: ${reasonOf(cause)}; check them, and tell its author otherwise`
    throw new PluginError(name, message, { cause })
  }
}

function parseOptions(plugin: PluginDefinition, options: unknown): unknown {
  const parsed = checkOptions(plugin, options ?? {})
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(issue => `${issue.path.join('.') || 'options'}: ${issue.message}`)
  throw new PluginError(plugin.name, `options of the plugin "${plugin.name}": ${problems.join('; ')}`)
}

/** A caret range, the only kind that plugins use: equal in the leftmost part that is not zero, not below in the rest. */
export function satisfies(version: string, range: string): boolean {
  if (!range.startsWith('^')) return version === range
  const have = version.split('.').map(Number)
  const want = range.slice(1).split('.').map(Number)
  const fixed = want.findIndex(part => part !== 0)
  for (let i = 0; i < 3; i++) {
    if (have[i] === want[i]) continue
    if (i <= fixed || fixed === -1) return false
    return have[i] > want[i]
  }
  return true
}
