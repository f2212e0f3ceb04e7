export { formatConfig, formatDynamicFile, formatServer } from './config-text.js'
export { parseConfig } from './parse-config.js'
export { type ReconfigChange, type ReconfigOutcome, type ReconfigRules, reconfigure } from './reconfig.js'
export { type QuorumParts, type QuorumVerifier, quorumVerifier, sameMembers } from './verifier.js'
