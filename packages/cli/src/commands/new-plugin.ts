/** `menagerie new-plugin`: a package to begin a plugin with, which passes its seam's kit from the start. */
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { MenagerieError } from '@menagerie/core'
import { describeFailure } from '../failure.js'
import { type CommandIo, packageVersion } from '../io.js'
import { filesOf } from '../templates.js'

/** What can be begun, and what its package is called in its description. */
const PLUGIN_KINDS: Readonly<Record<string, { readonly what: string; readonly with: string }>> = {
  storage: { what: 'Storage (transaction log, epochs, snapshots)', with: '    with: { path: ./data }' },
  transport: { what: 'Transport between servers', with: '    with: { prefix: prod }' },
  watches: { what: 'Watch dispatcher', with: '    with: {}' },
}

/** As npm has it: lower case, with or without a scope. */
const NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/

/** Resolves with the exit code: 0 once the files are there. */
export async function newPlugin(kind: string, name: string, io: CommandIo, folder = '.'): Promise<number> {
  try {
    const { what, with: options } = kindOf(kind)
    if (!NAME.test(name)) {
      throw invalid(`"${name}" cannot be the name of a package: expected lower case letters, digits and dashes`)
    }
    const short = name.split('/').at(-1)!
    const target = resolve(folder, short)
    if (existsSync(target) && readdirSync(target).length > 0) {
      throw invalid(`${target} is not empty; give the plugin another name, or empty the folder`)
    }
    const use = `./${short}/dist/src/index.js`
    const values = { name, Name: className(short), version: packageVersion(), what, with: options, use }
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
  const found = PLUGIN_KINDS[kind]
  if (found) return found
  throw invalid(`"${kind}" is no kind of plugin, expected ${Object.keys(PLUGIN_KINDS).join(', ')}`)
}

/** `my-backend` becomes `MyBackend`; a name that begins with a digit gets a letter before it. */
function className(name: string): string {
  const parts = name.split(/[^a-z0-9]+/).filter(part => part !== '')
  const joined = parts.map(part => part[0]!.toUpperCase() + part.slice(1)).join('')
  return /^[A-Z]/.test(joined) ? joined : `P${joined}`
}

const invalid = (message: string) => new MenagerieError('CONFIG_INVALID', message)
