/** From an effective configuration to what a server is started with. */
import { networkInterfaces } from 'node:os'
import {
  AUDIT_LOG,
  CLIENT_LISTENER,
  ConfigError,
  type ConfigProblem,
  type ConfiguredPlugin,
  type EffectiveConfig,
  type ListenOption,
  LOG_STORAGE,
  MONITOR_ENDPOINT,
  type MonitoringOptions,
  nearest,
  type Origin,
  PEER_TRANSPORT,
  type PluginDefinition,
  type PluginUse,
} from '@menagerie/core'
import type { ImportModule } from './import-module.js'
import { loadPlugin, optionProblems } from './load-plugin.js'
import { peerOptions, transportProblems } from './peer-options.js'
import { seatProblems } from './seats.js'

export interface Composition {
  readonly plugins: readonly ConfiguredPlugin[]
  /** Which of the built-in ones are among them. */
  readonly fileStorage: boolean
  readonly tcpListener: boolean
  /** About what would run, but hardly as it was meant. */
  readonly warnings: readonly ConfigProblem[]
}

/**
 * The named plugins, and the file storage and TCP listener unless a named plugin fills their seams.
 * @throws ConfigError
 */
export async function compose(config: EffectiveConfig, load?: ImportModule): Promise<Composition> {
  const named = await Promise.all(config.plugins.map(use => loadNamed(use, config, load)))
  const problems = seatProblems(named.map(({ plugin }, i) => ({ use: config.plugins[i]!, plugin })))
  if (problems.length > 0) throw new ConfigError(problems)
  const provided = new Set(named.flatMap(({ plugin }) => plugin.provides))
  const plugins: ConfiguredPlugin[] = [...named]
  const fileStorage = !provided.has(LOG_STORAGE)
  const tcpListener = !provided.has(CLIENT_LISTENER)
  if (fileStorage)
    plugins.push(await builtIn('@menagerie/storage-file', storageOptions(config), 'storage', config, load))
  if (tcpListener)
    plugins.push(await builtIn('@menagerie/transport-tcp', clientOptions(config), 'clients', config, load))
  if (config.ensemble?.distributed && !provided.has(PEER_TRANSPORT)) {
    plugins.push(
      await builtIn('@menagerie/transport-tcp/peers', peerOptions(config.ensemble), 'ensemble', config, load),
    )
  }
  const { monitoring } = config
  if (monitoring !== undefined && !provided.has(MONITOR_ENDPOINT) && watched(monitoring))
    plugins.push(await builtIn('@menagerie/admin-http', monitoringOptions(monitoring), undefined, config, load))
  if (monitoring?.auditFile !== undefined && !provided.has(AUDIT_LOG))
    plugins.push(await builtIn(AUDIT_FILE, { path: monitoring.auditFile }, 'monitoring.auditFile', config, load))
  return { plugins, fileStorage, tcpListener, warnings: idleTransports(named, config) }
}

const AUDIT_FILE = '@menagerie/platform-node/audit-file'

/** What asks for nothing is not even loaded. */
const watched = ({ admin, prometheus }: MonitoringOptions) =>
  admin['enabled'] === true || prometheus['enabled'] === true

const monitoringOptions = ({ admin, prometheus, configurationText }: MonitoringOptions) => ({
  admin,
  prometheus,
  configurationText,
})

/** A server that is alone asks for no way to others. */
function idleTransports(named: readonly ConfiguredPlugin[], config: EffectiveConfig): ConfigProblem[] {
  if (config.ensemble?.distributed) return []
  return named.flatMap(({ plugin }, index) => {
    const { use, origin } = config.plugins[index]!
    if (!plugin.provides.includes(PEER_TRANSPORT)) return []
    const { file, line, key } = origin
    const message = `"${use}" is for servers among each other, and this one is alone: list the servers below ensemble`
    return [{ file, line, key, message }]
  })
}

async function loadNamed(use: PluginUse, config: EffectiveConfig, load?: ImportModule): Promise<ConfiguredPlugin> {
  const plugin = await loadPlugin(use, load)
  // What stands below `server.clients` is for whichever listener there is, as far as it takes it.
  const listens = plugin.provides.includes(CLIENT_LISTENER) && !('listen' in use.with)
  const clients = listens ? takenOf(clientOptions(config), plugin) : { taken: {}, left: [] }
  const reaches = plugin.provides.includes(PEER_TRANSPORT) && config.ensemble !== undefined
  const known: Record<string, unknown> = { ...clients.taken, ...(reaches && peerOptions(config.ensemble)) }
  const belowClients = locateBelow('clients', config)
  const locate = (option: readonly PropertyKey[]) => {
    const name = String(option[0])
    return name in clients.taken && !(name in use.with) ? belowClients(option) : use.locate(option)
  }
  const completed = { ...use, with: { ...known, ...use.with }, locate }
  const misplaced = [
    ...(reaches ? transportProblems(use, plugin, config) : []),
    ...clients.left.flatMap(option => listenerProblem(use, plugin, option, belowClients([option]))),
  ]
  const problems = misplaced.length > 0 ? misplaced : optionProblems(completed, plugin)
  if (problems.length > 0) throw new ConfigError(problems)
  return { plugin, options: completed.with }
}

/** The options that a plugin has, and the names of those that it has not. */
function takenOf(options: Record<string, unknown>, plugin: PluginDefinition) {
  const { shape } = plugin.options as { shape?: object }
  const isTaken = (name: string) => shape === undefined || name in shape
  const taken = Object.fromEntries(Object.entries(options).filter(([name]) => isTaken(name)))
  return { taken, left: Object.keys(options).filter(name => !isTaken(name)) }
}

/** Of an option that nobody has given, nothing has to be said. */
function listenerProblem(use: PluginUse, plugin: PluginDefinition, option: string, origin: Origin): ConfigProblem[] {
  const { source, file, line, key } = origin
  if (source === 'default') return []
  const guess = nearest(option, Object.keys((plugin.options as { shape?: object }).shape ?? {}))
  const message = guess === undefined ? `"${use.use}" takes no such option` : `unknown option; did you mean ${guess}?`
  return [{ file, line, key, message: `${message} (option of ${plugin.name})` }]
}

async function builtIn(
  name: string,
  options: Readonly<Record<string, unknown>>,
  /** Below which path of the configuration the options are; undefined: at its top. */
  part: string | undefined,
  config: EffectiveConfig,
  load?: ImportModule,
): Promise<ConfiguredPlugin> {
  const locate = locateBelow(part, config)
  const use = { use: name, with: options, origin: { source: 'default' }, locate } as const
  const plugin = await loadPlugin(use, load)
  const problems = optionProblems(use, plugin)
  if (problems.length > 0) throw new ConfigError(problems)
  return { plugin, options }
}

/** The option, or whatever around it has a place. */
function locateBelow(part: string | undefined, { file, origins }: EffectiveConfig) {
  return (option: readonly PropertyKey[]): Origin => {
    for (let length = option.length; length > 0; length--) {
      const path = [...(part === undefined ? [] : [part]), ...option.slice(0, length)].map(String).join('.')
      const origin = origins.get(path)
      if (origin) return origin
    }
    return { source: 'default', file }
  }
}

const storageOptions = ({ storage }: EffectiveConfig): Record<string, unknown> => defined({ ...storage })

function clientOptions({ clients }: EffectiveConfig): Record<string, unknown> {
  const { listen, secureListen } = clients
  return defined({ ...clients, listen: listen?.map(everyAddress), secureListen: secureListen?.map(everyAddress) })
}

/** No host is every address: `::` takes IPv4 along, where the machine has IPv6 at all. */
function everyAddress({ host, port }: ListenOption): ListenOption {
  return { host: host ?? (hasIpv6() ? '::' : '0.0.0.0'), port }
}

const hasIpv6 = () =>
  Object.values(networkInterfaces()).some(addresses => addresses?.some(({ family }) => family === 'IPv6'))

const defined = (options: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
