import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Ensemble } from './ensemble.js'
import { partsOf, type ServerKind, writesSnapshotFiles } from './kinds.js'
import type { BenchOptions } from './options.js'
import { figure } from './report.js'
import type { Column } from './results.js'
import type { Group, Row } from './rows.js'
import { type Measurement, SCENARIOS, type Stage } from './scenarios.js'
import { Server } from './servers.js'

/** A server on memory comes back empty, which takes no time worth comparing. */
function applies(kind: ServerKind, { id }: Row): boolean {
  return !id.startsWith('restart-') || partsOf(kind)?.storage !== 'memory'
}

/** Whether a group of rows means anything for a kind of server. */
function measures(kind: ServerKind, group: Group): boolean {
  // Without a tree it can answer the loads only.
  if (kind === 'fake') return group === 'steady'
  // Its rows are for the time while a snapshot is seen to be written.
  return group !== 'snapshot' || writesSnapshotFiles(kind)
}

/**
 * Runs every group of the rows on every server in turn, as often as there are rounds.
 * @returns for each row a column for each server
 */
export async function runRounds(options: BenchOptions, rows: readonly Row[]): Promise<Column[][]> {
  const table = rows.map(() => options.servers.map((): Column => ({ measurements: [], failures: [] })))
  for (let round = 1; round <= options.rounds; round++) {
    for (const group of new Set(rows.map(row => row.group))) {
      for (const [index, kind] of options.servers.entries()) {
        if (!measures(kind, group)) continue
        process.stderr.write(`round ${round} of ${options.rounds}, ${group}, ${kind}\n`)
        const columns = new Map(rows.flatMap((row, at) => (applies(kind, row) ? [[row.id, table[at][index]]] : [])))
        await runGroup(options, group, kind, columns, rows)
      }
    }
  }
  return table
}

async function runGroup(
  options: BenchOptions,
  group: Group,
  kind: ServerKind,
  columns: ReadonlyMap<string, Column>,
  rows: readonly Row[],
): Promise<void> {
  const dir = mkdtempSync(join(options.dir, 'menagerie-bench-'))
  const remove = () => rmSync(dir, { recursive: true, force: true })
  process.once('exit', remove)
  const started: (Server | Ensemble)[] = []
  const stage: Stage = {
    timing: options,
    size: options.size,
    wants: row => columns.has(row),
    report(row, measurement) {
      columns.get(row)?.measurements.push(measurement)
      if (columns.has(row)) process.stderr.write(`  ${row} ${progress(measurement)}\n`)
    },
    async launch({ snapCount } = {}) {
      const { heapMiB, pin, profileDir } = options
      const cpus = pin?.server
      const server = await Server.launch({ kind, dir, snapCount, heapMiB, cpus, profileDir: profileDir ?? undefined })
      started.push(server)
      return server
    },
    async launchEnsemble() {
      const { heapMiB, pin, profileDir } = options
      const cpus = pin?.server
      const ensemble = await Ensemble.launch({ kind, dir, heapMiB, cpus, profileDir: profileDir ?? undefined })
      started.push(ensemble)
      return ensemble
    },
    async row(row, measure) {
      if (!columns.has(row)) return
      try {
        stage.report(row, await measure())
      } catch (error) {
        note(row, error)
      }
    },
  }
  function note(row: string, error: unknown): void {
    const message = `${kind}: ${(error as Error).message}`
    process.stderr.write(`  ${row} failed: ${message}\n`)
    columns.get(row)?.failures.push(message)
  }
  const counts = new Map([...columns].map(([id, column]) => [id, figuresOf(column)]))
  try {
    await SCENARIOS[group](stage)
  } catch (error) {
    // What was not measured yet cannot be any more.
    for (const { id, group: rowGroup } of rows) {
      const column = columns.get(id)
      if (rowGroup === group && column !== undefined && figuresOf(column) === counts.get(id)) note(id, error)
    }
  } finally {
    for (const server of started) await server.stop('SIGKILL')
    process.removeListener('exit', remove)
    remove()
  }
}

function figuresOf({ measurements, failures }: Column): number {
  return measurements.length + failures.length
}

function progress({ value, cpuMicros, driverLoad, detail }: Measurement): string {
  const parts = [figure(value)]
  if (cpuMicros !== undefined) parts.push(`server ${figure(cpuMicros)} us/op`)
  if (driverLoad !== undefined) parts.push(`load generator ${figure(driverLoad * 100)} % of a processor`)
  for (const [name, each] of Object.entries(detail ?? {})) parts.push(`${name} ${figure(each)}`)
  return parts.join(', ')
}
