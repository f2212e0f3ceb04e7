import { performance } from 'node:perf_hooks'
import {
  generateSchedule,
  type Mutation,
  type ReconfigsIn,
  type Schedule,
  type Script,
  type SimulationEnvironment,
  type SimulationResult,
  shrink,
  simulate,
} from '@menagerie/core/simulation'
import { drain } from './drain.js'

/** Violations printed of one failing run. */
const VIOLATIONS_SHOWN = 5
const PROGRESS_EVERY_MS = 10_000
/** The promise that is broken by a rejection that nobody handles. */
export const UNHEARD = 'no failure goes unheard'

/** A deliberate bug, also one in what no seam reaches. */
export interface Bug extends Mutation {
  /** Changes the code for the time of a run; gives what changes it back. */
  patch?(): () => void
}

export interface SeedRange {
  readonly seeds: number
  readonly from: number
  readonly servers: number
  /** Besides, without a vote. */
  readonly observers?: number
  /** In which seeds the ensemble is reconfigured; in some unless given. */
  readonly reconfigs?: ReconfigsIn
  /** Stop after so many failing seeds. */
  readonly failures: number
  readonly mutation?: Bug
}

type Print = (line: string) => void

/** Runs seeds one after another; gives how many failed. */
export async function runSeeds(range: SeedRange, print: Print): Promise<number> {
  const startedAt = performance.now()
  const usedBefore = process.cpuUsage()
  let printedAt = startedAt
  let failed = 0
  let ran = 0
  const totals = { events: 0, operations: 0, commits: 0, simulatedMs: 0 }
  for (let seed = range.from; seed < range.from + range.seeds && failed < range.failures; seed++) {
    const result = await run(
      generateSchedule(seed, range.servers, range.observers, range.reconfigs ?? 'some'),
      range.mutation,
    )
    ran++
    totals.events += result.events
    totals.operations += result.operations
    totals.commits += result.commits
    totals.simulatedMs += result.simulatedMs
    if (result.violations.length > 0) {
      failed++
      await report(result, range.mutation, print)
    }
    if (performance.now() - printedAt < PROGRESS_EVERY_MS) continue
    printedAt = performance.now()
    print(`seed ${seed}: ${ran} seeds so far, ${speed(ran, startedAt, usedBefore)}`)
  }
  const { events, operations, commits, simulatedMs } = totals
  print(
    `${ran} seeds from ${range.from} with ${range.servers} server${range.servers === 1 ? '' : 's'}${observed(range)}: ${speed(ran, startedAt, usedBefore)}, ` +
      `${(simulatedMs / 3_600_000).toFixed(1)} simulated hours, ${events} events, ${operations} requests, ${commits} transactions`,
  )
  print(failed === 0 ? 'No violation.' : `${failed} seeds failed.`)
  return failed
}

/** The run of one seed. */
export interface SeedChoice {
  readonly seed: number
  readonly servers: number
  readonly observers?: number
  readonly reconfigs?: ReconfigsIn
}

function scheduleOf({ seed, servers, observers, reconfigs = 'some' }: SeedChoice): Schedule {
  return generateSchedule(seed, servers, observers, reconfigs)
}

/** Runs one schedule and prints it; gives 1 if it failed. */
export async function replay(
  what: { readonly schedule: Schedule } | SeedChoice,
  print: Print,
  logs = false,
): Promise<number> {
  const schedule = 'schedule' in what ? what.schedule : scheduleOf(what)
  const result = await run(schedule, undefined, undefined, logs ? print : undefined)
  if (result.violations.length > 0) {
    await report(result, undefined, print)
    return 1
  }
  print(JSON.stringify(schedule, null, 2))
  print(
    `No violation: ${result.operations} requests, ${result.commits} transactions, fingerprint ${result.fingerprint}.`,
  )
  return 0
}

async function report(result: SimulationResult, mutation: Bug | undefined, print: Print): Promise<void> {
  const { schedule, violations } = result
  print(`seed ${schedule.seed} fails:`)
  for (const { property, message } of violations.slice(0, VIOLATIONS_SHOWN)) print(`  ${property}: ${message}`)
  if (violations.length > VIOLATIONS_SHOWN) print(`  and ${violations.length - VIOLATIONS_SHOWN} more`)
  print(
    `  again: npm run simulate -- --replay ${schedule.seed} --servers ${schedule.servers}${schedule.observers ? ` --observers ${schedule.observers}` : ''} --reconfig ${schedule.spares === undefined ? 'none' : 'all'}`,
  )
  const shortest = await shrink(schedule, async candidate => (await run(candidate, mutation)).violations.length > 0)
  print(`  shortest schedule found (${shortest.runs} runs), for --schedule FILE:`)
  print(`  ${JSON.stringify(shortest.schedule)}`)
}

/** One run. A promise that a server left without anybody to hear of its failure is a violation as well. */
export async function run(
  schedule: Schedule,
  mutation?: Bug,
  script?: Script,
  print?: Print,
): Promise<SimulationResult> {
  const unheard: unknown[] = []
  const hear = (reason: unknown): void => void unheard.push(reason)
  process.on('unhandledRejection', hear)
  const restore = mutation?.patch?.()
  try {
    const log = print && ((...line: Parameters<LogLine>) => print(logLine(...line)))
    const result = await simulate(schedule, { drain, mutation, script, log })
    if (unheard.length === 0) return result
    const violations = unheard.map(reason => ({
      property: UNHEARD,
      message: reason instanceof Error ? (reason.stack ?? reason.message) : String(reason),
    }))
    return { ...result, violations: [...result.violations, ...violations] }
  } finally {
    restore?.()
    process.off('unhandledRejection', hear)
  }
}

type LogLine = NonNullable<SimulationEnvironment['log']>

function logLine(...[server, atMs, message, fields]: Parameters<LogLine>): string {
  const details = JSON.stringify(fields, (_, value) => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value))
  return `${atMs.toFixed(1).padStart(9)} server ${server}: ${message} ${details}`
}

function observed({ observers = 0 }: SeedRange): string {
  return observers === 0 ? '' : ` and ${observers} observer${observers === 1 ? '' : 's'}`
}

/** By the clock, and by what the processor did for it: on a busy machine the two are far apart. */
function speed(ran: number, startedAt: number, usedBefore: NodeJS.CpuUsage): string {
  const { user, system } = process.cpuUsage(usedBefore)
  const perSecond = (ran * 1000) / (performance.now() - startedAt)
  return `${perSecond.toFixed(1)} seeds a second, ${((ran * 1e6) / (user + system)).toFixed(1)} a second of processor time`
}
