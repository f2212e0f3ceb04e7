/** The quorum protocol: what transports and tools need of it. */
export * from './packets/index.js'
