import { createRequire } from 'node:module'

// Required, since Node.js parses a CommonJS module that is imported for the names of its exports before it runs it:
// of one that a tool has made for every platform there is that takes longer than the rest of its loading.
const native = createRequire(import.meta.url)('@node-rs/crc32') as typeof import('@node-rs/crc32')

/** CRC-32C of bytes, at native speed; unsigned. */
export const crc32c: (bytes: Uint8Array) => number = native.crc32c
