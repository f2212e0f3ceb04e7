export type { TestFunction } from './harness.js'
export { watchDispatcherContract } from './watch-dispatcher.js'
