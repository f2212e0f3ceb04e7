export { formatConfig, formatDynamicFile, formatServer, parseConfig } from './config-text.js'
export { type QuorumParts, type QuorumVerifier, quorumVerifier, sameMembers } from './verifier.js'
