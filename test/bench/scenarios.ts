/** What is done to one server in one round, group by group. Each group starts on a fresh directory. */
import { setTimeout as delay } from 'node:timers/promises'
import { closeConnections, openConnections } from './connection.js'
import { bulkLoad, NodeSequence, prepareParents } from './creates.js'
import type { Ensemble } from './ensemble.js'
import { filler } from './frames.js'
import { loadDuring, prepareNodes, ringsOf, runLoad, type Timing } from './load.js'
import { cpuSeconds, residentMiB } from './process-stats.js'
import { ENSEMBLE_LOADS, type Group, IDLE_SESSIONS, LOADS, type LoadShape, MISSED, WATCHERS } from './rows.js'
import { otherLoad, type Sample } from './sample.js'
import type { Server } from './servers.js'
import { connectAndClose, notifyWatchers } from './sessions.js'

/** One figure of one row. */
export interface Measurement {
  value: number
  /** Microseconds of the server's processor time per operation. */
  cpuMicros?: number
  /** Processors that the load generator used; near 1 it is the limit, not the server. */
  driverLoad?: number
  /** Processors that other programs kept busy; near 0, or the figure says little. */
  otherLoad?: number
  /** Further figures, for the JSON. */
  detail?: Record<string, number>
}

/** What a scenario is given. */
export interface Stage {
  timing: Timing
  size: number
  wants(row: string): boolean
  report(row: string, measurement: Measurement): void
  /** Starts the server on this round's directory: fresh at first, later a restart. */
  launch(options?: { snapCount?: number }): Promise<Server>
  /** Starts three servers on this round's directory. */
  launchEnsemble(): Promise<Ensemble>
  /** Runs one row; a failure is noted in the table and does not end the others. */
  row(row: string, measure: () => Promise<Measurement>): Promise<void>
}

/** Long enough for a start's garbage and threads to come to rest. */
const SETTLE_MS = 2000
/** Longer than any run of this benchmark: no snapshot. */
const NEVER = 100_000_000
/** Few enough transactions that one snapshot follows another. */
const OFTEN = 2000

export const SCENARIOS: Record<Group, (stage: Stage) => Promise<void>> = {
  start,
  steady,
  bulk,
  snapshot,
  ensemble,
  'catch-up': catchUp,
  'catch-up-empty': catchUpEmpty,
}

async function start(stage: Stage): Promise<void> {
  const server = await stage.launch()
  stage.report('start-empty', { value: server.startMs })
  await delay(SETTLE_MS)
  const empty = residentMiB(server.pid)
  stage.report('rss-empty', { value: empty, detail: { cpuSeconds: cpuSeconds(server.pid) } })
  await stage.row('rss-idle-sessions', async () => {
    const connections = await openConnections(server.port, IDLE_SESSIONS)
    await delay(SETTLE_MS)
    const value = residentMiB(server.pid) - empty
    await closeConnections(connections)
    return { value }
  })
  await server.stop('SIGTERM')
}

async function steady(stage: Stage): Promise<void> {
  const server = await stage.launch()
  await prepareNodes(server.port)
  // The row that happens to be first is not to pay for the compilers of either server.
  const warmup = { warmupSeconds: stage.timing.warmupSeconds * 2, seconds: 0 }
  const mixed = LOADS['mixed-50-50']
  await runLoad(server.port, server.pid, ringsOf(mixed), mixed.outstanding, warmup)
  for (const [id, shape] of Object.entries(LOADS)) {
    await stage.row(id, () => throughput(single(server), shape, stage.timing))
  }
  await singleCreates(stage, single(server), 'create')
  await stage.row('notify-1000', async () => ({ value: await notifyWatchers(server.port, WATCHERS) }))
  await stage.row('connect-close', async () =>
    perOperation(await connectAndClose(server.port, server.pid, stage.timing)),
  )
  await server.stop('SIGTERM')
}

/** Where a load goes, and whose processor time it costs: one server, or all of an ensemble. */
interface UnderLoad {
  readonly ports: readonly number[]
  readonly pids: readonly number[]
}

const single = ({ port, pid }: Server): UnderLoad => ({ ports: [port], pids: [pid] })

async function throughput(server: UnderLoad, shape: LoadShape, timing: Timing): Promise<Measurement> {
  const result = await runLoad(server.ports, server.pids, ringsOf(shape), shape.outstanding, timing)
  const detail: Record<string, number> = {}
  for (const kind of ['read', 'write'] as const) {
    if (result[kind].samples === 0) continue
    detail[`${kind}P50Ms`] = result[kind].p50
    detail[`${kind}P99Ms`] = result[kind].p99
    detail[`${kind}MaxMs`] = result[kind].max
  }
  return { ...perOperation(result), detail }
}

function perOperation(done: Sample): Measurement {
  const { operations, seconds, serverCpuSeconds, driverCpuSeconds } = done
  return {
    value: operations / seconds,
    cpuMicros: (serverCpuSeconds / operations) * 1e6,
    driverLoad: driverCpuSeconds / seconds,
    otherLoad: otherLoad(done),
  }
}

/** @param row what the ids of the two rows begin with */
async function singleCreates(stage: Stage, server: UnderLoad, row: string): Promise<void> {
  const [half, most] = [`${row}-p50`, `${row}-p99`]
  if (!stage.wants(half) && !stage.wants(most)) return
  const sequence = new NodeSequence('single', 1_000_000)
  await prepareParents(server.ports, sequence)
  const ring = sequence.ring(16, filler(1024))
  let figures: { p50: number; p99: number } = { p50: Number.NaN, p99: Number.NaN }
  const measure = async () => {
    figures = (await runLoad(server.ports, server.pids, [ring], 1, stage.timing)).write
    return { value: figures.p50 }
  }
  await stage.row(half, measure)
  if (stage.wants(half)) await stage.row(most, async () => ({ value: figures.p99 }))
  else await stage.row(most, async () => ({ ...(await measure()), value: figures.p99 }))
}

async function bulk(stage: Stage): Promise<void> {
  let server = await stage.launch()
  await stage.row('bulk-load', async () => perOperation(await bulkLoad(server.port, server.pid, stage.size)))
  if (!stage.wants('bulk-load')) await bulkLoad(server.port, server.pid, stage.size)
  await delay(SETTLE_MS)
  stage.report('bulk-rss', { value: residentMiB(server.pid) })
  if (stage.wants('restart-killed')) {
    await server.stop('SIGKILL')
    server = await stage.launch()
    stage.report('restart-killed', { value: server.startMs, detail: { residentMiB: residentMiB(server.pid) } })
  }
  await server.stop('SIGTERM')
  if (stage.wants('restart-stopped')) {
    server = await stage.launch()
    stage.report('restart-stopped', { value: server.startMs, detail: { residentMiB: residentMiB(server.pid) } })
    await server.stop('SIGTERM')
  }
}

/** The same light load, half reads and half writes in sessions of their own, without snapshots and then with. */
async function snapshot(stage: Stage): Promise<void> {
  let server = await stage.launch({ snapCount: NEVER })
  await bulkLoad(server.port, server.pid, stage.size)
  await prepareNodes(server.port)
  await latencies(stage, server, 'without')
  await server.stop('SIGTERM')
  server = await stage.launch({ snapCount: OFTEN })
  await latencies(stage, server, 'with')
  await server.stop('SIGTERM')
}

async function latencies(stage: Stage, server: Server, phase: 'with' | 'without'): Promise<void> {
  const before = new Set(server.snapshots())
  const rings = [0, 10].flatMap(writesInTen => ringsOf({ sessions: 8, outstanding: 1, writesInTen }))
  const result = await runLoad(server.port, server.pid, rings, 1, stage.timing)
  const snapshots = server.snapshots().filter(name => !before.has(name)).length
  for (const kind of ['read', 'write'] as const) {
    for (const figure of ['p99', 'max'] as const) {
      await stage.row(`snapshot-${kind}-${figure}-${phase}`, async () => {
        if (snapshots > 0 !== (phase === 'with')) throw new Error(`${snapshots} snapshots were written meanwhile`)
        const operations = result.operations / result.seconds
        return { value: result[kind][figure], detail: { p50: result[kind].p50, operations, snapshots } }
      })
    }
  }
}

async function ensemble(stage: Stage): Promise<void> {
  const servers = await stage.launchEnsemble()
  await prepareNodes(servers.ports)
  const warmup = { warmupSeconds: stage.timing.warmupSeconds * 2, seconds: 0 }
  const mixed = LOADS['mixed-50-50']
  await runLoad(servers.ports, servers.pids, ringsOf(mixed), mixed.outstanding, warmup)
  for (const [id, shape] of Object.entries(ENSEMBLE_LOADS)) {
    await stage.row(id, () => throughput(servers, shape, stage.timing))
  }
  // Two of three clients are with a follower; with the leader a round trip less is timed.
  const follower = servers.ports[await servers.follower()]
  await singleCreates(stage, { ports: [follower], pids: servers.pids }, 'ensemble-create')
  await stage.row('ensemble-rss', async () => ({ value: servers.residentMiB() }))
  await servers.stop('SIGTERM')
}

/** A follower is down while the others take in transactions, and comes back with its directory. */
async function catchUp(stage: Stage): Promise<void> {
  const servers = await stage.launchEnsemble()
  await prepareNodes(servers.ports)
  const index = await servers.follower()
  await servers.kill(index)
  const others = withoutOne(servers, index)
  await bulkLoad(others.ports, others.pids, Math.min(MISSED, stage.size))
  await comeBack(stage, servers, index, 'catch-up-missed')
  await servers.stop('SIGTERM')
}

/** A follower loses its directory beside a large tree. */
async function catchUpEmpty(stage: Stage): Promise<void> {
  const servers = await stage.launchEnsemble()
  await prepareNodes(servers.ports)
  await bulkLoad(servers.ports, servers.pids, stage.size)
  const index = await servers.follower()
  await servers.kill(index)
  servers.erase(index)
  await comeBack(stage, servers, index, 'catch-up-empty')
  await servers.stop('SIGTERM')
}

/** Writes go on at the others meanwhile, and their longest is the second row. */
async function comeBack(stage: Stage, servers: Ensemble, index: number, row: string): Promise<void> {
  const { ports } = withoutOne(servers, index)
  const { result, longestWriteMs } = await loadDuring(ports, () => servers.restart(index))
  stage.report(row, { value: result })
  stage.report(`${row}-stall`, { value: longestWriteMs })
}

function withoutOne({ servers }: Ensemble, index: number): UnderLoad {
  const others = servers.filter((_, at) => at !== index)
  return { ports: others.map(({ port }) => port), pids: others.map(({ pid }) => pid) }
}
