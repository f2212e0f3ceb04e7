import { getRandomValues } from 'node:crypto'
import type { Random } from '@menagerie/core'

/** The platform's chance. */
export const systemRandom: Random = {
  below: bound => Math.floor(Math.random() * bound),
  bytes(count) {
    const bytes = new Uint8Array(count)
    getRandomValues(bytes)
    return bytes
  },
}
