export { type ConfigKey, configKeys, findKey, type KeyGroup, type KeyRole, keyGroups } from './catalogue/index.js'
export {
  backupFile,
  dynamicFile,
  nextDynamicFile,
  pointsToDynamicFile,
  pointToDynamicFile,
} from './dynamic-files.js'
export * from './effective.js'
export { type EnsembleConfig, type EnsembleServer, judgeEnsemble, type ServerAddress } from './ensemble.js'
export { editDistance, nearest } from './nearest.js'
export { ConfigError, type ConfigProblem, describeProblem, sortProblems } from './problem.js'
export { type PropertiesText, type Property, readProperties } from './properties.js'
export { type QuorumSaslOptions, type QuorumSettings, quorumSasl, quorumSettings } from './quorum-settings.js'
export * from './settings.js'
export { type GivenValue, readZooCfg } from './zoo-cfg.js'
