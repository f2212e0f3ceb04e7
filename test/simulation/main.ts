/**
 * Runs ensembles in simulated time: `npm run simulate -- --seeds 1000 --from 1`. Prints seeds per second, and for
 * each seed that fails what was broken, the shortest schedule found, and how to run it again. Ends with 1 then.
 */
import { readFile } from 'node:fs/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import { replay, runSeeds } from './runner.js'

function count(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('expected a whole number of 0 or more')
  return value
}

const program = new Command('simulate')
  .description('Runs whole ensembles with their clients in simulated time under faults, one run for each seed.')
  .option('--seeds <count>', 'how many seeds to run', count, 1000)
  .option('--from <seed>', 'the first seed', count, 1)
  .option('--servers <count>', 'servers in the ensemble', count, 1)
  .option('--observers <count>', 'servers without a vote besides', count, 0)
  .addOption(
    new Option('--reconfig <seeds>', 'in which seeds the ensemble is reconfigured under way')
      .choices(['all', 'some', 'none'])
      .default('some'),
  )
  .option('--failures <count>', 'how many failing seeds to report before stopping', count, 5)
  .option('--replay <seed>', 'run one seed, and print its schedule', count)
  .option('--log', 'with --replay or --schedule: print what servers log')
  .option('--schedule <file>', 'run the schedule in a file of JSON')
  .action(async options => {
    const print = (line: string): void => void process.stdout.write(`${line}\n`)
    let failed: number
    const { log = false } = options
    if (options.schedule !== undefined) {
      failed = await replay({ schedule: JSON.parse(await readFile(options.schedule, 'utf8')) }, print, log)
    } else if (options.replay !== undefined) {
      failed = await replay({ ...options, seed: options.replay, reconfigs: options.reconfig }, print, log)
    } else {
      failed = await runSeeds({ ...options, reconfigs: options.reconfig }, print)
    }
    process.exitCode = failed === 0 ? 0 : 1
  })

await program.parseAsync()
