import { definePlugin, LOG_STORAGE, SNAPSHOTTER } from '@menagerie/core'
import { logReports } from '@menagerie/core/storage'
import { platformNode } from '@menagerie/platform-node'
import { DataDirectory } from './files/data-directory.js'
import { createNodeFileSystem } from './files/node-file-system.js'
import { nodeProcesses } from './files/processes.js'
import { FileLog } from './log/file-log.js'
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
    const directory = new DataDirectory(createNodeFileSystem(), nodeProcesses, options)
    // Factories of this registration build once; the server opens and closes what they built.
    let log: FileLog | undefined
    let snapshotter: FileSnapshotter | undefined
    container.register(LOG_STORAGE, {
      useFactory: c => {
        log ??= new FileLog(directory, options, logReports(c, monotonic))
        return log
      },
    })
    container.register(SNAPSHOTTER, {
      useFactory: c => {
        snapshotter ??= new FileSnapshotter(directory, options, logReports(c, monotonic).logger)
        return snapshotter
      },
    })
  },
})

const monotonic = () => performance.now()
