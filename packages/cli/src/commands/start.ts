/** `menagerie start`: runs one server until a signal or a failure ends it. */
import { resolve } from 'node:path'
import { describeProblem, type EffectiveConfig, LOG_STORAGE, type Logger } from '@menagerie/core'
import { tendMemory } from '@menagerie/platform-node'
import { isYaml, loadConfig } from '../config/load.js'
import { override } from '../config/overrides.js'
import { describeFailure } from '../failure.js'
import { type CommandIo, packageVersion } from '../io.js'
import { createLogger, isLogLevel, type LogLevel } from '../log.js'
import { patiently } from '../patience.js'
import { atItsPlace, whyNotStarted } from '../plugins/at-its-place.js'
import { type Composition, compose } from '../plugins/compose.js'
import { type RunningServer, type StartServer, startServer } from '../server.js'
import { createSystemSignals, type SignalOptions, type Signals } from '../signals.js'

export interface StartOptions {
  readonly port?: number
  readonly host?: string
  readonly dataDir?: string
  readonly logLevel?: string
  /** Ends when the process that started this one ends or closes its IPC channel. */
  readonly withStarter?: boolean
}

/** What `start` is made of; a test puts its own in. */
export interface StartParts {
  readonly startServer: StartServer
  readonly createSignals: (options: SignalOptions) => Signals
  readonly createLogger: (level: LogLevel) => Promise<Logger>
  readonly compose: (config: EffectiveConfig) => Promise<Composition>
}

const systemParts: StartParts = { startServer, createSignals: createSystemSignals, createLogger, compose }

/** Resolves with the exit code once the server has stopped. */
export async function start(
  file: string | undefined,
  options: StartOptions,
  io: CommandIo,
  parts: StartParts = systemParts,
): Promise<number> {
  const level = options.logLevel ?? (io.env['LOG_LEVEL'] || 'info')
  if (!isLogLevel(level)) {
    io.err(`menagerie: LOG_LEVEL: found "${level}", expected debug, info, warn, error or silent\n`)
    return 2
  }
  const signals = parts.createSignals(options)
  try {
    const config = override(await loadConfig(file), options)
    const loading = parts.createLogger(level)
    // Whatever it is at: a start that waits for something is told of the signal too.
    const announced = loading.then(logger => signals.first.then(signal => sayStopping(logger, signal)))
    announced.catch(() => {})
    const [logger, composition] = await Promise.all([loading, parts.compose(config)])
    for (const warning of [...config.warnings, ...composition.warnings]) logger.warn({}, describeProblem(warning))
    const patience = (sentence: string) => logger.warn({}, sentence)
    const { settings, ensemble } = config
    const configStore = await configStoreOf(config, logger)
    const oracle = await oracleOf(config, logger)
    const starting = parts.startServer({
      settings,
      plugins: composition.plugins,
      logger,
      ensemble,
      configStore,
      oracle,
    })
    const server = await patiently(starting, `the plugins (${namesOf(composition)}) to start`, patience).catch(error =>
      Promise.reject(whyNotStarted(error, composition, config)),
    )
    announce(server, config, composition, io)
    const failure = await untilStopped(server, signals, logger, patience)
    if (failure === undefined) return 0
    io.err(describeFailure(atItsPlace(failure, composition, config), level === 'debug'))
    return 1
  } catch (error) {
    io.err(describeFailure(error, level === 'debug'))
    return 1
  } finally {
    signals.release()
  }
}

/** Reconfigurations are kept beside a zoo.cfg; a YAML file stays as its owner wrote it. */
async function configStoreOf({ file, ensemble, settings }: EffectiveConfig, logger: Logger) {
  if (file === undefined || isYaml(file) || !ensemble?.distributed || !settings.reconfigEnabled) return undefined
  const { ZooCfgStore } = await import('../config/config-store.js')
  return new ZooCfgStore(resolve(file), ensemble.myId, logger)
}

async function oracleOf({ ensemble }: EffectiveConfig, logger: Logger) {
  const path = ensemble?.options.get('oraclePath')
  if (typeof path !== 'string') return undefined
  const { oracleFile } = await import('../config/oracle-file.js')
  return oracleFile(resolve(path), logger)
}

/** Resolves with the reason, if there is one, once the server has stopped by itself or for a signal. */
async function untilStopped(
  server: RunningServer,
  signals: Signals,
  logger: Logger,
  patience: (sentence: string) => void,
): Promise<Error | undefined> {
  const keepMemory = tendMemory(logger)
  const ended = await Promise.race([server.stopped.then(failure => ({ failure })), signals.first])
  keepMemory()
  if (typeof ended === 'object') return ended.failure
  await patiently(server.close(), 'the server to close', patience)
  return server.stopped
}

const sayStopping = (logger: Logger, signal: string) =>
  logger.info({ signal }, 'stopping; a second signal stops at once')

const namesOf = ({ plugins }: Composition) => plugins.map(({ plugin }) => plugin.name).join(', ')

/** A few lines for whoever started it: what runs, where, and how to reach it. */
function announce(server: RunningServer, config: EffectiveConfig, composition: Composition, io: CommandIo): void {
  const rows: [string, string][] = []
  for (const { host, port, secure } of server.addresses) {
    rows.push([secure ? 'clients (TLS)' : 'clients', printable(host, port)])
  }
  rows.push(...dataRows(config, composition))
  rows.push(['config', config.file === undefined ? 'defaults of a standalone server' : resolve(config.file)])
  const reachable = server.addresses.find(({ secure }) => !secure)
  if (reachable) {
    const host = ['0.0.0.0', '::'].includes(reachable.host) ? '127.0.0.1' : reachable.host
    rows.push(['connect', `zkCli.sh -server ${printable(host, reachable.port)}`])
  }
  const width = Math.max(...rows.map(([name]) => name.length))
  io.err(`Menagerie ${packageVersion()} (pid ${process.pid}, Node.js ${process.version})\n`)
  for (const [name, value] of rows) io.err(`  ${name.padEnd(width)}  ${value}\n`)
}

/** Where the data is, as far as the options of the storage tell: its folder is called `path` or `dataDir` everywhere so far. */
function dataRows({ storage }: EffectiveConfig, { fileStorage, plugins }: Composition): [string, string][] {
  const log: [string, string][] = storage.dataLogDir === undefined ? [] : [['log', resolve(storage.dataLogDir)]]
  if (fileStorage) return storage.dataDir === undefined ? [] : [['data', resolve(storage.dataDir)], ...log]
  const named = plugins.find(({ plugin }) => plugin.provides.includes(LOG_STORAGE))
  if (named === undefined) return []
  const { name } = named.plugin
  const { dataDir, path = dataDir, dataLogDir } = (named.options ?? {}) as Readonly<Record<string, unknown>>
  const rows: [string, string][] = [['data', typeof path === 'string' ? `${resolve(path)} (${name})` : name]]
  return typeof dataLogDir === 'string' ? [...rows, ['log', resolve(dataLogDir)]] : rows
}

const printable = (host: string, port: number) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`)
