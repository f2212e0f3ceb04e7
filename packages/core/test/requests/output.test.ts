import t from 'tap'
import { Output, OutputPool } from '../../dist/requests/output.js'

t.test('a reply of many small parts grows in few steps, however long it becomes', async t => {
  const stepsMax = 60
  let steps = 0
  class CountingPool extends OutputPool {
    override take(bytes: number): Uint8Array {
      if (++steps > stepsMax) throw new Error(`still growing after ${stepsMax} steps, at ${bytes} bytes`)
      return super.take(bytes)
    }
  }
  const out = new Output(new CountingPool())
  const part = new Uint8Array(1000).fill(7)
  const parts = 32_000
  for (let i = 0; i < parts; i++) out.raw(part)
  t.equal(out.position, parts * part.length)
  t.ok(out.take().every(byte => byte === 7))
})
