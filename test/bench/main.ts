/** `npm run bench`: Menagerie and Apache ZooKeeper in turn, under the same load, on fresh directories. */
import { writeFileSync } from 'node:fs'
import { measureCeiling } from './ceiling.js'
import { describeMachine } from './machine.js'
import { HELP, parseOptions, rowsFor, UsageError } from './options.js'
import { pinThisProcess } from './process-stats.js'
import { renderReport } from './report.js'
import { type Summary, summarize } from './results.js'
import { runRounds } from './rounds.js'
import { type Row, selectRows } from './rows.js'
import { missing } from './servers.js'

process.on('SIGINT', () => process.exit(130))
process.on('SIGTERM', () => process.exit(143))

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 2
}

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args)
  const rows = selectRows(rowsFor(options), options.rows)
  if (options.help) {
    process.stdout.write(HELP)
    return 0
  }
  if (options.list) {
    process.stdout.write(listing(rows))
    return 0
  }
  for (const kind of options.servers) {
    const reason = missing(kind)
    if (reason !== null) throw new UsageError(reason)
  }
  const machine = describeMachine(options.dir)
  const date = new Date().toISOString().slice(0, 10)
  if (options.pin !== null) pinThisProcess(options.pin.driver)
  const ceiling = await measureCeiling(options)
  const columns = await runRounds(options, rows)
  const summaries = rows
    .map((row, index) => summarize(row, columns[index]))
    .filter(({ columns, failures }) => failures.length > 0 || columns.some(each => each.measurements.length > 0))
  const command = ['npm run bench --', ...args].join(' ')
  const heading = { machine, date, command, rounds: options.rounds, ceiling: ceiling.text }
  process.stdout.write(`\n${renderReport(heading, options.servers, summaries, options.markdown)}`)
  if (options.json !== null) {
    const document = { ...heading, ceiling: ceiling.figures, options, servers: options.servers, rows: summaries }
    writeFileSync(options.json, `${JSON.stringify(document, null, 2)}\n`)
  }
  return summaries.some(failed) ? 1 : 0
}

function failed({ failures }: Summary): boolean {
  return failures.length > 0
}

function listing(rows: readonly Row[]): string {
  const lines = rows.map(({ id, title, unit, better, target, cpuTarget }) => {
    const sign = better === 'higher' ? '>=' : '<='
    const wanted = target === null ? 'for comparison' : `${sign} ${target}x`
    const cpu = typeof cpuTarget === 'number' ? `, processor time <= ${cpuTarget}x` : ''
    return `${id.padEnd(28)} ${wanted}${cpu}: ${title} (${unit})\n`
  })
  return lines.join('')
}
