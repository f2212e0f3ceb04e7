import { makeZxid, type Zxid } from '@menagerie/core'
import t from 'tap'
import { CommittedWindow } from '../../dist/zab/leader/committed-window.js'

function windowOf(counters: readonly number[], countMax: number, bytesMax?: number, bytes = 10): CommittedWindow {
  const window = new CommittedWindow(countMax, bytesMax)
  for (const counter of counters) window.push({ zxid: makeZxid(1, counter), bytes: new Uint8Array(bytes) })
  return window
}

const after = (window: CommittedWindow, zxid: Zxid) => window.after(zxid)?.map(record => record.zxid)
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

t.test('it gives what comes after each transaction in it, and nothing for any other', async t => {
  const window = windowOf([1, 2, 3], 10)
  t.strictSame(after(window, makeZxid(1, 1)), [makeZxid(1, 2), makeZxid(1, 3)])
  t.strictSame(after(window, makeZxid(1, 3)), [])
  for (const other of [0, makeZxid(1, 0), makeZxid(1, 4)]) t.equal(after(window, other), undefined)
})

t.test('it holds the last so many transactions, however many go through it', async t => {
  for (const count of [1, 4, 5, 6, 11, 100]) {
    const window = windowOf(upTo(count), 5)
    t.equal(window.length, Math.min(count, 5))
    t.strictSame(after(window, makeZxid(1, count)), [], 'the last is there')
    t.equal(after(window, makeZxid(1, count - 5)), undefined, 'the sixth last is not')
  }
})

t.test('it holds so many bytes, and one transaction at least', async t => {
  const window = windowOf(upTo(20), 100, 45)
  t.equal(window.length, 4)
  t.strictSame(
    after(window, makeZxid(1, 17)),
    [18, 19, 20].map(counter => makeZxid(1, counter)),
  )
  t.equal(windowOf(upTo(20), 100, 45, 1000).length, 1)
})

t.test('a hole is never served as history (ZOOKEEPER-2418, 4925): what was before it goes', async t => {
  const window = windowOf([1, 2, 4], 10)
  t.equal(window.length, 1)
  t.equal(after(window, makeZxid(1, 2)), undefined)
  t.strictSame(after(window, makeZxid(1, 4)), [])
})
