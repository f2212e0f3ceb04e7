/**
 * What plugins are made of: the seams and their tokens, errors, zxids. The kernel that fills the seams is not loaded with
 * it, which takes a server several times as long as this.
 */
export { adler32, crc32 } from '../checksums/index.js'
export { type ErrorCode, invariant, MenagerieError } from '../errors.js'
export * from '../seams/index.js'
export * from '../zxid.js'
export { type ConfiguredPlugin, definePlugin, type PluginDefinition } from './define-plugin.js'
