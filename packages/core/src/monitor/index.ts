/**
 * What a server tells of itself: metrics, statistics and the four-letter words.
 *
 * The kernel keeps one {@link ServerStatistics} for the server and one {@link ConnectionStatistics} for
 * each connection, and touches their plain fields with every request. It implements
 * {@link MonitorSource} over its own state, registers the gauges once with
 * {@link registerServerGauges}, and gives every four-letter word to {@link answerWord} with the set that
 * {@link enabledWords} made of the configured whitelist.
 *
 * **Invariant:** nothing here changes the tree, a session or a watch; crst and srst set statistics back,
 * and that is all that words do. What costs time in proportion to the tree or to the sessions is computed
 * only while a word that prints it is answered.
 */
export { ConnectionStatistics } from './connection-statistics.js'
export { interestOps, operationName } from './four-letter-words/connections.js'
export { environmentOf } from './four-letter-words/envi.js'
export { decimal, NOT_SERVING, socketAddress } from './four-letter-words/format.js'
export { answerWord, enabledWords, isFourLetterWord } from './four-letter-words/index.js'
export { monitorValues } from './four-letter-words/mntr.js'
export { DEFAULT_TRACE_MASK } from './four-letter-words/trace-mask.js'
export { average, registerServerGauges } from './gauges.js'
export { MetricsRegistry, RunningSummary } from './metrics-registry.js'
export type * from './monitor-source.js'
export { type ResponseSizes, ServerStatistics } from './server-statistics.js'
export { slowFlushCounter, slowFlushes } from './slow-flushes.js'
export { COMPATIBLE_VERSION, fullVersion } from './version.js'
