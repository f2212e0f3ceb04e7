/** What storages of logs have in common, whatever their medium is. */
export { type Batch, type BatchWriter, GroupCommit } from './group-commit.js'
export { LogLife } from './log-life.js'
export { type LogReports, logReports, reportSync } from './log-reports.js'
