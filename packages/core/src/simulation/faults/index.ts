export { generateSchedule, type ReconfigsIn } from './generate.js'
export { clientNode, type FaultTargets, type FaultyClient, type FaultyServer, inject } from './inject.js'
export * from './schedule.js'
export { type ShrinkResult, shrink } from './shrink.js'
