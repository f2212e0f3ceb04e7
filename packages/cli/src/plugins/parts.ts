/** What would run: which plugin fills each seam of a server. */
import type { ConfiguredPlugin, PluginDefinition } from '@menagerie/core'
import { seamName } from './seats.js'

/** One seam and what fills it. */
export interface Part {
  readonly seam: string
  /** The plugin's own name. */
  readonly plugin: string
  /** What the configuration calls it; undefined where it comes without being named. */
  readonly use?: string
}

/**
 * In the order of the plugins, named ones first; then what they bring along for seams that nobody else fills. Seams that
 * are missing are filled by the kernel itself.
 */
export function partsOf(plugins: readonly ConfiguredPlugin[], named: readonly { readonly use: string }[]): Part[] {
  const parts: Part[] = []
  const filled = new Set<PluginDefinition['provides'][number]>()
  const add = (plugin: PluginDefinition, use?: string) => {
    for (const token of plugin.provides) {
      filled.add(token)
      parts.push({ seam: seamName(token), plugin: plugin.name, use })
    }
  }
  for (const [index, { plugin }] of plugins.entries()) add(plugin, named[index]?.use)
  for (const { plugin } of plugins) {
    for (const fallback of plugin.defaults ?? []) {
      if (!fallback.plugin.provides.some(token => filled.has(token))) add(fallback.plugin)
    }
  }
  return parts
}
