export type { Mutation, MutationContext } from './mutation.js'
export { type SimulationEnvironment, type SimulationResult, simulate } from './simulation.js'
