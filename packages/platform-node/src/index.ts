/** Time, chance and checksums of a Node.js process, and what it knows of its machine. */
import { randomBytes, randomInt } from 'node:crypto'
import zlib from 'node:zlib'
import {
  CLOCK,
  type Clock,
  CRC32,
  type Crc32,
  crc32,
  definePlugin,
  HOST,
  RANDOM,
  type Random,
} from '@menagerie/core/plugin'
import { z } from 'zod'
import { nodeHost } from './host.js'

export { growingPercent, HeapGrowth } from './heap-growth.js'
export { maxFileDescriptors, nodeHost } from './host.js'
export { makeFolders } from './make-folders.js'
export { tendMemory } from './memory.js'
export { RestDetector, type RestSample } from './memory-at-rest.js'

/** The time of this machine: wall-clock and monotonic ms, timers of Node.js. */
export const systemClock: Clock = {
  wallTime: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
  defer(callback) {
    setImmediate(callback)
  },
}

/** Chance from the machine's cryptographic source. */
export const systemRandom: Random = {
  below: bound => randomInt(bound),
  bytes: count => new Uint8Array(randomBytes(count)),
}

/** Bytes from which on zlib is faster, though a call into it costs 0.2 microseconds and a view. */
const NATIVE_FROM = 320

/** The kernel's CRC-32 for short inputs, zlib's for others: 2 to 4 times as fast. */
export const nativeCrc32: Crc32 = (bytes, start, end, crc) =>
  end - start < NATIVE_FROM ? crc32(bytes, start, end, crc) : zlib.crc32(bytes.subarray(start, end), crc)

/** The plugin: `plugins: [platformNode()]`. */
export const platformNode = definePlugin({
  name: 'platform-node',
  core: '^0.1.0',
  provides: [CLOCK, RANDOM, CRC32, HOST],
  options: z.strictObject({}),
  register(container) {
    container.registerInstance(CLOCK, systemClock)
    container.registerInstance(RANDOM, systemRandom)
    container.registerInstance(CRC32, nativeCrc32)
    container.registerInstance(HOST, nodeHost)
  },
})

export default platformNode
