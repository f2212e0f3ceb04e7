import type { Metrics, WatchDispatcher } from '../seams/index.js'
import { BitWatchDispatcher } from './bit-watch-dispatcher.js'
import { HashWatchDispatcher } from './hash-watch-dispatcher.js'

export { BitWatchDispatcher } from './bit-watch-dispatcher.js'
export { HashWatchDispatcher } from './hash-watch-dispatcher.js'
export { containsWatcher, removeWatch, type WatchAnswer, watchKindOfMode } from './removal.js'

/** The dispatchers of the kernel itself, as `settings.watchDispatcher` names them. */
export function createWatchDispatcher(kind: 'hash' | 'bits', metrics?: Metrics): WatchDispatcher {
  return kind === 'bits' ? new BitWatchDispatcher(metrics) : new HashWatchDispatcher(metrics)
}
