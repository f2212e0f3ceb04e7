/**
 * Copies of plugins that the bundle of this command holds. What is imported from where it is installed brings a kernel
 * and a schema library of its own along, in two hundred files; a copy shares those that are loaded. The binaries that
 * it needs are found from the command, so it stands for the package that is installed beside the command alone, in the
 * version that it was made of.
 */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Where copies are and what they are compared with; a test gives its own. */
export interface Copies {
  /** URL of a folder with a folder for each package: `index.js`, and a `package.json` with the version. */
  readonly folder: string
  /** The file of a package that is installed beside this command. @throws where there is none */
  readonly resolve: (name: string) => string
}

const BUNDLED: Copies = {
  folder: new URL('./plugins/', import.meta.url).href,
  resolve: name => createRequire(import.meta.url).resolve(name),
}

/**
 * @param name of a package
 * @param found what is to be imported for it: a URL, or its name where the configuration's folder has no such package
 * @returns URL of the copy to import instead, if there is one of just this package
 */
export function copyOf(name: string, found: string, { folder, resolve }: Copies = BUNDLED): string | undefined {
  const copy = new URL(`${name}/index.js`, folder)
  if (!existsSync(copy)) return undefined
  try {
    const beside = pathToFileURL(resolve(name)).href
    if (found !== name && found !== beside) return undefined
    return versionOf(copy.href, '.') === versionOf(beside, '..') ? copy.href : undefined
  } catch {
    // There is none beside this command, or one that keeps its files in another way than the copy's did.
    return undefined
  }
}

function versionOf(file: string, manifestFolder: string): unknown {
  const manifest = join(dirname(fileURLToPath(file)), manifestFolder, 'package.json')
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version?: unknown }).version
}
