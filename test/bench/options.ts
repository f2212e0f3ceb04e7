import { availableParallelism, tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import type { ServerKind } from './kinds.js'
import { allRows, ensembleRows, type Row, selectRows } from './rows.js'

/** What the command line asks for. */
export interface BenchOptions {
  /** Baseline first. Two of a kind show how much the ratios scatter by themselves. */
  servers: ServerKind[]
  rounds: number
  seconds: number
  warmupSeconds: number
  rows: string[]
  /** Three servers instead of one, and the rows for them. */
  ensemble: boolean
  size: number
  json: string | null
  markdown: boolean
  dir: string
  heapMiB: number
  /** Processors of the server and of the load generator, as taskset takes them; null leaves both to the kernel. */
  pin: { server: string; driver: string } | null
  profileDir: string | null
  list: boolean
  help: boolean
}

/** A command line that asks for something impossible; the message is a sentence for the person who typed it. */
export class UsageError extends Error {}

export const HELP = `Measures Menagerie beside Apache ZooKeeper under the same load, and prints medians and ratios.

Usage: npm run bench -- [options]

  --rounds N        rounds, each with a fresh directory for each server (3)
  --seconds S       seconds measured for each throughput row (5)
  --warmup S        seconds of the same load before that (3)
  --rows WORDS      only rows whose id contains one of the words, comma-separated (--list shows the ids)
  --size N          znodes of the rows with a big tree (1000000)
  --quick           one round of 1.5 s after 1.5 s, 50000 znodes: a look, not a result
  --ensemble        three servers on this machine, and the rows for them
  --server WHICH    both, menagerie, apache, fake (the limit of the load generator), or noise: Apache beside itself,
                    which shows how far a ratio scatters (both); storages: Apache, and Menagerie on files, on RocksDB
                    and on memory; transports (with --ensemble): Apache, and Menagerie over TCP and over NATS
  --heap MIB        Apache's -Xmx, 0 for the JVM's own choice (1000, as in Apache's zkEnv.sh)
  --pin A:B         processors of the server and of the load generator, for example 1:0 (not pinned)
  --profile DIR     Menagerie leaves a .cpuprofile there each time it stops
  --dir DIR         where the data directories go; the disk that is measured (${tmpdir()})
  --json FILE       every figure of every round
  --markdown        the table as Markdown
  --list            the rows and their targets
  --help            this text

A throughput row's processor time is that of all threads of the server, from /proc: the benchmark needs Linux.
Exit status: 0 when every row was measured, whether or not it reached its target; 1 when one failed; 2 for a wrong
option.
`

const SERVERS: Record<string, ServerKind[]> = {
  both: ['apache', 'menagerie'],
  menagerie: ['menagerie'],
  apache: ['apache'],
  fake: ['fake'],
  noise: ['apache', 'apache'],
  storages: ['apache', 'menagerie', 'menagerie-rocksdb', 'menagerie-memory'],
  transports: ['apache', 'menagerie', 'menagerie-nats'],
}

const FLAGS = ['quick', 'ensemble', 'markdown', 'list', 'help']
const VALUES = ['rounds', 'seconds', 'warmup', 'rows', 'size', 'server', 'heap', 'pin', 'profile', 'dir', 'json']

/** @throws UsageError */
export function parseOptions(args: readonly string[]): BenchOptions {
  const given = readArguments(args)
  const quick = given.has('quick')
  const ensemble = given.has('ensemble')
  const size = integer(given, 'size', quick ? 50_000 : 1_000_000, 1000, 10_000_000)
  return {
    servers: serversOf(given.get('server') ?? 'both', ensemble),
    rounds: integer(given, 'rounds', quick ? 1 : 3, 1, 100),
    seconds: decimal(given, 'seconds', quick ? 1.5 : 5, 0.1, 600),
    warmupSeconds: decimal(given, 'warmup', quick ? 1.5 : 3, 0, 600),
    rows: rowsOf(given.get('rows'), rowsFor({ ensemble, size })),
    ensemble,
    size,
    json: given.get('json') ?? null,
    markdown: given.has('markdown'),
    dir: given.get('dir') ?? tmpdir(),
    heapMiB: integer(given, 'heap', 1000, 0, 1_000_000),
    pin: pinOf(given.get('pin')),
    profileDir: given.get('profile') ?? null,
    list: given.has('list'),
    help: given.has('help'),
  }
}

function readArguments(args: readonly string[]): Map<string, string> {
  const known = Object.fromEntries([
    ...FLAGS.map(name => [name, { type: 'boolean' }] as const),
    ...VALUES.map(name => [name, { type: 'string' }] as const),
  ])
  const { tokens } = parseArgs({ args: [...args], options: known, strict: false, tokens: true })
  const given = new Map<string, string>()
  for (const token of tokens) {
    if (token.kind === 'positional') throw new UsageError(`"${token.value}" stands alone: options start with --.`)
    if (token.kind !== 'option') continue
    const { name, value } = token
    if (FLAGS.includes(name)) {
      if (value !== undefined) throw new UsageError(`--${name} takes no value, but got "${value}".`)
    } else if (!VALUES.includes(name)) {
      throw new UsageError(`There is no option ${token.rawName}. --help lists them all.`)
    } else if (value === undefined || value === '' || (!token.inlineValue && value.startsWith('--'))) {
      throw new UsageError(`--${name} needs a value.`)
    }
    if (given.has(name)) throw new UsageError(`--${name} is given twice.`)
    given.set(name, value ?? '')
  }
  return given
}

function integer(given: Map<string, string>, name: string, otherwise: number, min: number, max: number): number {
  const text = given.get(name)
  if (text === undefined) return otherwise
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw new UsageError(`--${name} is "${text}", expected a whole number from ${min} to ${max}.`)
}

function decimal(given: Map<string, string>, name: string, otherwise: number, min: number, max: number): number {
  const text = given.get(name)
  if (text === undefined) return otherwise
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw new UsageError(`--${name} is "${text}", expected a number of seconds from ${min} to ${max}.`)
}

/** The rows that the options choose from. */
export function rowsFor({ ensemble, size }: { ensemble: boolean; size: number }): Row[] {
  return ensemble ? ensembleRows(size) : allRows(size)
}

function serversOf(text: string, ensemble: boolean): ServerKind[] {
  if (text === 'transports' && !ensemble) throw new UsageError('--server transports needs --ensemble.')
  if (text === 'fake' && ensemble) throw new UsageError('--server fake is a single server: leave --ensemble out.')
  if (Object.hasOwn(SERVERS, text)) return SERVERS[text]
  throw new UsageError(`--server is "${text}", expected one of ${Object.keys(SERVERS).join(', ')}.`)
}

function rowsOf(text: string | undefined, rows: readonly Row[]): string[] {
  if (text === undefined) return []
  const words = text.split(',').map(word => word.trim())
  for (const word of words) {
    if (word === '') throw new UsageError('--rows holds an empty word.')
    if (selectRows(rows, [word]).length === 0) {
      throw new UsageError(`No row's id contains "${word}". --list shows the ids.`)
    }
  }
  return words
}

function pinOf(text: string | undefined): BenchOptions['pin'] {
  if (text === undefined) return null
  const found = /^(\d+(?:[-,]\d+)*):(\d+(?:[-,]\d+)*)$/.exec(text)
  if (found === null) {
    throw new UsageError(`--pin is "${text}", expected processors of the server and of the load, such as 1:0.`)
  }
  const highest = Math.max(...text.split(/[-,:]/).map(Number))
  if (highest >= availableParallelism()) {
    throw new UsageError(`--pin names processor ${highest}, but there are only ${availableParallelism()}, from 0.`)
  }
  return { server: found[1], driver: found[2] }
}
