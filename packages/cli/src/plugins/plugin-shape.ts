/** What a module has to export for a server to be made with it. */
import type { PluginDefinition } from '@menagerie/core'

type Module = Readonly<Record<string, unknown>>

/** The parts of a plugin, each with what it has to be. */
const PARTS: Readonly<Record<string, (value: unknown) => boolean>> = {
  name: value => typeof value === 'string',
  core: value => typeof value === 'string',
  provides: Array.isArray,
  options: value => typeof (value as { safeParse?: unknown } | undefined)?.safeParse === 'function',
  register: value => typeof value === 'function',
}

/** By its shape: a plugin may bring its own copy of the kernel. */
export const isPlugin = (value: unknown): value is PluginDefinition => isThing(value) && lacks(value).length === 0

/** All plugins of a module, each once, whatever they are exported as. */
export const pluginsOf = (module: Module): PluginDefinition[] => [...new Set(Object.values(module).filter(isPlugin))]

const isThing = (value: unknown): value is object =>
  (typeof value === 'object' || typeof value === 'function') && value !== null

const lacks = (value: object): string[] =>
  Object.keys(PARTS).filter(part => !PARTS[part]!((value as Record<string, unknown>)[part]))

/** Why a module without a plugin has none, as it follows its name. */
export function whyNoPlugin(module: Module): string {
  const sentence = 'exports no plugin, expected one made by definePlugin'
  const names = Object.keys(module).filter(name => name !== 'module.exports')
  const fallback = module['default']
  if (names.length === 0) return `${sentence} (it exports nothing)`
  if (isThing(fallback) && typeof (fallback as { then?: unknown }).then === 'function') {
    return `${sentence} (its default export is a promise: await it)`
  }
  // Nearly one: `name` alone is what every function has.
  const nearly = names.find(name => {
    const value = module[name]
    return isThing(value) && ('provides' in value || 'register' in value)
  })
  if (nearly !== undefined) return `${sentence} (its ${nearly} lacks ${lacks(module[nearly] as object).join(', ')})`
  return `${sentence} (it exports ${names.slice(0, 5).join(', ')})`
}
