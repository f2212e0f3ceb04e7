import { environmentOf } from '@menagerie/core'
import type { Command, CommandOptions } from '../command.js'
import { systemProperties } from '../system-properties.js'

export function configurationCommands({ configurationText }: CommandOptions): readonly Command[] {
  return [
    {
      names: ['configuration', 'conf', 'config'],
      run({ server }) {
        const { config } = server.facts
        return {
          fields: {
            client_port: config.clientPort,
            data_dir: config.dataDir,
            data_log_dir: config.dataLogDir,
            tick_time: config.tickTimeMs,
            max_client_cnxns: config.maxClientCnxns,
            min_session_timeout: config.minSessionTimeoutMs,
            max_session_timeout: config.maxSessionTimeoutMs,
            server_id: config.serverId,
            client_port_listen_backlog: config.clientPortListenBacklog,
          },
        }
      },
    },
    {
      names: ['initial_configuration', 'icfg'],
      run: () => ({ fields: { initial_configuration: configurationText } }),
    },
    {
      names: ['environment', 'env', 'envi'],
      always: true,
      run: ({ server }) => ({ fields: Object.fromEntries(environmentOf(server.facts)) }),
    },
    {
      names: ['system_properties', 'sysp'],
      always: true,
      run: ({ server }) => ({ fields: systemProperties(server.facts, configurationText) }),
    },
    {
      names: ['dirs'],
      async run({ server }) {
        const { dataDir, dataLogDir } = await server.facts.storageBytes()
        return { fields: { datadir_size: dataDir, logdir_size: dataLogDir } }
      },
    },
  ]
}
