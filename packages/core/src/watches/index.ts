export { HashWatchDispatcher } from './hash-watch-dispatcher.js'
export { containsWatcher, removeWatch, type WatchAnswer, watchKindOfMode } from './removal.js'
