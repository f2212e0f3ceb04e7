/** Time and chance of a Node.js process. */
import { randomBytes, randomInt } from 'node:crypto'
import { CLOCK, type Clock, definePlugin, RANDOM, type Random } from '@menagerie/core'
import { z } from 'zod'

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

export const systemRandom: Random = {
  below: bound => randomInt(bound),
  bytes: count => new Uint8Array(randomBytes(count)),
}

/** The plugin: `plugins: [platformNode()]`. */
export const platformNode = definePlugin({
  name: 'platform-node',
  core: '^0.1.0',
  provides: [CLOCK, RANDOM],
  options: z.strictObject({}),
  register(container) {
    container.registerInstance(CLOCK, systemClock)
    container.registerInstance(RANDOM, systemRandom)
  },
})

export default platformNode
