import { ConnectionLossError, NoNodeError, withRetries } from '@menagerie/client'
import t from 'tap'

const quick = { minDelayMs: 1, maxDelayMs: 1 }
const lost = () => new ConnectionLossError('getData', '/a')

t.test('withRetries', async t => {
  t.test('repeats what a lost connection cut short, and says which try it is', async t => {
    const tries: number[] = []
    const result = await withRetries(async attempt => {
      tries.push(attempt)
      if (attempt < 3) throw lost()
      return 'done'
    }, quick)
    t.equal(result, 'done')
    t.strictSame(tries, [1, 2, 3])
  })

  t.test('leaves refusals and broken programs alone', async t => {
    let tries = 0
    const failing = (error: Error) => () => {
      tries++
      return Promise.reject(error)
    }
    await t.rejects(withRetries(failing(new NoNodeError(-101, 'getData', '/a')), quick), { name: 'NoNodeError' })
    await t.rejects(withRetries(failing(new TypeError('x is not a function')), quick), { name: 'TypeError' })
    t.equal(tries, 2)
  })

  t.test('ends with the last failure when the tries are used up', async t => {
    let tries = 0
    const work = async () => {
      tries++
      throw lost()
    }
    await t.rejects(withRetries(work, { ...quick, retries: 2 }), { name: 'ConnectionLossError' })
    t.equal(tries, 3)
  })

  t.test('can be called off, and told what to repeat', async t => {
    const abort = new AbortController()
    const work = async () => {
      abort.abort(new Error('enough'))
      throw lost()
    }
    await t.rejects(withRetries(work, { ...quick, signal: abort.signal }), { message: 'enough' })
    let tries = 0
    const refused = async () => {
      tries++
      throw new NoNodeError(-101, 'getData', '/a')
    }
    await t.rejects(withRetries(refused, { ...quick, retries: 1, shouldRetry: () => true }), { name: 'NoNodeError' })
    t.equal(tries, 2)
  })
})
