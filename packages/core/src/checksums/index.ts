export { adler32 } from './adler32.js'
export { crc32 } from './crc32.js'
