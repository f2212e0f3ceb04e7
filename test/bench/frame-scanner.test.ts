import t from 'tap'
import { FrameScanner, REPLY_HEAD, REQUEST_HEAD, readInt } from './frame-scanner.js'

/** A reply: length, xid, zxid, err and a body of `bodyLength` bytes that look like a length themselves. */
function reply(xid: number, err: number, bodyLength: number): Buffer {
  const frame = Buffer.alloc(20 + bodyLength, 0x11)
  frame.writeInt32BE(16 + bodyLength, 0)
  frame.writeInt32BE(xid, 4)
  frame.writeBigInt64BE(77n, 8)
  frame.writeInt32BE(err, 16)
  return frame
}

function scan(chunks: Buffer[], headBytes = REPLY_HEAD): number[][] {
  const heads: number[][] = []
  const scanner = new FrameScanner(headBytes, (bytes, at, length) => {
    heads.push([readInt(bytes, at + 4), headBytes >= 16 ? readInt(bytes, at + 16) : 0, length])
  })
  for (const chunk of chunks) scanner.push(chunk, chunk.length)
  return heads
}

const stream = Buffer.concat([reply(1, 0, 1092), reply(2, -101, 0), reply(-1, 0, 31), reply(3, 0, 80)])
const expected = [
  [1, 0, 1108],
  [2, -101, 16],
  [-1, 0, 47],
  [3, 0, 96],
]

t.test('finds every frame of one chunk, in order, with xid and err', async t => {
  t.strictSame(scan([stream]), expected)
})

t.test('finds the same frames wherever the stream is cut', async t => {
  for (let cut = 1; cut < stream.length; cut++) {
    t.strictSame(scan([stream.subarray(0, cut), stream.subarray(cut)]), expected, `cut at ${cut}`)
  }
  t.strictSame(scan(Array.from(stream, byte => Buffer.from([byte]))), expected, 'byte by byte')
})

t.test('reads only the stated part of a chunk, whose rest may be stale', async t => {
  const heads: number[] = []
  const scanner = new FrameScanner(REPLY_HEAD, (bytes, at) => heads.push(readInt(bytes, at + 4)))
  scanner.push(Buffer.concat([reply(5, 0, 4), reply(6, 0, 4)]), 24)
  t.strictSame(heads, [5])
})

t.test('with the head of a request, takes a frame that is nothing but its head', async t => {
  const close = Buffer.alloc(12)
  close.writeInt32BE(8, 0)
  close.writeInt32BE(9, 4)
  close.writeInt32BE(-11, 8)
  t.strictSame(scan([Buffer.concat([close, close])], REQUEST_HEAD), [
    [9, 0, 8],
    [9, 0, 8],
  ])
})

t.test('refuses a frame shorter than its head, a negative and an absurd length', async t => {
  for (const length of [0, 15, -1, 0x7fffffff]) {
    const frame = reply(1, 0, 0)
    frame.writeInt32BE(length, 0)
    t.throws(() => scan([frame]), { message: `a frame of ${length} bytes: out of step` })
  }
})
