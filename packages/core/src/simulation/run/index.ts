export { simulatedEnsemble } from './ensemble.js'
export type { Mutation, MutationContext } from './mutation.js'
export { SimulatedServer, type SimulatedServerParts } from './simulated-server.js'
export { type SimulationEnvironment, type SimulationResult, simulate } from './simulation.js'
