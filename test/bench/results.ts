import type { Row } from './rows.js'
import type { Measurement } from './scenarios.js'
import { median, ratio, reached, spread } from './statistics.js'

/** What one server did in one row, over all rounds. */
export interface Column {
  measurements: Measurement[]
  /** Why a round has no figure. One failure voids the row. */
  failures: string[]
}

/** A row over all rounds. Medians are NaN where a server has no valid figure. */
export interface Summary {
  row: Row
  columns: ColumnSummary[]
  /** Last server to first; NaN with one server. */
  ratio: number
  reached: boolean | null
  cpuRatio: number
  cpuReached: boolean | null
  failures: string[]
}

export interface ColumnSummary {
  median: number
  spread: number
  cpuMicros: number
  driverLoad: number
  otherLoad: number
  measurements: Measurement[]
}

/** @param columns one for each server, the baseline first */
export function summarize(row: Row, columns: readonly Column[]): Summary {
  const summaries = columns.map(columnSummary)
  const failures = columns.flatMap(column => column.failures)
  const first = summaries[0]
  const last = summaries.at(-1) as ColumnSummary
  const compared = summaries.length > 1 && failures.length === 0
  const valueRatio = compared ? ratio(last.median, first.median) : Number.NaN
  const cpuRatio = compared ? ratio(last.cpuMicros, first.cpuMicros) : Number.NaN
  return {
    row,
    columns: summaries,
    ratio: valueRatio,
    reached: reached(valueRatio, row.target, row.better),
    cpuRatio,
    cpuReached: reached(cpuRatio, row.cpuTarget ?? null, 'lower'),
    failures,
  }
}

function columnSummary({ measurements, failures }: Column): ColumnSummary {
  const valid = failures.length === 0 ? measurements : []
  const values = valid.map(measurement => measurement.value)
  return {
    median: median(values),
    spread: spread(values),
    cpuMicros: median(valid.flatMap(({ cpuMicros }) => cpuMicros ?? [])),
    driverLoad: median(valid.flatMap(({ driverLoad }) => driverLoad ?? [])),
    otherLoad: median(valid.flatMap(({ otherLoad }) => otherLoad ?? [])),
    measurements,
  }
}
