import { systemClock, systemRandom } from '@menagerie/platform-node'
import t from 'tap'

t.test('the clock of a process', async t => {
  t.test('never goes back', async t => {
    const first = systemClock.monotonic()
    t.ok(systemClock.monotonic() >= first)
  })

  t.test('runs a scheduled callback, and not one that was cancelled', async t => {
    const ran: string[] = []
    const cancel = systemClock.schedule(1, () => ran.push('cancelled'))
    cancel()
    cancel()
    await new Promise<void>(resolve => systemClock.schedule(5, resolve))
    t.strictSame(ran, [])
  })

  t.test('defers behind what is already waiting', async t => {
    const order: string[] = []
    const deferred = new Promise<void>(resolve =>
      systemClock.defer(() => {
        order.push('deferred')
        resolve()
      }),
    )
    await Promise.resolve().then(() => order.push('waiting'))
    await deferred
    t.strictSame(order, ['waiting', 'deferred'])
  })
})

t.test('chance gives numbers below the bound and as many bytes as asked for', async t => {
  for (let i = 0; i < 100; i++) t.ok(systemRandom.below(3) < 3)
  t.equal(systemRandom.bytes(20).length, 20)
})
