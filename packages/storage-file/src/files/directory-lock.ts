import { randomBytes, randomInt } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MenagerieError } from '@menagerie/core'
import { errorCode, type FileSystem } from './file-system.js'
import type { Processes, ProcessIdentity } from './processes.js'

const PREFIX = 'menagerie.lock.'
/** Two servers that start at once may both step back; then each tries again after a random pause. */
const ATTEMPTS = 4
const PAUSE_MAX_MS = 60

/**
 * Keeps two servers out of one folder, though Node offers no advisory locks.
 *
 * Each server first puts down a claim of its own, an empty file whose *name* says who it is, and looks
 * for others only then. Of two, the later one therefore sees the earlier one and takes its claim back; a
 * claim whose process has gone is removed. Since no name is ever used twice, removing one can not hit a
 * claim made meanwhile, which is what makes the usual single lock file unsafe to take over.
 *
 * Good for one machine: on a network file system, or in containers that do not see each other's
 * processes, a foreign claim looks like one left behind. Apache takes no lock, and ignores these files.
 */
export class DirectoryLock {
  private constructor(
    private readonly fs: FileSystem,
    private readonly path: string,
  ) {}

  /** @throws DATA_DIR_LOCKED, or the file system's error */
  static async take(fs: FileSystem, processes: Processes, folder: string): Promise<DirectoryLock> {
    const { pid, started, boot } = processes.self()
    const claim = `${PREFIX}${pid}.${started}.${boot}.${randomBytes(4).toString('hex')}`
    const path = join(folder, claim)
    for (let attempt = 1; ; attempt++) {
      await (await fs.open(path, 'create-new')).close()
      const other = await findOther(fs, processes, folder, claim)
      if (!other) return new DirectoryLock(fs, path)
      await fs.remove(path)
      if (attempt === ATTEMPTS) {
        const message = `${folder} is in use by the server with process id ${other.pid}: stop that one, or give this one a folder of its own`
        throw new MenagerieError('DATA_DIR_LOCKED', message)
      }
      await sleep(randomInt(PAUSE_MAX_MS))
    }
  }

  async release(): Promise<void> {
    try {
      await this.fs.remove(this.path)
    } catch (error) {
      // Someone removed the whole folder: nothing is left to protect.
      if (errorCode(error) !== 'ENOENT') throw error
    }
  }
}

async function findOther(
  fs: FileSystem,
  processes: Processes,
  folder: string,
  own: string,
): Promise<ProcessIdentity | undefined> {
  for (const name of await fs.list(folder)) {
    const holder = name === own ? undefined : parseClaim(name)
    if (!holder) continue
    if (processes.isRunning(holder)) return holder
    try {
      await fs.remove(join(folder, name))
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error
    }
  }
  return undefined
}

function parseClaim(name: string): ProcessIdentity | undefined {
  if (!name.startsWith(PREFIX)) return undefined
  const [pid, started, boot] = name.slice(PREFIX.length).split('.')
  return boot === undefined ? undefined : { pid: Number(pid), started: Number(started), boot }
}
