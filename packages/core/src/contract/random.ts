/** The test kit of the {@link Random} seam. */
import type { Random } from '../seams/index.js'
import { expect, expectEqual, type TestFunction } from './harness.js'

/** The tests of every source of chance; `create` makes a new one. */
export function randomContract(test: TestFunction, create: () => Random): void {
  test('below gives whole numbers from 0 to the bound, which is never reached', async () => {
    const random = create()
    for (const bound of [1, 2, 3, 10, 256, 65_537, 2 ** 31, 2 ** 32]) {
      for (let i = 0; i < 50; i++) {
        const value = random.below(bound)
        expect(Number.isInteger(value) && value >= 0 && value < bound, `${value} for a bound of ${bound}`)
      }
    }
  })

  test('bytes gives as many as asked for, and others each time', async () => {
    const random = create()
    for (const count of [0, 1, 16, 20, 1000]) expectEqual(random.bytes(count).length, count, 'length')
    const [one, other] = [random.bytes(16), random.bytes(16)]
    expect(one.join() !== other.join(), 'two calls gave the same bytes')
  })
}
