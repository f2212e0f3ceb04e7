/** `menagerie storage inspect` and `verify`: what a data directory holds, and whether all of it can be read. */
import { type Zxid, zxidHex } from '@menagerie/core'
import { describeFailure } from '../failure.js'
import type { CommandIo } from '../io.js'
import { parseAddressOrFolder } from '../storage/address.js'
import { type Examination, examine } from '../storage/examine.js'
import { quiet, sentencesTo } from '../storage/logger.js'
import { createStorageToRead, inWordsOfTools } from '../storage/open.js'
import { bytes, plural } from '../storage/progress.js'
import { subtrees } from '../storage/subtrees.js'
import { table } from '../table.js'

export interface InspectOptions {
  /** Levels below `/` whose subtrees are listed. */
  readonly depth: number
  /** Children of one znode that are listed. */
  readonly top: number
  readonly json?: boolean
}

/** Resolves with the exit code: 0, or 1 where the storage cannot be looked at. Damage is shown, and is no failure. */
export async function storageInspect(address: string, options: InspectOptions, io: CommandIo): Promise<number> {
  try {
    const found = await examineAt(address)
    io.out(options.json ? `${JSON.stringify(asJson(found, options), null, 2)}\n` : describe(found, options))
    return 0
  } catch (error) {
    io.err(describeFailure(inWordsOfTools(error), false))
    return 1
  }
}

/** Resolves with the exit code: 0 if everything can be read and a server would start, 1 if not. */
export async function storageVerify(address: string, io: CommandIo): Promise<number> {
  try {
    const { location, snapshots, log, state, damage, notes } = await examineAt(address)
    for (const sentence of notes) io.out(`note: ${sentence}\n`)
    for (const sentence of damage) io.err(`damage: ${sentence}\n`)
    if (damage.length === 0) {
      const [files, records] = [plural(snapshots.length, 'snapshot'), plural(log?.records ?? 0, 'record')]
      io.out(`${location}: ${files} and ${records} of the log are sound\n`)
    } else {
      const rest = state
        ? `a server would start, at zxid ${hex(state.lastZxid)}`
        : 'no server would start on it; docs/errors.md says what to do for each'
      io.err(`menagerie: ${location}: ${damage.length} damaged; ${rest}\n`)
    }
    return damage.length === 0 ? 0 : 1
  } catch (error) {
    io.err(describeFailure(inWordsOfTools(error), false))
    return 1
  }
}

async function examineAt(text: string): Promise<Examination> {
  // Damage is told by the examination; what is left out without being damaged, only by the storage.
  const notes: string[] = []
  const storage = await createStorageToRead(
    parseAddressOrFolder(text),
    quiet,
    sentencesTo(note => notes.push(note)),
  )
  const found = await examine(storage, quiet)
  return { ...found, notes: [...found.notes, ...notes] }
}

const hex = (zxid: Zxid) => `0x${zxidHex(zxid)}`
const sessionHex = (id: bigint) => `0x${BigInt.asUintN(64, id).toString(16)}`

function describe(found: Examination, { depth, top }: InspectOptions): string {
  const { location, snapshots, log, epochs, state, damage, notes } = found
  const parts = [`${location}\n`]
  const summary: string[][] = []
  if (log) {
    const range = log.records === 0 ? 'no records' : `${hex(log.first)} to ${hex(log.last)}, ${log.records} records`
    summary.push(['log', `${range}, ${bytes(log.bytes)}`])
  }
  if (epochs) summary.push(['epochs', `accepted ${epoch(epochs.accepted)}, current ${epoch(epochs.current)}`])
  if (state) {
    summary.push(
      ['last zxid', hex(state.lastZxid)],
      ['tree', `${state.znodes} znodes, ${bytes(state.dataBytes)} of paths and data`],
      ['digest', state.digest],
    )
  }
  parts.push(table(undefined, summary))
  parts.push(
    section(
      'Snapshots',
      ['name', 'zxid', 'size', ''],
      snapshots.map(one => [one.name, hex(one.zxid), bytes(one.bytes), one.damage === undefined ? 'sound' : 'damaged']),
    ),
  )
  if (state) {
    const sessions = [...state.sessions].map(([id, timeoutMs]) => [
      sessionHex(id),
      `${timeoutMs} ms`,
      String(state.ephemerals.get(id) ?? 0),
    ])
    parts.push(section('Sessions', ['id', 'timeout', 'ephemeral znodes'], sessions))
    const sizes = subtrees(state, depth, top)
    const rows = sizes.map(({ path, znodes, bytes: size }) => [path, String(znodes), bytes(size)])
    parts.push(section('Subtrees', ['path', 'znodes', 'data'], rows))
  }
  parts.push(lines('Notes', notes), lines('Damage', damage))
  return parts.filter(part => part !== '').join('\n')
}

const epoch = (value: number) => (value < 0 ? 'never set' : String(value))

const section = (title: string, head: string[], rows: string[][]) =>
  rows.length === 0 ? `${title}: none\n` : `${title}\n${table(head, rows)}`

const lines = (title: string, sentences: readonly string[]) =>
  sentences.length === 0 ? '' : `${title}\n${sentences.map(sentence => `  ${sentence}\n`).join('')}`

function asJson({ location, snapshots, log, epochs, state, damage, notes }: Examination, options: InspectOptions) {
  return {
    location,
    snapshots: snapshots.map(({ zxid, ...rest }) => ({ zxid: hex(zxid), ...rest })),
    log: log && { ...log, first: hex(log.first), last: hex(log.last) },
    epochs,
    lastZxid: state && hex(state.lastZxid),
    digest: state?.digest,
    znodes: state?.znodes,
    dataBytes: state?.dataBytes,
    sessions:
      state &&
      [...state.sessions].map(([id, timeoutMs]) => ({
        id: sessionHex(id),
        timeoutMs,
        ephemerals: state.ephemerals.get(id) ?? 0,
      })),
    subtrees: state && subtrees(state, options.depth, options.top),
    notes,
    damage,
  }
}
