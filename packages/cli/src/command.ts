/**
 * The command line: what can be typed. Each command's code is imported when it is run, so that
 * `menagerie --version` loads next to nothing.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { EnsembleOptions } from './commands/ensemble.js'
import type { StartOptions } from './commands/start.js'
import type { InspectOptions } from './commands/storage-inspect.js'
import {
  checkExamples,
  copyExamples,
  ensembleExamples,
  examples,
  inspectExamples,
  newPluginExamples,
  pluginExamples,
  startExamples,
  storageExamples,
  verifyExamples,
} from './help-texts.js'
import { type CommandIo, packageVersion } from './io.js'

/** Exit codes: 0 as asked, 1 a failure that a sentence on stderr explains, 2 a wrong command line. */
export async function run(args: readonly string[], io: CommandIo): Promise<number> {
  let exitCode = 0
  const program = describeCommands(io, code => {
    exitCode = code
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Help and version end this way too, with 0.
    return error.exitCode === 0 ? 0 : 2
  }
  return exitCode
}

const levels = ['debug', 'info', 'warn', 'error', 'silent']

function describeCommands(io: CommandIo, exit: (code: number) => void): Command {
  const program = new Command('menagerie')
    .description('A coordination server that speaks the protocol of Apache ZooKeeper, on the same files.')
    .version(packageVersion(), '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err, outputError: (text, write) => write(usageError(text)) })
    .addHelpText('after', examples)

  program
    .command('start')
    .summary('run a server')
    .description('Runs a server until it is told to stop by SIGINT (Ctrl-C) or SIGTERM.')
    .argument('[file]', 'zoo.cfg or .yaml file; without one: data in ./data, clients on 127.0.0.1:2181')
    .option('-p, --port <port>', 'take clients on this port instead; 0 takes a free one', parsePort)
    .option('--host <address>', 'take clients on this address instead')
    .option('-d, --data-dir <dir>', 'keep the data here instead')
    .addOption(
      new Option('--log-level <level>', 'what is logged; LOG_LEVEL says so too, and without both: info').choices(
        levels,
      ),
    )
    // What "menagerie ensemble" starts its servers with.
    .addOption(new Option('--with-starter', 'end with the process that started this one').hideHelp())
    .addHelpText('after', startExamples)
    .action(async (file: string | undefined, options: StartOptions) => {
      const { start } = await import('./commands/start.js')
      exit(await start(file, options, io))
    })

  program
    .command('ensemble')
    .summary('run several servers on this machine, to try an ensemble out')
    .description('Runs a server for each file, or writes a zoo.cfg for each, until SIGINT (Ctrl-C) or SIGTERM.')
    .argument('[files...]', 'a zoo.cfg or .yaml file for each server; the options are for when there are none')
    .option('-n, --size <servers>', 'how many servers', parseSize, 3)
    .option('-d, --dir <dir>', 'where configurations and data are kept', './data/ensemble')
    .option('-p, --port <port>', 'clients of the first server; the others take the next ports', parsePort, 2181)
    .option('--quorum-port <port>', 'between servers: first port of the leader', parsePort, 2888)
    .option('--election-port <port>', 'between servers: first port of elections', parsePort, 3888)
    .addHelpText('after', ensembleExamples)
    .action(async (files: string[], options: EnsembleOptions) => {
      const { ensemble } = await import('./commands/ensemble.js')
      exit(await ensemble({ ...options, files }, io))
    })

  program
    .command('check-config')
    .summary('check a configuration and show what it comes to')
    .description(
      'Reads a configuration and prints which plugins would run, and every value with where it comes from. Starts nothing. Ends with 0, or with 1 and a sentence for each error.',
    )
    .argument('[file]', 'zoo.cfg or .yaml file; without one: the defaults of "menagerie start"')
    .option('--json', 'print JSON')
    .addHelpText('after', checkExamples)
    .action(async (file: string | undefined, options: { json?: boolean }) => {
      const { checkConfig } = await import('./commands/check-config.js')
      exit(await checkConfig(file, options, io))
    })
  describePlugins(program, io, exit)
  describeStorage(program, io, exit)
  pointToHelp(program, 'menagerie')
  return program
}

/** After a wrong command line: where the help of that very command is. */
function pointToHelp(command: Command, path: string): void {
  command.showHelpAfterError(`Run "${path} --help" for what there is.`)
  for (const inner of command.commands) pointToHelp(inner, `${path} ${inner.name()}`)
}

function describePlugins(program: Command, io: CommandIo, exit: (code: number) => void): void {
  program
    .command('plugins')
    .summary('list the plugins that are installed')
    .description(
      'Prints what a configuration in this folder can use: seams, versions, and options with their meaning. Ends with 1 if one of them cannot be used.',
    )
    .option('--json', 'print JSON')
    .addHelpText('after', pluginExamples)
    .action(async (options: { json?: boolean }) => {
      const { plugins } = await import('./commands/plugins.js')
      exit(await plugins(options, io))
    })

  program
    .command('new-plugin')
    .summary('make a package to begin a plugin with')
    .description("Makes a folder with the seam's methods, an option schema and a test that runs the seam's kit.")
    .argument('<kind>', 'storage, transport, watches or authenticator')
    .argument('<name>', 'the name of the package; its folder is called so too, without the scope')
    .addHelpText('after', newPluginExamples)
    .action(async (kind: string, name: string) => {
      const { newPlugin } = await import('./commands/new-plugin.js')
      exit(await newPlugin(kind, name, io))
    })
}

function describeStorage(program: Command, io: CommandIo, exit: (code: number) => void): void {
  const storage = program
    .command('storage')
    .summary('look at a data directory, check it, or move it to another storage')
    .description('Works on the data of a server that is not running.')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', storageExamples)

  storage
    .command('copy')
    .summary('copy everything to another storage')
    .description(
      'Copies snapshots, log and epochs, and compares what a server would load from each. The source stays as it is; the target is there once it is complete.',
    )
    .requiredOption('--from <address>', 'what is copied: a folder, file:DIR, rocksdb:DIR or PACKAGE:DIR')
    .requiredOption('--to <address>', 'where to: file:DIR, rocksdb:DIR or PACKAGE:DIR, a folder that is new or empty')
    .addHelpText('after', copyExamples)
    .action(async (options: { from: string; to: string }) => {
      const { storageCopy } = await import('./commands/storage-copy.js')
      exit(await storageCopy(options, io))
    })

  storage
    .command('inspect')
    .summary('show what a data directory holds')
    .description('Prints snapshots, log, epochs, sessions and the sizes of subtrees, and names what is damaged.')
    .argument('<address>', 'a folder, file:DIR, rocksdb:DIR or PACKAGE:DIR')
    .option('--depth <levels>', 'levels below / whose subtrees are listed', parseCount, 2)
    .option('--top <count>', 'only the largest children of each znode', parseCount, 10)
    .option('--json', 'print JSON')
    .addHelpText('after', inspectExamples)
    .action(async (address: string, options: InspectOptions) => {
      const { storageInspect } = await import('./commands/storage-inspect.js')
      exit(await storageInspect(address, options, io))
    })

  storage
    .command('verify')
    .summary('read everything and check it')
    .description('Ends with 1 and a sentence for each damage, or with 0 if everything is sound.')
    .argument('<address>', 'a folder, file:DIR, rocksdb:DIR or PACKAGE:DIR')
    .addHelpText('after', verifyExamples)
    .action(async (address: string) => {
      const { storageVerify } = await import('./commands/storage-inspect.js')
      exit(await storageVerify(address, io))
    })
}

function parseCount(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('Expected a number from 0 on.')
  return Number(text)
}

/** Commander writes `error: unknown option '--foo'`. */
const usageError = (text: string) => text.replace(/^error: /, 'menagerie: ')

function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65535) throw new InvalidArgumentError('Expected 0 to 65535.')
  return Number(text)
}

function parseSize(text: string): number {
  if (!/^\d{1,2}$/.test(text) || Number(text) < 1 || Number(text) > 31)
    throw new InvalidArgumentError('Expected 1 to 31.')
  return Number(text)
}
