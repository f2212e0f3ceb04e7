/** Where a copy is made until it is complete and has been compared: nobody starts a server on half of it. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { MenagerieError } from '@menagerie/core'
import { makeFolders } from '@menagerie/platform-node'

export interface Stage {
  /** What is written to. */
  readonly folder: string
  /** Puts what is there into its place. */
  finish(): Promise<void>
  /** Removes it: the target is as it was. */
  abandon(): Promise<void>
}

/**
 * Beside the target, which takes its place in one step. A target that is there already may be the root of a file system of
 * its own (a volume): then it is inside of it, and its folders are moved up at the end.
 *
 * @param target new, or an empty folder
 * @param inside whether it is made inside of the target
 * @throws CONFIG_INVALID where an earlier copy has left something
 */
export async function stageFor(target: string, inside = isMountPoint(target)): Promise<Stage> {
  const folder = inside ? join(resolve(target), LEFT) : `${resolve(target)}.copying`
  if (existsSync(folder)) {
    const message = `${folder} is there, as a copy leaves it that was killed; remove it, and copy again`
    throw new MenagerieError('CONFIG_INVALID', message)
  }
  await makeFolders(dirname(folder))
  await mkdir(folder)
  return {
    folder,
    async finish() {
      if (!inside) return rename(folder, target)
      for (const name of await readdir(folder)) await rename(join(folder, name), join(target, name))
      await rmdir(folder)
    },
    abandon: () => rm(folder, { recursive: true, force: true }),
  }
}

/** The folder inside of a target that is a file system of its own. */
const LEFT = 'menagerie.copying'

/** What a new file system holds that is empty otherwise, and what {@link stageFor} has left there. */
const NOTHING: readonly string[] = ['lost+found', LEFT]

/** @throws CONFIG_INVALID where the target is a file, or not empty */
export function refuseData(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found === undefined) return
  if (!found.isDirectory()) {
    throw new MenagerieError('CONFIG_INVALID', `${folder} is a file; a copy needs a new or empty folder`)
  }
  const names = readdirSync(folder).filter(name => !isMountPoint(folder) || !NOTHING.includes(name))
  if (names.length === 0) return
  const some = names.slice(0, 3).join(', ')
  const message = `${folder} is not empty (${some}${names.length > 3 ? ', ...' : ''}); a copy needs a new or empty folder`
  throw new MenagerieError('CONFIG_INVALID', message)
}

function isMountPoint(folder: string): boolean {
  const found = statSync(folder, { throwIfNoEntry: false })
  return found !== undefined && found.dev !== statSync(dirname(resolve(folder))).dev
}
