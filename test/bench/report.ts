import type { Machine } from './machine.js'
import type { Summary } from './results.js'
import { PART_TARGETS } from './rows.js'
import { type Better, ratio, reached } from './statistics.js'

/** A share of a processor above which the load generator, not the server, is taken for the limit. */
const DRIVER_LIMIT = 0.95

/** Processors kept busy by other programs above which a ratio is not to be trusted. */
const OTHERS_LIMIT = 0.2

/** What stands above the table. */
export interface Heading {
  machine: Machine
  date: string
  command: string
  rounds: number
  /** What the load generator reaches against a server that does nothing; empty when it was not measured. */
  ceiling: string
}

/** Plain text, or Markdown for a README. */
export function renderReport(
  heading: Heading,
  names: readonly string[],
  summaries: readonly Summary[],
  markdown: boolean,
): string {
  const cells = [headCells(names), ...summaries.map(summary => rowCells(summary))]
  const table = markdown ? markdownTable(cells) : textTable(cells)
  const remarks = [...notes(summaries), ...partVerdicts(names, summaries)].join('\n')
  // Of several servers at a time, each is compared with each: the rows' own targets are for two.
  const parts = [headingLines(heading, markdown).join('\n'), table, remarks, names.length > 2 ? '' : verdict(summaries)]
  return `${parts.filter(part => part !== '').join('\n\n')}\n`
}

function headingLines({ machine, date, command, rounds, ceiling }: Heading, markdown: boolean): string[] {
  const mark = markdown ? '- ' : ''
  const lines = [
    `${machine.processor}, ${machine.processors} processors, ${machine.memoryGiB} GiB, ${machine.system}`,
    `Node ${machine.node}, Java ${machine.java}, Apache ZooKeeper ${machine.zookeeper}`,
    `data on ${machine.fileSystem}, a flushed append of 1 KB takes ${figure(machine.flushMs)} ms`,
    `${date}, load average before ${figure(machine.loadBefore)}, medians of ${rounds} round${rounds === 1 ? '' : 's'}`,
    markdown ? `\`${command}\`` : command,
  ]
  if (ceiling !== '') lines.push(ceiling)
  return lines.map(line => mark + line)
}

function headCells(names: readonly string[]): string[] {
  const cpu = names.map(name => `${name} CPU us/op`)
  if (names.length === 1) return ['row', 'what', 'unit', names[0], 'spread', cpu[0]]
  if (names.length > 2) return ['row', 'what', 'unit', ...names, ...pairs(names).map(pair => pair.join('/')), ...cpu]
  return ['row', 'what', 'unit', ...names, 'ratio', 'target', 'reached', ...cpu, 'ratio', 'target', 'reached']
}

function rowCells({ row, columns, failures, ...compared }: Summary): string[] {
  const front = [row.id, row.title, row.unit]
  const failed = failures.length > 0
  const limited = columns.map(column => (column.driverLoad > DRIVER_LIMIT ? '*' : ''))
  const values = columns.map((column, index) => (failed ? 'FAILED' : figure(column.median) + limited[index]))
  const cpu = columns.map(column => figure(column.cpuMicros))
  if (columns.length === 1) return [...front, ...values, `±${figure(columns[0].spread * 100)} %`, ...cpu]
  if (columns.length > 2) {
    const ratios = pairs(columns).map(([each, other]) => times(failed ? Number.NaN : ratio(each.median, other.median)))
    return [...front, ...values, ...ratios, ...cpu]
  }
  return [
    ...front,
    ...values,
    times(compared.ratio),
    target(row.target, row.better),
    yesNo(compared.reached),
    ...cpu,
    times(compared.cpuRatio),
    target(row.cpuTarget ?? null, 'lower'),
    yesNo(compared.cpuReached),
  ]
}

/** Each of several to each one before it. */
function pairs<T>(several: readonly T[]): [T, T][] {
  return several.flatMap((each, index) => several.slice(0, index).map((other): [T, T] => [each, other]))
}

/** What a part is to reach beside the usual one, where both were measured. */
function partVerdicts(names: readonly string[], summaries: readonly Summary[]): string[] {
  return PART_TARGETS.flatMap(({ row: id, kind, target: wanted }) => {
    const summary = summaries.find(({ row }) => row.id === id)
    const [part, usual] = [kind, 'menagerie'].map(name => summary?.columns[names.indexOf(name)])
    if (summary === undefined || part === undefined || usual === undefined || summary.failures.length > 0) return []
    const { better } = summary.row
    const measured = ratio(part.median, usual.median)
    const verdict = yesNo(reached(measured, wanted, better))
    return [`${id}: ${kind} is ${times(measured)} of menagerie, target ${target(wanted, better)}: ${verdict}`]
  })
}

function notes(summaries: readonly Summary[]): string[] {
  const lines: string[] = []
  for (const { row, failures } of summaries) {
    for (const failure of new Set(failures)) lines.push(`${row.id} failed: ${failure}`)
  }
  if (summaries.some(({ columns }) => columns.some(({ driverLoad }) => driverLoad > DRIVER_LIMIT))) {
    lines.push('* The load generator used a whole processor: the server may be faster than this.')
  }
  const others = summaries.flatMap(({ columns }) => columns.map(({ otherLoad }) => otherLoad))
  const busiest = Math.max(0, ...others.filter(Number.isFinite))
  if (busiest > OTHERS_LIMIT) {
    lines.push(`Other programs kept up to ${figure(busiest)} processors busy: repeat this on an idle machine.`)
  }
  return lines
}

function verdict(summaries: readonly Summary[]): string {
  const verdicts = summaries.flatMap(({ reached, cpuReached }) => [reached, cpuReached]).filter(each => each !== null)
  if (verdicts.length === 0) return ''
  return `${verdicts.filter(Boolean).length} of ${verdicts.length} targets reached.`
}

/** Three significant digits, thousands separated; a dash for no number. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '-'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(3)))
}

function times(value: number): string {
  return Number.isNaN(value) ? '-' : `${value.toFixed(2)}x`
}

function target(value: number | null, better: Better): string {
  if (value === null) return '-'
  return `${better === 'higher' ? '>=' : '<='} ${value}x`
}

function yesNo(value: boolean | null): string {
  if (value === null) return '-'
  return value ? 'yes' : 'NO'
}

/** Columns padded to their widest cell; the first three are text and stand left. */
export function textTable(rows: readonly string[][]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map(cells => cells[column].length)))
  const lines = rows.map(cells =>
    cells.map((cell, column) => (column < 3 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join('  '),
  )
  lines.splice(1, 0, widths.map(width => '-'.repeat(width)).join('  '))
  return lines.map(line => line.trimEnd()).join('\n')
}

export function markdownTable(rows: readonly string[][]): string {
  const lines = rows.map(cells => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`)
  lines.splice(1, 0, `|${rows[0].map((_, column) => (column < 3 ? '---' : '---:')).join('|')}|`)
  return lines.join('\n')
}
