export { clientListenerContract, type ListenerBench, type TestDialer } from './client-listener.js'
export type { TestFunction } from './harness.js'
export { ManualClock } from './manual-clock.js'
export { watchDispatcherContract } from './watch-dispatcher.js'
