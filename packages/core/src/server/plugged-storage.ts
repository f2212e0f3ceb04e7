/** Log and snapshots of a container, as a server uses them. */
import type { DependencyContainer } from 'tsyringe'
import { blamed, type SeamShape } from '../plugins/blamed.js'
import { LOG_STORAGE, type LogStorage } from '../seams/log-storage.js'
import { SNAPSHOTTER, type Snapshotter } from '../seams/snapshotter.js'

const LOG: SeamShape<LogStorage> = {
  methods: {
    open: 'its log was opened',
    append: 'a record was appended to its log',
    sync: 'its log was made durable',
    read: 'its log was read',
    truncateAfter: 'its log was truncated',
    roll: 'its log was told of a snapshot',
    purgeThrough: 'its log was purged',
    size: 'its log was measured',
    epochs: 'its epochs were read',
    setAcceptedEpoch: 'its accepted epoch was written',
    setCurrentEpoch: 'its current epoch was written',
    close: 'its log was closed',
  },
  optional: [],
  properties: ['location', 'damage'],
}

const SNAPSHOTS: SeamShape<Snapshotter> = {
  methods: {
    open: 'its snapshots were opened',
    write: 'a snapshot was written',
    list: 'its snapshots were listed',
    read: 'a snapshot was read',
    companion: 'the companion of a snapshot was read',
    discardAfter: 'snapshots were discarded',
    purge: 'its snapshots were purged',
    close: 'its snapshots were closed',
  },
  optional: ['companion'],
  properties: ['location'],
}

/** Neither is open yet. @throws PLUGIN_INVALID where a plugin fails to make one; from then on it is named for what they throw */
export function pluggedStorage(container: DependencyContainer): { log: LogStorage; snapshotter: Snapshotter } {
  return {
    log: blamed(container, LOG_STORAGE, container.resolve(LOG_STORAGE), LOG),
    snapshotter: blamed(container, SNAPSHOTTER, container.resolve(SNAPSHOTTER), SNAPSHOTS),
  }
}
