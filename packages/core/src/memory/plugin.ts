import { z } from 'zod'
import { definePlugin } from '../plugins/define-plugin.js'
import { LOG_STORAGE } from '../seams/log-storage.js'
import { SNAPSHOTTER } from '../seams/snapshotter.js'
import { MemoryLog } from './memory-log.js'
import { MemorySnapshotter } from './memory-snapshotter.js'

/**
 * Log and snapshots in the memory of the process: for tests. Everything ends with the process, what it has acknowledged
 * as a member of an ensemble included. A server comes back empty and is filled by the others: nothing is lost as long as
 * one at a time ends, and serves again before the next one goes.
 */
export const storageMemory = definePlugin({
  name: 'storage-memory',
  core: '^0.1.0',
  provides: [LOG_STORAGE, SNAPSHOTTER],
  options: z.strictObject({}),
  register(container) {
    container.register(LOG_STORAGE, { useValue: new MemoryLog() })
    container.register(SNAPSHOTTER, { useValue: new MemorySnapshotter() })
  },
})
