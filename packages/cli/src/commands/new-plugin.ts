/** `menagerie new-plugin`: a package to begin a plugin with, which passes its seam's kit from the start. */
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { MenagerieError } from '@menagerie/core'
import { describeFailure } from '../failure.js'
import { type CommandIo, packageVersion } from '../io.js'
import { filesOf } from '../templates.js'

interface PluginKind {
  /** What its package is called in its description. */
  readonly what: string
  /** Options in the configuration of its README. */
  readonly with: string
  /** Why the package passes the kit from the start. */
  readonly start: string
}

const IN_MEMORY = 'it hands everything to an implementation in memory'

/** What can be begun. */
const PLUGIN_KINDS: Readonly<Record<string, PluginKind>> = {
  storage: {
    what: 'Storage (transaction log, epochs, snapshots)',
    with: '    with: { path: ./data }',
    start: IN_MEMORY,
  },
  transport: { what: 'Transport between servers', with: '    with: { prefix: prod }', start: IN_MEMORY },
  watches: { what: 'Watch dispatcher', with: '    with: {}', start: "it hands everything to the kernel's own" },
  authenticator: {
    what: 'Authentication scheme of clients',
    with: '    with: { users: { alice: wonderland } }',
    start: 'clients prove a name by a secret that stands in the options',
  },
}

/** As npm has it: lower case, with or without a scope. */
const NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/

/** Resolves with the exit code: 0 once the files are there. */
export async function newPlugin(kind: string, name: string, io: CommandIo, folder = '.'): Promise<number> {
  try {
    const { what, with: options, start } = kindOf(kind)
    if (!NAME.test(name)) {
      throw invalid(`"${name}" cannot be the name of a package: expected lower case letters, digits and dashes`)
    }
    const short = name.split('/').at(-1)!
    const target = resolve(folder, short)
    if (existsSync(target) && readdirSync(target).length > 0) {
      throw invalid(`${target} is not empty; give the plugin another name, or empty the folder`)
    }
    const use = `./${short}/dist/src/index.js`
    const values = { name, short, Name: className(short), version: packageVersion(), what, with: options, start, use }
    const files = new Map([...filesOf('common', values), ...filesOf(kind, values)])
    for (const [path, text] of files) {
      await mkdir(dirname(join(target, path)), { recursive: true })
      await writeFile(join(target, path), text)
    }
    io.out(`Made ${target}:\n${[...files.keys()].map(path => `  ${path}\n`).join('')}\n`)
    io.out(`Next:\n  cd ${short}\n  npm install\n  npm test\n`)
    return 0
  } catch (error) {
    io.err(describeFailure(error, false))
    return 1
  }
}

function kindOf(kind: string) {
  if (Object.hasOwn(PLUGIN_KINDS, kind)) return PLUGIN_KINDS[kind]!
  throw invalid(`"${kind}" is no kind of plugin, expected ${Object.keys(PLUGIN_KINDS).join(', ')}`)
}

/** `my-backend` becomes `MyBackend`; a name that begins with a digit gets a letter before it. */
function className(name: string): string {
  const parts = name.split(/[^a-z0-9]+/).filter(part => part !== '')
  const joined = parts.map(part => part[0]!.toUpperCase() + part.slice(1)).join('')
  return /^[A-Z]/.test(joined) ? joined : `P${joined}`
}

const invalid = (message: string) => new MenagerieError('CONFIG_INVALID', message)
