/** `menagerie storage copy`: moves a data directory from one storage to another. */
import { statSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import { MenagerieError, zxidHex } from '@menagerie/core'
import { describeFailure } from '../failure.js'
import type { CommandIo } from '../io.js'
import { parseAddress, type StorageAddress } from '../storage/address.js'
import { copyStorage } from '../storage/copy.js'
import { quiet, warningsTo } from '../storage/logger.js'
import { createStorage, createStorageToRead } from '../storage/open.js'
import { bytes, type Progress, plural, progressOn } from '../storage/progress.js'

/** Resolves with the exit code: 0 once the copy is complete and has been compared. */
export async function storageCopy(
  { from, to }: { readonly from: string; readonly to: string },
  io: CommandIo,
  progress: Progress = progressOn(process.stderr),
): Promise<number> {
  const logger = warningsTo(io)
  try {
    const source = parseAddress(from)
    const target = parseAddress(to)
    await refuseSame(source, target)
    await refuseData(target)
    // Under another name until it is complete and compared: nobody starts a server on half of it.
    const beside = `${resolve(target.folder)}.copying`
    await rm(beside, { recursive: true, force: true })
    await mkdir(dirname(beside), { recursive: true })
    try {
      // How long the target's disk takes is nobody's concern here.
      const [reading, writing] = [
        await createStorageToRead(source, logger),
        await createStorage(moved(target, beside), quiet),
      ]
      const { snapshots, records, bytes: size, state } = await copyStorage(reading, writing, progress, logger)
      await rename(beside, target.folder)
      io.out(
        `Copied ${plural(snapshots, 'snapshot')} and ${plural(records, 'record')} of the log (${bytes(size)}) from ${from} to ${to}.\n` +
          `Both hold ${plural(state.znodes, 'znode')} and ${plural(state.sessions.size, 'session')}: zxid 0x${zxidHex(state.lastZxid)}, digest ${state.digest}.\n`,
      )
      return 0
    } catch (error) {
      await rm(beside, { recursive: true, force: true })
      throw error
    }
  } catch (error) {
    io.err(describeFailure(error, false))
    return 1
  }
}

/** The same address with another folder. */
function moved(address: StorageAddress, folder: string): StorageAddress {
  const options = Object.entries(address.options).map(([name, value]) => [
    name,
    value === address.folder ? folder : value,
  ])
  return { ...address, folder, options: Object.fromEntries(options) }
}

async function refuseSame(source: StorageAddress, target: StorageAddress): Promise<void> {
  const [from, to] = [resolve(source.folder), resolve(target.folder)]
  if (from === to) throw new MenagerieError('CONFIG_INVALID', `--from and --to are the same folder, ${from}`)
  if (!to.startsWith(`${from}${sep}`)) return
  throw new MenagerieError('CONFIG_INVALID', `--to, ${to}, is inside of --from; a copy needs a folder of its own`)
}

async function refuseData({ folder }: StorageAddress): Promise<void> {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found === undefined) return
  if (!found.isDirectory()) {
    throw new MenagerieError('CONFIG_INVALID', `${folder} is a file; a copy needs a new or empty folder`)
  }
  const names = await readdir(folder)
  if (names.length === 0) return
  const some = names.slice(0, 3).join(', ')
  const message = `${folder} is not empty (${some}${names.length > 3 ? ', ...' : ''}); a copy needs a new or empty folder`
  throw new MenagerieError('CONFIG_INVALID', message)
}
