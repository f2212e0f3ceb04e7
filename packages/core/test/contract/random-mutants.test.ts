import type { Random } from '@menagerie/core'
import { randomContract } from '@menagerie/core/contract'
import t from 'tap'
import { failures } from './failures.js'

let drawn = 0
const sound: Random = {
  below: bound => Math.floor(Math.random() * bound),
  bytes: count => Uint8Array.from({ length: count }, () => Math.random() * 256),
}

const mutants: Record<string, Partial<Random>> = {
  'reaches the bound': { below: bound => drawn++ % (bound + 1) },
  'goes below zero': { below: bound => (drawn++ % bound) - 1 },
  'gives fractions': { below: bound => bound / 3 },
  'gives a byte too few': { bytes: count => sound.bytes(Math.max(count - 1, 0)) },
  'gives the same bytes each time': { bytes: count => new Uint8Array(count).fill(7) },
}

t.test('the kit of chance passes a sound source', async t => {
  t.strictSame(await failures(test => randomContract(test, () => sound)), [])
})

t.test('the kit of chance catches a source that', async t => {
  for (const [name, broken] of Object.entries(mutants)) {
    const failed = await failures(test => randomContract(test, () => ({ ...sound, ...broken })))
    t.ok(failed.length > 0, name)
  }
})
