import { ConfigError, type EffectiveConfig, type ListenOption, type Origin } from '@menagerie/core'

/** What the command line may replace. */
export interface Overrides {
  readonly port?: number
  readonly host?: string
  readonly dataDir?: string
}

/** @throws ConfigError when the configuration has no one place for an option to go. */
export function override(config: EffectiveConfig, { port, host, dataDir }: Overrides): EffectiveConfig {
  const origins = new Map<string, Origin>(config.origins)
  let { storage, clients } = config
  if (dataDir !== undefined) {
    // The log moves along with the snapshots: two servers must not meet in one log directory.
    storage = { ...storage, dataDir, dataLogDir: undefined }
    origins.delete('storage.dataLogDir')
    origins.set('storage.dataDir', { source: 'option', key: '--data-dir' })
  }
  if (port !== undefined || host !== undefined) {
    const option = [...(host === undefined ? [] : ['--host']), ...(port === undefined ? [] : ['--port'])].join(' and ')
    const listen: readonly ListenOption[] = clients.listen ?? []
    if (listen.length > 1) {
      const message = `${option} can replace one client address, found ${listen.length} in ${config.file}`
      throw new ConfigError([{ message }])
    }
    const [first = { port: 2181, host: '127.0.0.1' }] = listen
    clients = { ...clients, listen: [{ host: host ?? first.host, port: port ?? first.port }] }
    origins.set('clients.listen', { source: 'option', key: option })
  }
  return { ...config, storage, clients, origins }
}
