/** From an effective configuration to what a server is started with. */
import { networkInterfaces } from 'node:os'
import {
  AUDIT_LOG,
  CLIENT_LISTENER,
  ConfigError,
  type ConfiguredPlugin,
  type EffectiveConfig,
  type ListenOption,
  LOG_STORAGE,
  MONITOR_ENDPOINT,
  type MonitoringOptions,
  type Origin,
  PEER_TRANSPORT,
  type PluginUse,
} from '@menagerie/core'
import { type ImportModule, loadPlugin, optionProblems } from './load-plugin.js'
import { peerOptions, transportProblems } from './peer-options.js'
import { seatProblems } from './seats.js'

export interface Composition {
  readonly plugins: readonly ConfiguredPlugin[]
  /** Which of the built-in ones are among them. */
  readonly fileStorage: boolean
  readonly tcpListener: boolean
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
  return { plugins, fileStorage, tcpListener }
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

async function loadNamed(use: PluginUse, config: EffectiveConfig, load?: ImportModule): Promise<ConfiguredPlugin> {
  const plugin = await loadPlugin(use, load)
  // The addresses below `server.clients` are for whichever listener there is, where it takes addresses.
  const listens = plugin.provides.includes(CLIENT_LISTENER) && !('listen' in use.with)
  const reaches = plugin.provides.includes(PEER_TRANSPORT) && config.ensemble !== undefined
  const known = { ...(listens && clientOptions(config)), ...(reaches && peerOptions(config.ensemble)) }
  const completed = { ...use, with: { ...known, ...use.with } }
  const misplaced = reaches ? transportProblems(use, plugin, config) : []
  const problems = misplaced.length > 0 ? misplaced : optionProblems(completed, plugin)
  if (problems.length > 0) throw new ConfigError(problems)
  return { plugin, options: completed.with }
}

async function builtIn(
  name: string,
  options: Readonly<Record<string, unknown>>,
  /** Below which path of the configuration the options are; undefined: at its top. */
  part: string | undefined,
  { file, origins }: EffectiveConfig,
  load?: ImportModule,
): Promise<ConfiguredPlugin> {
  /** The option, or whatever around it has a place. */
  const locate = (option: readonly PropertyKey[]): Origin => {
    for (let length = option.length; length > 0; length--) {
      const origin = origins.get(
        [...(part === undefined ? [] : [part]), ...option.slice(0, length)].map(String).join('.'),
      )
      if (origin) return origin
    }
    return { source: 'default', file }
  }
  const use = { use: name, with: options, origin: { source: 'default' }, locate } as const
  const plugin = await loadPlugin(use, load)
  const problems = optionProblems(use, plugin)
  if (problems.length > 0) throw new ConfigError(problems)
  return { plugin, options }
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
