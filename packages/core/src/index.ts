/** The kernel's public surface. */
export { adler32, crc32 } from './checksums/index.js'
export * from './config/index.js'
export { type ErrorCode, invariant, MenagerieError } from './errors.js'
export * from './plugins/index.js'
export * from './seams/index.js'
export * from './watches/index.js'
export * from './zxid.js'
