/** What a server is made of: its settings, and what plugins and the kernel itself bring. */
import type { DependencyContainer, InjectionToken } from 'tsyringe'
import { createServerAuth, type ServerAuth } from '../auth/server-auth.js'
import { crc32 } from '../checksums/crc32.js'
import type { EnsembleConfig } from '../config/ensemble.js'
import { type ServerSettings, type ServerSettingsInput, serverSettings } from '../config/settings.js'
import { MenagerieError } from '../errors.js'
import { MemoryLog, MemorySnapshotter } from '../memory/index.js'
import { MetricsRegistry } from '../monitor/index.js'
import { AUTHENTICATOR, SASL_MECHANISM } from '../seams/authenticator.js'
import { CRC32, type Crc32 } from '../seams/crc32.js'
import { LOG_STORAGE } from '../seams/log-storage.js'
import { LOGGER, type Logger } from '../seams/logger.js'
import { METRICS } from '../seams/metrics.js'
import type { Random } from '../seams/random.js'
import { SNAPSHOTTER } from '../seams/snapshotter.js'
import { WATCH_DISPATCHER } from '../seams/watch-dispatcher.js'
import { ZNODE_STORE } from '../seams/znode-store.js'
import { CompactStore } from '../tree/compact-store.js'
import { createWatchDispatcher } from '../watches/index.js'

/**
 * @param ensemble whose `myId` is the number of this server, whatever the settings say: under one and the same, servers
 * that start in one millisecond would give out the same session ids (QuorumPeer.getMyId). Of a longer id its last byte
 * counts, as in Apache's session ids.
 * @throws CONFIG_INVALID with every problem
 */
export function parseSettings(
  input: ServerSettingsInput = {},
  ensemble?: Pick<EnsembleConfig, 'myId'>,
): ServerSettings {
  const parsed = serverSettings.safeParse(input)
  if (parsed.success) {
    const { data } = parsed
    return ensemble?.myId === undefined ? data : { ...data, serverId: ensemble.myId & 0xff }
  }
  const problems = parsed.error.issues.map(issue => `${issue.path.join('.') || 'settings'}: ${issue.message}`)
  throw new MenagerieError('CONFIG_INVALID', `settings of the server: ${problems.join('; ')}`)
}

/** What fills the seams that no plugin fills. */
export function registerDefaults(container: DependencyContainer, settings: ServerSettings, logger: Logger): void {
  const log = new MemoryLog()
  const snapshotter = new MemorySnapshotter()
  const metrics = new MetricsRegistry()
  const watches = createWatchDispatcher(settings.watchDispatcher, metrics)
  container.registerInstance(LOGGER, logger)
  container.registerInstance(METRICS, metrics)
  container.registerInstance<Crc32>(CRC32, crc32)
  container.registerInstance(LOG_STORAGE, log)
  container.registerInstance(SNAPSHOTTER, snapshotter)
  container.registerInstance(WATCH_DISPATCHER, watches)
  container.registerInstance(ZNODE_STORE, seed => new CompactStore(seed))
}

/** What fills a seam that some plugin has to fill. @throws PLUGIN_INVALID saying `what` is missing */
export function resolve<T>(container: DependencyContainer, token: InjectionToken<T>, what: string): T {
  if (container.isRegistered(token, true)) return container.resolve(token)
  throw new MenagerieError('PLUGIN_INVALID', `no plugin of this server provides ${what}`)
}

/** How clients prove who they are: the kernel's own schemes, and those that plugins bring. */
export function authentication(container: DependencyContainer, settings: ServerSettings, random: Random): ServerAuth {
  return createServerAuth(settings, {
    random,
    secure: settings.x509AuthEnabled,
    authenticators: container.isRegistered(AUTHENTICATOR, true) ? container.resolveAll(AUTHENTICATOR) : [],
    saslMechanism: container.isRegistered(SASL_MECHANISM, true) ? container.resolve(SASL_MECHANISM) : undefined,
    saslSuperPassword: settings.saslSuperPassword,
    saslAnyUserId: settings.saslAnyUserId,
    ensembleNames: settings.ensembleAuthNames,
  })
}
