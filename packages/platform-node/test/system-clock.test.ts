import { clockContract } from '@menagerie/core/contract'
import { systemClock } from '@menagerie/platform-node'
import t from 'tap'

t.test('the clock of a process', async t => {
  const pass = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
  clockContract(
    (name, body) => void t.test(name, body),
    () => ({ clock: systemClock, pass }),
  )

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
