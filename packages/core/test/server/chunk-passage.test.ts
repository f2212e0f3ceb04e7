import t from 'tap'
import { ChunkPassage } from '../../dist/server/chunk-passage.js'

const chunk = (...bytes: number[]) => Uint8Array.from(bytes)

async function taken(passage: ChunkPassage): Promise<number[]> {
  const bytes: number[] = []
  for await (const chunk of passage) bytes.push(...chunk)
  return bytes
}

t.test('chunks arrive in their order, those from before there was a reader and those after', async t => {
  const passage = new ChunkPassage()
  passage.push(chunk(1, 2))
  passage.push(chunk())
  const reading = taken(passage)
  passage.push(chunk(3))
  await Promise.resolve()
  passage.push(chunk(4, 5))
  passage.end()
  passage.push(chunk(6))
  t.strictSame(await reading, [1, 2, 3, 4, 5], 'and none after the end')
})

t.test('what waits is counted until it is taken', async t => {
  const passage = new ChunkPassage()
  passage.push(chunk(1, 2))
  passage.push(chunk(3, 4, 5))
  t.equal(passage.waitingBytes, 5)
  const reader = passage[Symbol.asyncIterator]()
  await reader.next()
  t.equal(passage.waitingBytes, 3)
  await reader.return()
  passage.push(chunk(6))
  t.equal(passage.waitingBytes, 0, 'nothing is kept for a reader that has stopped')
})

t.test('a failure is what comes next, for a reader that waits and for one that has much before it', async t => {
  for (const waits of [true, false]) {
    const passage = new ChunkPassage()
    if (!waits) passage.push(chunk(1))
    const reading = taken(passage)
    if (waits) await Promise.resolve()
    passage.fail(new Error('the link broke'))
    passage.fail(new Error('a later one'))
    passage.end()
    await t.rejects(reading, { message: 'the link broke' })
    t.equal(passage.waitingBytes, 0)
  }
})
