/** What to say of a plugin that cannot be loaded. */
import { spawnSync } from 'node:child_process'
import { existsSync, type Stats, statSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isPath } from './load-plugin.js'
import { entryOf, nearestPackage } from './packages.js'

/** With or without a scope and a path inside it, as npm has it. */
const PACKAGE = /^(?:@[\w.~-]+\/)?[\w~-][\w.~-]*(?:\/.*)?$/

/**
 * A sentence without a full stop.
 * @param folder of the configuration, in which paths begin
 * @param thrown by the import
 */
export function whyNotLoaded(use: string, folder: string, thrown: unknown): string {
  return isPath(use) ? whyNoFile(use, folder, thrown) : whyNoPackage(use, folder, thrown)
}

function whyNoFile(use: string, folder: string, thrown: unknown): string {
  const path = use.startsWith('file:') ? fileURLToPath(use) : resolve(folder, use)
  const found = stat(path)
  if (found?.isDirectory()) return `"${use}" is a folder, expected the file of a plugin, ${example(use, path)}`
  if (isTypeScript(use, thrown)) {
    return `"${use}" is TypeScript, which this version of Node.js does not run: compile it, and name the .js file`
  }
  if (found === undefined && isMissing(thrown)) {
    return `there is no file "${use}"${isAbsolute(use) ? '' : `, seen from the folder of this configuration, ${folder}`}${compiled(use, path)}`
  }
  const line = thrown instanceof SyntaxError ? syntaxErrorIn(path) : undefined
  return `"${use}" cannot be loaded: ${describeThrown(thrown)}${line === undefined ? '' : ` (${path}:${line})`}`
}

/** Node.js tells the place of a syntax error only to whoever has it check the file. */
function syntaxErrorIn(path: string): string | undefined {
  const { stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8', env: {} })
  return /^\S.*:(\d+)$/m.exec(stderr ?? '')?.[1]
}

function whyNoPackage(use: string, folder: string, thrown: unknown): string {
  if (!PACKAGE.test(use)) {
    return `"${use}" is neither the name of a package nor a path, which begins with ./ or /`
  }
  const { code, message = '' } = (thrown ?? {}) as NodeJS.ErrnoException
  const notExported = code === 'ERR_PACKAGE_PATH_NOT_EXPORTED' || /^Package subpath .* is not defined/.test(message)
  // The package may be there and lack something else: its own message names that.
  if (!notExported && !(isMissing(thrown) && message.includes(`'${packageOf(use)}`))) {
    return `"${use}" cannot be loaded: ${describeThrown(thrown)}`
  }
  if (stat(resolve(folder, use))?.isFile()) {
    return `there is no package "${use}", but such a file: write it as a path, "./${use}"`
  }
  const guess = nearestPackage(use, folder)
  if (guess === undefined) {
    return notExported
      ? `there is nothing at "${use}": the package ${packageOf(use)} has no such entry; "menagerie plugins" lists what there is`
      : `there is no package "${use}": npm install ${use}`
  }
  // Never to install what is only a misspelling: others may have published something under that name.
  const meant = `there is no package "${use}"; did you mean ${guess.name}?`
  return guess.installed ? meant : `${meant} Then: npm install ${packageOf(guess.name)}`
}

const packageOf = (use: string) =>
  use
    .split('/')
    .slice(0, use.startsWith('@') ? 2 : 1)
    .join('/')

/** Module loaders that a process may have (test runners, tracers) keep the message of an error, and lose its code. */
function isMissing(thrown: unknown): boolean {
  const { code, message = '' } = (thrown ?? {}) as NodeJS.ErrnoException
  const codes = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ENOTDIR']
  return codes.includes(code ?? '') || /^(?:Cannot find (?:module|package) |ENOTDIR)/.test(message)
}

function isTypeScript(use: string, thrown: unknown): boolean {
  const { code, message = '' } = (thrown ?? {}) as NodeJS.ErrnoException
  return (
    /\.[cm]?tsx?$/.test(use) && (code === 'ERR_UNKNOWN_FILE_EXTENSION' || message.startsWith('Unknown file extension'))
  )
}

/** Undefined also where a part of the path is a file. */
function stat(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** The entry that the package in a folder names; what a plugin is likely to have otherwise. */
function example(use: string, path: string): string {
  const entry = entryOf(path)
  const file = `${use.replace(/\/$/, '')}/${entry ?? 'dist/src/index.js'}`
  return entry === undefined ? `such as ${file}` : `here ${file}`
}

/** For a file below the `dist` of a package that is there: it is only not compiled yet. */
function compiled(use: string, path: string): string {
  const at = path.lastIndexOf(`${sep}dist${sep}`)
  const root = at < 0 ? dirname(path) : path.slice(0, at)
  if (at < 0 || !existsSync(join(root, 'package.json'))) return ''
  return `; if it is still to be compiled: npm run build in ${use.slice(0, use.lastIndexOf('/dist/')) || '.'}`
}

/** What was thrown, with the place of the file that has thrown it, as a part of a sentence. */
export function describeThrown(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `it threw ${JSON.stringify(thrown) ?? String(thrown)}, which is no Error`
  const message = thrown.message.split('\n')[0] ?? ''
  // Beginning with a letter or a scope: what begins with a dot or a slash is a file of the plugin's own.
  const [, lacks] = /^Cannot find package '([\w@][^']*)'/.exec(message) ?? []
  if (lacks !== undefined) return `${message}: npm install ${lacks}`
  if (isMissing(thrown) || thrown.name === 'MenagerieError') return message
  const place = placeOf(thrown)
  return place === undefined || message.includes(place) ? message : `${message} (${place})`
}

/** The first file and line of a stack, unless they are Node's own. */
function placeOf({ stack = '' }: Error): string | undefined {
  const [, url, line] = /(?<=[\s(]|^)(file:\/\/[^\s)]+?|\/[^\s):]+):(\d+)(?::\d+)?(?=[\s)]|$)/m.exec(stack) ?? []
  if (url === undefined) return undefined
  return `${url.startsWith('file:') ? fileURLToPath(url) : url}:${line}`
}
