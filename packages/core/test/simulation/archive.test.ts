import t from 'tap'
import { Archive } from '../../dist/simulation/run/archive.js'
import { makeZxid } from '../../dist/zxid.js'

const record = (zxid: number) => ({ zxid, bytes: new Uint8Array([zxid % 256]) })

t.test('a history goes back through the epochs that its leaders began', t => {
  const archive = new Archive()
  archive.begins(1, 0)
  archive.begins(3, makeZxid(1, 2))
  const { zxids, before } = archive.history(makeZxid(1, 1), makeZxid(3, 2))
  t.strictSame(zxids, [makeZxid(1, 2), makeZxid(3, 1), makeZxid(3, 2)])
  t.equal(before, makeZxid(1, 1))
  t.end()
})

t.test('nothing lies behind what is known', t => {
  const archive = new Archive()
  archive.begins(1, 0)
  t.strictSame(archive.history(makeZxid(1, 2), makeZxid(1, 2)), { zxids: [], before: makeZxid(1, 2) })
  t.end()
})

t.test('a history that leaves out what is known goes past it', t => {
  const archive = new Archive()
  archive.begins(2, makeZxid(1, 4))
  const { zxids, before } = archive.history(makeZxid(1, 5), makeZxid(2, 1))
  t.strictSame(zxids, [makeZxid(2, 1)])
  t.equal(before, makeZxid(1, 4))
  t.end()
})

t.test('records stay, whatever becomes of the logs', t => {
  const archive = new Archive()
  archive.add(record(7))
  t.strictSame(archive.record(7), new Uint8Array([7]))
  t.equal(archive.record(8), undefined)
  t.end()
})
