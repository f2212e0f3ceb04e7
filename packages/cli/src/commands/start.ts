/** `menagerie start`: runs one server until a signal or a failure ends it. */
import { resolve } from 'node:path'
import { describeProblem, type EffectiveConfig, type Logger, MenagerieError } from '@menagerie/core'
import { returnMemoryAtRest } from '@menagerie/platform-node'
import { isYaml, loadConfig } from '../config/load.js'
import { override } from '../config/overrides.js'
import { describeFailure } from '../failure.js'
import { type CommandIo, packageVersion } from '../io.js'
import { createLogger, isLogLevel, type LogLevel } from '../log.js'
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
    const [logger, composition] = await Promise.all([parts.createLogger(level), parts.compose(config)])
    for (const warning of config.warnings) logger.warn({}, describeProblem(warning))
    const { settings, ensemble } = config
    const configStore = await configStoreOf(config, logger)
    const oracle = await oracleOf(config, logger)
    const server = await parts
      .startServer({ settings, plugins: composition.plugins, logger, ensemble, configStore, oracle })
      .catch(error => Promise.reject(withPlugins(error, composition)))
    announce(server, config, composition, io)
    return await untilStopped(server, signals, logger, level, io)
  } catch (error) {
    io.err(describeFailure(error, level === 'debug'))
    return 1
  } finally {
    signals.release()
  }
}

/** The kernel's own failures are sentences. Anything else was thrown by a plugin that did not expect it. */
function withPlugins(error: unknown, { plugins }: Composition): unknown {
  if (error instanceof Error && typeof (error as { code?: unknown }).code === 'string') return error
  const names = plugins.map(({ plugin }) => plugin.name).join(', ')
  const reason = error instanceof Error ? error.message : String(error)
  const message = `the server could not start, since one of its plugins (${names}) threw: ${reason}. "--log-level debug" shows which; plugins report what can go wrong as MenagerieError`
  return new MenagerieError('PLUGIN_INVALID', message, { cause: error })
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

async function untilStopped(
  server: RunningServer,
  signals: Signals,
  logger: Logger,
  level: LogLevel,
  io: CommandIo,
): Promise<number> {
  const keepMemory = returnMemoryAtRest(logger)
  const ended = await Promise.race([server.stopped.then(failure => ({ failure })), signals.first])
  keepMemory()
  if (typeof ended === 'object') {
    if (!ended.failure) return 0
    io.err(describeFailure(ended.failure, level === 'debug'))
    return 1
  }
  logger.info({ signal: ended }, 'stopping; a second signal stops at once')
  await server.close()
  const failure = await server.stopped
  if (failure) io.err(describeFailure(failure, level === 'debug'))
  return failure ? 1 : 0
}

/** A few lines for whoever started it: what runs, where, and how to reach it. */
function announce(server: RunningServer, config: EffectiveConfig, composition: Composition, io: CommandIo): void {
  const { storage } = config
  const rows: [string, string][] = []
  for (const { host, port, secure } of server.addresses) {
    rows.push([secure ? 'clients (TLS)' : 'clients', printable(host, port)])
  }
  if (composition.fileStorage && storage.dataDir !== undefined) {
    rows.push(['data', resolve(storage.dataDir)])
    if (storage.dataLogDir !== undefined) rows.push(['log', resolve(storage.dataLogDir)])
  }
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

const printable = (host: string, port: number) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`)
