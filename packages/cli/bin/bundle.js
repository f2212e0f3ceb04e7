// The bundled command, run from code that V8 has made of it before: most of a start is compiling.
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { Script } from 'node:vm'

/** Beside a bundle, the code that V8 has made of it. Another version of Node.js does not take it, and compiles. */
export const codeCacheOf = file => `${file}.cache`

/**
 * Runs a bundle, which is a CommonJS module, and returns what it exports.
 *
 * @param whenLoaded gets the script, to have a code cache made of it
 */
export function loadBundle(file, whenLoaded = () => {}) {
  const cache = codeCacheOf(file)
  // The bundler writes ASCII. As such it takes half the memory.
  const source = `(function (exports, require, module, __filename, __dirname, __import) {${readFileSync(file, 'latin1')}\n})`
  const cachedData = existsSync(cache) ? readFileSync(cache) : undefined
  const script = new Script(source, { filename: file, cachedData })
  const module = { exports: {} }
  const importModule = specifier => import(specifier)
  script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file), importModule)
  whenLoaded(script)
  return module.exports
}
