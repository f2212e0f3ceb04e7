import { definePlugin, LOG_STORAGE, SNAPSHOTTER } from '@menagerie/core'
import { platformNode } from '@menagerie/platform-node'
import { z } from 'zod'
import { LmdbLog } from './log.js'
import { LmdbSnapshotter } from './snapshotter.js'

export { LmdbLog, LmdbSnapshotter }

/** Log, epochs and snapshots in LMDB. */
export default definePlugin({
  name: 'storage-lmdb',
  core: '^0.1.0',
  defaults: [platformNode()],
  provides: [LOG_STORAGE, SNAPSHOTTER],
  options: z.strictObject({ path: z.string().min(1).describe('Folder of the database') }),
  register(container, { path }): void {
    container.register(LOG_STORAGE, { useValue: new LmdbLog(`${path}/log`) })
    container.register(SNAPSHOTTER, { useValue: new LmdbSnapshotter(`${path}/snapshots`) })
  },
})
