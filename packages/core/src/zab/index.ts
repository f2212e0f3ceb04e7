/** The quorum protocol: what transports, servers and tools need of it. */
export * from './election/index.js'
export * from './packets/index.js'
export * from './quorum/index.js'
