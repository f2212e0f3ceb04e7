/** Which plugins are installed: in the kernel and in packages that depend on it, which export what `definePlugin` made. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { PluginDefinition } from '@menagerie/core'
import { isPlugin } from './load-plugin.js'

export interface InstalledPlugin {
  /** What `use:` takes. */
  readonly use: string
  readonly version: string
  readonly plugin: PluginDefinition
}

export interface InstalledPlugins {
  readonly plugins: readonly InstalledPlugin[]
  /** Sentences about packages that cannot be loaded. */
  readonly failures: readonly string[]
}

interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly exports?: unknown
  readonly dependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
}

/** Looks where a configuration in `folder` would look: in the folders of packages above it, and above this command. */
export async function installedPlugins(folder: string): Promise<InstalledPlugins> {
  const plugins = new Map<string, InstalledPlugin>()
  const failures: string[] = []
  const seen = new Set<string>()
  for (const modules of moduleFolders(folder)) {
    for (const name of packageNames(modules)) {
      const manifest = readManifest(join(modules, name))
      if (!manifest || seen.has(name) || !(name === KERNEL || dependsOnKernel(manifest))) continue
      // The nearest one is what a configuration gets.
      seen.add(name)
      for (const use of specifiers(name, manifest)) {
        try {
          const plugin = await pluginOf(use, modules)
          if (plugin && !plugins.has(plugin.name)) {
            plugins.set(plugin.name, { use, version: manifest.version ?? '', plugin })
          }
        } catch (error) {
          failures.push(`${use} cannot be loaded: ${(error as Error).message.split('\n')[0]}`)
        }
      }
    }
  }
  return { plugins: [...plugins.values()].sort((a, b) => a.use.localeCompare(b.use)), failures }
}

function moduleFolders(folder: string): string[] {
  const here = dirname(fileURLToPath(import.meta.url))
  const paths = [folder, here].flatMap(start => createRequire(join(start, 'x.cjs')).resolve.paths('x') ?? [])
  return [...new Set(paths)].filter(path => existsSync(path))
}

function packageNames(modules: string): string[] {
  return readdirSync(modules).flatMap(name => {
    if (name.startsWith('.')) return []
    return name.startsWith('@') ? readdirSync(join(modules, name)).map(inner => `${name}/${inner}`) : [name]
  })
}

function readManifest(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  } catch {
    return undefined
  }
}

const KERNEL = '@menagerie/core'

const dependsOnKernel = ({ dependencies, peerDependencies }: Manifest) =>
  KERNEL in { ...dependencies, ...peerDependencies }

/** The package and each of its further entry points. */
function specifiers(name: string, { exports }: Manifest): string[] {
  if (typeof exports !== 'object' || exports === null) return [name]
  const paths = Object.keys(exports).filter(path => path.startsWith('.') && !/[*]|\.json$/.test(path))
  return paths.length === 0 ? [name] : paths.map(path => name + path.slice(1))
}

/** What a configuration that uses it would get, if it would get one. */
async function pluginOf(use: string, modules: string): Promise<PluginDefinition | undefined> {
  const path = createRequire(join(dirname(modules), 'x.cjs')).resolve(use)
  const module = (await import(pathToFileURL(path).href)) as Record<string, unknown>
  const found = [...new Set(Object.values(module).filter(isPlugin))]
  return found.length === 1 ? found[0] : [module['default']].find(isPlugin)
}
