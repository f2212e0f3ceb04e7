/** `menagerie storage copy`: moves a data directory from one storage to another. */
import { constants } from 'node:os'
import { resolve, sep } from 'node:path'
import { MenagerieError, zxidHex } from '@menagerie/core'
import { describeFailure } from '../failure.js'
import type { CommandIo } from '../io.js'
import { createSystemSignals, type Signals } from '../signals.js'
import { parseAddress, parseAddressOrFolder, type StorageAddress } from '../storage/address.js'
import { type Copied, copyStorage } from '../storage/copy.js'
import { quiet, warningsTo } from '../storage/logger.js'
import { createStorage, createStorageToRead, inWordsOfTools } from '../storage/open.js'
import { bytes, type Progress, plural, progressOn } from '../storage/progress.js'
import { refuseData, stageFor } from '../storage/stage.js'

/** Resolves with the exit code: 0 once the copy is complete and has been compared. */
export async function storageCopy(
  { from, to }: { readonly from: string; readonly to: string },
  io: CommandIo,
  progress: Progress = progressOn(process.stderr),
  signals: Signals = createSystemSignals(),
): Promise<number> {
  const interrupted = new AbortController()
  let signal: string | undefined
  void signals.first.then(name => {
    signal = name
    io.err(`menagerie: ${name}: stops copying; a second signal ends it at once, and leaves what is half done\n`)
    interrupted.abort(new Error(`interrupted; ${to} is as it was before`))
  })
  try {
    const source = parseAddressOrFolder(from)
    const target = parseAddress(to)
    refuseSame(source, target)
    refuseData(target.folder)
    const { snapshots, records, bytes: size, state } = await copy(source, target, io, progress, interrupted.signal)
    io.out(
      `Copied ${plural(snapshots, 'snapshot')} and ${plural(records, 'record')} of the log (${bytes(size)}) from ${from} to ${to}.\n` +
        `Both hold ${plural(state.znodes, 'znode')} and ${plural(state.sessions.size, 'session')}: zxid 0x${zxidHex(state.lastZxid)}, digest ${state.digest}.\n`,
    )
    return 0
  } catch (error) {
    io.err(describeFailure(inWordsOfTools(error), false))
    return signal === undefined ? 1 : exitCodeOf(signal)
  } finally {
    signals.release()
  }
}

async function copy(
  source: StorageAddress,
  target: StorageAddress,
  io: CommandIo,
  progress: Progress,
  interrupted: AbortSignal,
): Promise<Copied> {
  const logger = warningsTo(io)
  // Of a torn end the log of files would say that it cuts it, which this one does not: the copy tells it.
  const reading = await createStorageToRead(source, source.use.endsWith('/storage-file') ? quiet : logger, logger)
  const stage = await stageFor(target.folder)
  try {
    // How long the target's disk takes is nobody's concern here.
    const writing = await createStorage(moved(target, stage.folder), quiet)
    const copied = await copyStorage(reading, writing, progress, logger, interrupted)
    await stage.finish()
    return copied
  } catch (error) {
    await stage.abandon()
    throw error
  }
}

/** As a shell has it. */
const exitCodeOf = (signal: string) => 128 + (constants.signals[signal as NodeJS.Signals] ?? 0)

/** The same address with another folder. */
function moved(address: StorageAddress, folder: string): StorageAddress {
  const options = Object.entries(address.options).map(([name, value]) => [
    name,
    value === address.folder ? folder : value,
  ])
  return { ...address, folder, options: Object.fromEntries(options) }
}

function refuseSame(source: StorageAddress, target: StorageAddress): void {
  const [from, to] = [resolve(source.folder), resolve(target.folder)]
  if (from === to) throw new MenagerieError('CONFIG_INVALID', `--from and --to are the same folder, ${from}`)
  if (!to.startsWith(`${from}${sep}`)) return
  throw new MenagerieError('CONFIG_INVALID', `--to, ${to}, is inside of --from; a copy needs a folder of its own`)
}
