import { SnapshotStreamScanner } from '@menagerie/core/zab'
import t from 'tap'
import { joined, smallSnapshot } from './samples.js'

const LENGTH_MAX = 1000

/** Where the scanner sees the end, counted over all pieces; undefined if it sees none. */
function endOf(stream: Uint8Array, size: number): number | undefined {
  const scanner = new SnapshotStreamScanner(LENGTH_MAX)
  for (let at = 0; at < stream.length; at += size) {
    const end = scanner.push(stream.subarray(at, at + size), 0)
    if (scanner.done) return at + end
  }
  return undefined
}

t.test('the end of a snapshot is found whatever its parts and however it is cut', async t => {
  const samples = [
    smallSnapshot(),
    smallSnapshot({ sessions: 0, acls: 0 }),
    smallSnapshot({ sessions: 1, acls: 5, paths: ['', '/x', '/'] }),
    smallSnapshot({ paths: ['/'] }),
    // A path of one byte that is not the end, as no Apache server writes it.
    smallSnapshot({ paths: ['', 'a', '/'] }),
  ]
  for (const snapshot of samples) {
    const stream = joined([snapshot, snapshot])
    for (let size = 1; size <= stream.length; size++) t.equal(endOf(stream, size), snapshot.length)
  }
})

t.test('a snapshot that goes on is not ended', async t => {
  const snapshot = smallSnapshot()
  for (let length = 0; length < snapshot.length; length++) t.equal(endOf(snapshot.subarray(0, length), 50), undefined)
})

t.test('data that look like an end are passed over', async t => {
  const inner = smallSnapshot({ paths: ['/'] })
  const text = String.fromCharCode(...inner)
  const snapshot = smallSnapshot({ paths: ['', `/${text}`, '/'] })
  t.equal(endOf(snapshot, 17), snapshot.length)
})

t.test('a snapshot that makes no sense is refused with what was found', async t => {
  const changed = (at: number, value: number) => {
    const bytes = smallSnapshot()
    new DataView(bytes.buffer).setInt32(at, value)
    return bytes
  }
  const pathAt = 4 + 24 + 4 + 12 + 12 + 4 + 4 + 5 + 4 + 6
  const cases: [Uint8Array, RegExp][] = [
    [changed(0, -1), /number of sessions of -1/],
    [changed(28, -3), /number of ACLs of -3/],
    [changed(40, -1), /entries of an ACL of -1/],
    [changed(60, 5000), /length of scheme: 5000, outside -1 to 1000/],
    [changed(pathAt, 1_000_000_000), /length of path: 1000000000/],
    [changed(pathAt + 4, -2), /length of data: -2/],
    [smallSnapshot({ paths: [null] }), /bytes of a path of -1/],
    [smallSnapshot({ signature: 'BenWasHer' }), /a string of 9 bytes instead of "BenWasHere"/],
    [smallSnapshot({ signature: 'BenWasNear' }), /byte 6 is 78 instead of "BenWasHere"/],
  ]
  for (const [bytes, message] of cases) {
    for (const size of [1, bytes.length]) t.throws(() => endOf(bytes, size), { name: 'MarshallingError', message })
  }
})
