export { clientListenerContract, type ListenerBench, type TestDialer } from './client-listener.js'
export { ConnectionRecorder, framed, payload, stream, until } from './connection-recorder.js'
export type { TestFunction } from './harness.js'
export { ManualClock } from './manual-clock.js'
