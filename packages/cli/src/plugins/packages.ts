/** Which packages have plugins, without loading any: those of Menagerie, and those that are installed. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { editDistance, nearest } from '@menagerie/core'

export interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly main?: unknown
  readonly exports?: unknown
  readonly dependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
}

export interface PluginPackage {
  readonly name: string
  /** The node_modules folder that it is in. */
  readonly modules: string
  readonly manifest: Manifest
  /** What `use:` takes: the package, and each of its further entry points. */
  readonly specifiers: readonly string[]
}

/** Of Menagerie, whether they are installed or not. */
const OWN = [
  '@menagerie/admin-http',
  '@menagerie/core/memory',
  '@menagerie/platform-node/audit-file',
  '@menagerie/storage-file',
  '@menagerie/storage-rocksdb',
  '@menagerie/transport-nats',
  '@menagerie/transport-tcp',
  '@menagerie/transport-tcp/peers',
]

const KERNEL = '@menagerie/core'

/** Where a configuration in `folder` would look: in the folders of packages above it, and above this command. */
export function pluginPackages(folder: string): PluginPackage[] {
  const found = new Map<string, PluginPackage>()
  for (const modules of moduleFolders(folder)) {
    for (const name of packageNames(modules)) {
      // The nearest one is what a configuration gets.
      if (found.has(name)) continue
      const manifest = readManifest(join(modules, name))
      if (!manifest || !(name === KERNEL || dependsOnKernel(manifest))) continue
      found.set(name, { name, modules, manifest, specifiers: specifiersOf(name, manifest) })
    }
  }
  return [...found.values()]
}

/** What a misspelt `use` was probably meant to be, and whether that is installed. */
export function nearestPackage(use: string, folder: string): { name: string; installed: boolean } | undefined {
  const installed = pluginPackages(folder).flatMap(({ specifiers }) => specifiers)
  const known = [...new Set([...installed, ...OWN])]
  // The scope is what people leave out or mistake as a whole.
  const bare = (name: string) => name.replace(/^@[^/]*\//, '')
  const guess = nearest(bare(use), known.map(bare))
  if (guess === undefined || editDistance(bare(use).toLowerCase(), guess.toLowerCase()) > 2) return undefined
  const name = known.find(name => bare(name) === guess)!
  return { name, installed: installed.includes(name) }
}

/** The entry of the package in a folder, as a path from there; undefined where there is none. */
export function entryOf(folder: string): string | undefined {
  const manifest = readManifest(folder)
  if (!manifest) return undefined
  const { exports, main = 'index.js' } = manifest
  const root = isMap(exports) ? (exports['.'] ?? exports) : exports
  const entry = isMap(root) ? (root['import'] ?? root['default'] ?? root['require']) : root
  const found = isMap(entry) ? entry['default'] : (entry ?? main)
  return typeof found === 'string' ? found.replace(/^\.\//, '') : undefined
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

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

const dependsOnKernel = ({ dependencies, peerDependencies }: Manifest) =>
  KERNEL in { ...dependencies, ...peerDependencies }

function specifiersOf(name: string, { exports }: Manifest): string[] {
  if (!isMap(exports)) return [name]
  const paths = Object.keys(exports).filter(path => path.startsWith('.') && !/[*]|\.json$/.test(path))
  return paths.length === 0 ? [name] : paths.map(path => name + path.slice(1))
}
