import {
  CLOCK,
  definePlugin,
  LOG_STORAGE,
  LOGGER,
  type Logger,
  METRICS,
  SNAPSHOTTER,
  silentLogger,
  slowFlushCounter,
} from '@menagerie/core'
import { platformNode } from '@menagerie/platform-node'
import { DataDirectory } from './files/data-directory.js'
import { nodeFileSystem } from './files/node-file-system.js'
import { nodeProcesses } from './files/processes.js'
import { FileLog, type FileLogReports } from './log/file-log.js'
import { storageFileOptions } from './options.js'
import { FileSnapshotter } from './snapshots/file-snapshotter.js'

/** Log and snapshots in Apache's files: `plugins: [storageFile({ dataDir: './data' })]`. */
export const storageFile = definePlugin({
  name: 'storage-file',
  core: '^0.1.0',
  defaults: [platformNode()],
  provides: [LOG_STORAGE, SNAPSHOTTER],
  options: storageFileOptions,
  register(container, options): void {
    // One folder, one lock, for both seams of this server.
    const directory = new DataDirectory(nodeFileSystem, nodeProcesses, options)
    // Factories of this registration build once; the server opens and closes what they built.
    let log: FileLog | undefined
    let snapshotter: FileSnapshotter | undefined
    container.register(LOG_STORAGE, {
      useFactory: c => {
        log ??= new FileLog(directory, options, reports(c))
        return log
      },
    })
    container.register(SNAPSHOTTER, {
      useFactory: c => {
        snapshotter ??= new FileSnapshotter(directory, options, reports(c).logger)
        return snapshotter
      },
    })
  },
})

type Container = Parameters<(typeof storageFile)['register']>[0]

/** Logger, metrics and clock of the server, where it has them. */
function reports(container: Container): FileLogReports {
  const logger: Logger = container.isRegistered(LOGGER, true) ? container.resolve(LOGGER) : silentLogger
  const metrics = container.isRegistered(METRICS, true) ? container.resolve(METRICS) : undefined
  const clock = container.isRegistered(CLOCK, true) ? container.resolve(CLOCK) : undefined
  return {
    logger,
    syncTime: metrics?.summary('fsynctime'),
    slowSync: metrics && slowFlushCounter(metrics),
    monotonic: clock ? () => clock.monotonic() : () => performance.now(),
  }
}
