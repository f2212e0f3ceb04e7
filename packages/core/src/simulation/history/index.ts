export * from './history.js'
export * from './operations.js'
export { HistoryRecorder } from './recorder.js'
export { type Change, type ModelZnode, parentOf, shownCversion, VersionedTree } from './versioned-tree.js'
