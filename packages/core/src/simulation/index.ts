/** Whole servers with their clients in simulated time, from one seed. */
export * from './disk/index.js'
export * from './network/index.js'
export * from './time/index.js'
