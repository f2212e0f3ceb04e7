/**
 * Copies of plugins that the bundle of this command holds. What is imported from where it is installed brings a kernel
 * and a schema library of its own along, in two hundred files; a copy shares those that are loaded. The binaries that
 * it needs are found from the command, so it stands for the package that is installed beside the command alone, in the
 * version that it was made of.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type BundledPlugin, bundledPlugins } from './bundled.js'

/** The copies there are and what they are compared with; a test gives its own. */
export interface Copies {
  readonly plugins: Readonly<Record<string, BundledPlugin>>
  /** The file of a package that is installed beside this command. @throws where there is none */
  readonly resolve: (name: string) => string
}

const ofThisCommand: Copies = {
  plugins: bundledPlugins,
  resolve: name => createRequire(import.meta.url).resolve(name),
}

/**
 * @param name of a package
 * @param found what is to be imported for it: a URL, or its name where the configuration's folder has no such package
 * @returns the copy to load instead, if there is one of just this package
 */
export function copyOf(
  name: string,
  found: string,
  { plugins, resolve }: Copies = ofThisCommand,
): BundledPlugin | undefined {
  const copy = Object.hasOwn(plugins, name) ? plugins[name] : undefined
  if (copy === undefined) return undefined
  try {
    const beside = pathToFileURL(resolve(name)).href
    if (found !== name && found !== beside) return undefined
    return versionOf(beside) === copy.version ? copy : undefined
  } catch {
    // There is none beside this command, or one that keeps its files in another way than the copy's did.
    return undefined
  }
}

function versionOf(entry: string): unknown {
  const manifest = join(dirname(fileURLToPath(entry)), '..', 'package.json')
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version?: unknown }).version
}
