/** Which plugins are installed: in the kernel and in packages that depend on it, which export what `definePlugin` made. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type PluginDefinition, versionProblem } from '@menagerie/core'
import { patiently } from '../patience.js'
import { importInstalled } from './import-module.js'
import { pluginPackages } from './packages.js'
import { isPlugin, pluginsOf } from './plugin-shape.js'
import { describeThrown } from './why-not-loaded.js'

export interface InstalledPlugin {
  /** What `use:` takes. */
  readonly use: string
  readonly version: string
  readonly plugin: PluginDefinition
}

export interface InstalledPlugins {
  readonly plugins: readonly InstalledPlugin[]
  /** Sentences about packages that cannot be used. */
  readonly failures: readonly string[]
}

/**
 * Looks where a configuration in `folder` would look.
 * @param say hears of a package that takes long to load
 */
export async function installedPlugins(
  folder: string,
  say: (sentence: string) => void = () => {},
): Promise<InstalledPlugins> {
  const plugins = new Map<string, InstalledPlugin>()
  const failures: string[] = []
  for (const { modules, manifest, specifiers } of pluginPackages(folder)) {
    for (const use of specifiers) {
      try {
        const plugin = await patiently(pluginOf(use, modules), `${use} to load`, say)
        if (!plugin || plugins.has(plugin.name)) continue
        plugins.set(plugin.name, { use, version: manifest.version ?? '', plugin })
        const problem = versionProblem(plugin)
        if (problem !== undefined) failures.push(`${use} ${problem}`)
      } catch (error) {
        failures.push(`${use} cannot be loaded: ${describeThrown(error)}`)
      }
    }
  }
  return { plugins: [...plugins.values()].sort((a, b) => a.use.localeCompare(b.use)), failures }
}

/** What a configuration that uses it would get, if it would get one. */
async function pluginOf(use: string, modules: string): Promise<PluginDefinition | undefined> {
  const path = createRequire(join(dirname(modules), 'x.cjs')).resolve(use)
  const module = await importInstalled(pathToFileURL(path).href)
  const found = pluginsOf(module)
  return found.length === 1 ? found[0] : [module['default']].find(isPlugin)
}
