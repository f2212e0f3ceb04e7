// What may import what. `npm run lint` holds the repository to it, through check-dependencies.mjs.
//
// - The kernel knows no plugin and no platform: it imports its own files and its declared dependencies.
// - A plugin knows the kernel, not another plugin; whose packages a package may use is the table below. What admin-http
//   takes of others are no plugins: reading keys and certificates, and the format of a snapshot file.
// - Within the kernel, what composes a server knows its parts, and they know it by host interfaces of their own.
// - A package is entered through the exports that its package.json declares, from wherever. Its own tests may import
//   what it is built from.
// - What a package imports, its package.json declares.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve, sep } from 'node:path'
import ts from 'typescript'

const SCOPE = '@menagerie/'
const KERNEL = 'core'

/** By the first pattern that fits: which packages of this repository the sources of a package may use. */
const MAY_USE = [
  [/^core$/, []],
  [/^platform-/, ['core']],
  [/^(storage|transport)-/, ['core', 'platform-node']],
  [/^admin-/, ['core', 'platform-node', 'storage-file', 'transport-tcp']],
  [/^client$/, ['core']],
  [/^recipes$/, ['core', 'client']],
  [/^cli$/, ['admin-http', 'core', 'client', 'platform-node', 'storage-file', 'transport-tcp']],
]

/**
 * Folders of the kernel that compose others, each with the folders that may use it all the same. The files beside the
 * folders, which say what the kernel exports, may too.
 */
const COMPOSING = { server: ['simulation'] }

/**
 * A sentence for each import that the rules forbid, with its file and line.
 * @param {string} root the folder that holds `packages`
 * @returns {string[]}
 */
export function dependencyProblems(root) {
  const problems = []
  const manifests = new Map(packageNames(root).map(name => [name, readManifest(join(root, 'packages', name))]))
  for (const name of manifests.keys()) {
    const home = join(root, 'packages', name)
    const source = { root, manifests, own: name, inside: join(home, 'src'), isSource: true }
    for (const file of codeFiles(source.inside)) problems.push(...fileProblems(file, source))
    const test = { ...source, inside: home, isSource: false }
    for (const file of codeFiles(join(home, 'test'))) problems.push(...fileProblems(file, test))
  }
  for (const folder of outerFolders(root)) {
    const outer = { root, manifests, own: undefined, inside: folder, isSource: false }
    for (const file of codeFiles(folder)) problems.push(...fileProblems(file, outer))
  }
  return problems
}

/** Tests across packages, and each example: they use packages as anybody would. */
function outerFolders(root) {
  return [join(root, 'test'), ...folders(join(root, 'examples')).map(name => join(root, 'examples', name))]
}

function fileProblems(file, place) {
  const text = readFileSync(file, 'utf8')
  return ts.preProcessFile(text, true, true).importedFiles.flatMap(({ fileName: specifier, pos }) => {
    const problem = judge(specifier, file, place)
    if (problem === undefined) return []
    const line = text.slice(0, pos).split('\n').length
    return [`${relative(place.root, file)}:${line}: imports "${specifier}", ${problem}`]
  })
}

/** Why this file may not import that; undefined where it may. */
function judge(specifier, file, { root, manifests, own, inside, isSource }) {
  if (specifier.startsWith('.')) {
    const target = resolve(dirname(file), specifier)
    if (!target.startsWith(inside + sep)) return `which is outside of ${relative(root, inside)}`
    return own === KERNEL && isSource ? judgeFolders(relative(inside, file), relative(inside, target)) : undefined
  }
  if (isBuiltIn(specifier)) {
    return own === KERNEL && isSource ? 'but the kernel has no platform: use a seam' : undefined
  }
  const name = packageOf(specifier)
  if (name.startsWith(SCOPE)) {
    const problem = judgeOwn(specifier, name.slice(SCOPE.length), manifests, isSource ? own : undefined)
    if (problem !== undefined) return problem
  }
  if (!isSource) return undefined
  const { dependencies, peerDependencies, optionalDependencies } = manifests.get(own)
  const declared = { ...dependencies, ...peerDependencies, ...optionalDependencies }
  return name in declared ? undefined : 'which its package.json does not declare'
}

/** Both paths are within the kernel's sources. */
function judgeFolders(file, target) {
  const [from, ...below] = file.split(sep)
  const [to] = target.split(sep)
  const isFolder = below.length > 0
  const mayUse = from === to || !Object.hasOwn(COMPOSING, to) || COMPOSING[to].includes(from)
  if (!isFolder || mayUse) return undefined
  return `but ${from} may not know ${to}, which composes it: let it declare what it asks of its host`
}

/** @param user the package whose source it is, if it is one */
function judgeOwn(specifier, name, manifests, user) {
  const manifest = manifests.get(name)
  if (manifest === undefined) return 'which is no package of this repository'
  const entry = `.${specifier.slice(SCOPE.length + name.length)}`
  if (!(entry in manifest.exports)) {
    return `which is no export of ${SCOPE}${name} (${Object.keys(manifest.exports).join(', ')})`
  }
  if (user === undefined) return undefined
  if (user === name) return 'itself: use a relative path'
  const rule = MAY_USE.find(([pattern]) => pattern.test(user))
  if (rule === undefined) return `but scripts/dependency-rules.mjs does not say what ${user} may use`
  const [, allowed] = rule
  if (allowed.includes(name)) return undefined
  if (allowed.length === 0) return `but ${user} may use no other package of this repository`
  return `but ${user} may use ${allowed.join(', ')} only`
}

const isBuiltIn = specifier => specifier.startsWith('node:') || builtinModules.includes(specifier.split('/')[0])

/** `@scope/name` of `@scope/name/entry`. */
function packageOf(specifier) {
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]
}

const readManifest = folder => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
const packageNames = root =>
  folders(join(root, 'packages')).filter(name => existsSync(join(root, 'packages', name, 'package.json')))

function folders(path) {
  if (!existsSync(path)) return []
  return readdirSync(path, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
}

const GENERATED = ['node_modules', 'dist', 'dist-test', 'bundle']

function codeFiles(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return GENERATED.includes(entry.name) ? [] : codeFiles(path)
    return /\.(ts|mts|mjs|js)$/.test(entry.name) ? [path] : []
  })
}
