export { CommitQuorums, type HoldersOf } from './commit-quorums.js'
export {
  hashBytes,
  type ZabInvariantOptions,
  ZabInvariants,
  type ZabObserver,
  type ZabTransaction,
} from './zab-invariants.js'
