export type { ElectionEffect } from './effects.js'
export { Election, type ElectionOptions, type LastLogged } from './election.js'
export { ElectionDriver, type ElectionDriverOptions } from './election-driver.js'
export { Electorate, isAhead } from './votes.js'
