import { type Crc32, crc32 } from '@menagerie/core'
import { crc32Contract } from '@menagerie/core/contract'
import t from 'tap'
import { failures } from './failures.js'

t.test("the kernel's own CRC-32", async t =>
  crc32Contract(
    (name, body) => void t.test(name, body),
    () => crc32,
  ),
)

const mutants: Record<string, Crc32> = {
  'is signed': (...args) => crc32(...args) | 0,
  'begins anew each time': (bytes, start, end) => crc32(bytes, start, end),
  'takes the whole array': (bytes, _, end, crc) => crc32(bytes, 0, end, crc),
  'takes the whole buffer': (bytes, start, end, crc) => crc32(new Uint8Array(bytes.buffer), start, end, crc),
  'leaves the last byte of long inputs out': (bytes, start, end, crc) =>
    crc32(bytes, start, end - start > 512 ? end - 1 : end, crc),
}

t.test('the kit catches a CRC-32 that', async t => {
  for (const [name, mutant] of Object.entries(mutants)) {
    const failed = await failures(test => crc32Contract(test, () => mutant))
    t.ok(failed.length > 0, name)
  }
})
