import t from 'tap'
import { KeptBytes } from '../../dist/requests/kept-bytes.js'

for (const length of [0, 1, 1000, 8 * 1024, 8 * 1024 + 1, 1_000_000]) {
  t.test(`a copy of ${length} bytes stays as it is when the array is written over`, async t => {
    const kept = new KeptBytes()
    const bytes = Buffer.alloc(length + 2, 7)
    const copy = kept.copy(bytes, 1, length + 1)
    bytes.fill(9)
    t.equal(copy.length, length)
    t.ok(copy.every(byte => byte === 7))
  })
}

t.test('copies do not write over each other, however many there are', async t => {
  const kept = new KeptBytes()
  const copies: Uint8Array[] = []
  for (let n = 0; n < 500; n++) copies.push(kept.copy(new Uint8Array(n * 3).fill(n), 0, n * 3))
  t.ok(copies.every((copy, n) => copy.length === n * 3 && copy.every(byte => byte === (n & 0xff))))
})
