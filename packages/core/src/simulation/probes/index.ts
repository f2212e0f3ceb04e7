export { hashBytes, ZabInvariants, type ZabInvariantOptions, type ZabObserver, type ZabTransaction } from './zab-invariants.js'
