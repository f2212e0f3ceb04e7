import { FrameDecoder, type FrameSink } from '@menagerie/core'
import { framed, payload, stream } from '@menagerie/core/contract'
import t from 'tap'
import { reservedBytes } from '../reserved-bytes.js'

class Collector implements FrameSink {
  readonly found: unknown[] = []
  readonly arrays: Uint8Array[] = []
  onFrame = () => {}

  frame(bytes: Uint8Array, start: number, end: number): void {
    this.found.push([...bytes.subarray(start, end)])
    this.arrays.push(bytes)
    this.onFrame()
  }

  word(text: string, argument: Uint8Array): void {
    this.found.push(text, [...argument])
  }
}

const ascii = (text: string) => Uint8Array.from(text, character => character.charCodeAt(0))

t.test('any way to cut the bytes into two or three chunks gives the same frames', async t => {
  const bodies = [payload(5), payload(1), payload(9)]
  const bytes = stream(bodies)
  const expected = bodies.map(body => [...body])
  for (let first = 0; first <= bytes.length; first++) {
    for (let second = first; second <= bytes.length; second++) {
      const decoder = new FrameDecoder({ frameBytesMax: 9 })
      const sink = new Collector()
      for (const chunk of [bytes.slice(0, first), bytes.slice(first, second), bytes.slice(second)])
        decoder.push(chunk, sink)
      if (JSON.stringify(sink.found) !== JSON.stringify(expected)) t.fail(`cut at ${first} and ${second}`)
    }
  }
  t.pass('all cuts')
})

t.test('frames that lie whole in a chunk are not copied', async t => {
  const chunk = stream([payload(5), payload(6)])
  const sink = new Collector()
  t.equal(new FrameDecoder({ frameBytesMax: 9 }).push(chunk, sink), 2)
  t.ok(sink.arrays.every(array => array === chunk))
})

t.test('a claimed length reserves nothing until bytes have come', async t => {
  const decoder = new FrameDecoder({ frameBytesMax: 1 << 20 })
  const sink = new Collector()
  const large = payload(1 << 20)
  const bytes = framed(large)
  decoder.push(stream([payload(1)]), sink)
  const piece = bytes.slice(0, 5)
  const reserved = reservedBytes(() => decoder.push(piece, sink))
  t.ok(reserved < 100_000, `${reserved} bytes for the first byte of ${large.length}`)
  for (let at = 5; at < bytes.length; at += 65_536) decoder.push(bytes.slice(at, at + 65_536), sink)
  t.equal(sink.arrays.length, 2)
  t.equal(sink.arrays[1].length, large.length, 'the array has the exact size in the end')
  t.strictSame(Buffer.compare(sink.arrays[1], large), 0)
})

t.test('the first frame has a limit of its own', async t => {
  const decoder = new FrameDecoder({ frameBytesMax: 100, firstFrameBytesMax: 10 })
  const sink = new Collector()
  decoder.push(framed(payload(11)), sink)
  t.equal(decoder.fault, 'a frame length of 11, outside 1 to 10')
  const other = new FrameDecoder({ frameBytesMax: 100, firstFrameBytesMax: 10 })
  other.push(stream([payload(10), payload(100)]), sink)
  t.equal(other.fault, undefined)
  t.equal(sink.found.length, 2)
  t.equal(new FrameDecoder({ frameBytesMax: 5, firstFrameBytesMax: 10 }).push(framed(payload(6)), sink), 0)
})

for (const length of [0, -1, -0x80000000, 11, 0x7fffffff, 0x41424344, 0x61626341]) {
  t.test(`a length of ${length} is a fault, and nothing is decoded after it`, async t => {
    const decoder = new FrameDecoder({ frameBytesMax: 10 })
    const sink = new Collector()
    decoder.push(framed(new Uint8Array(0), length), sink)
    decoder.push(framed(payload(3)), sink)
    t.match(decoder.fault, new RegExp(`length of ${length}, outside 1 to 10`))
    t.strictSame(sink.found, [])
    t.equal(decoder.started, false)
  })
}

t.test('words come first or not at all', async t => {
  for (const [bytes, found] of [
    [ascii('ruok\n'), ['ruok', []]],
    [ascii('zzzz'), ['zzzz', []]],
    [ascii('stmk12345678rest'), ['stmk', [...ascii('12345678')]]],
    [ascii('stmk1234567'), []],
    [ascii('RUOK'), []],
    [ascii('ruo'), []],
  ] as const) {
    for (const pieces of [[bytes], [...bytes].map(byte => Uint8Array.of(byte))]) {
      const decoder = new FrameDecoder({ frameBytesMax: 1000 })
      const sink = new Collector()
      for (const piece of pieces) t.equal(decoder.push(piece, sink), 0)
      t.strictSame(sink.found, found)
      t.equal(decoder.foundWord, found.length > 0)
    }
  }
  const late = new FrameDecoder({ frameBytesMax: 1000 })
  late.push(stream([payload(4)]), new Collector())
  late.push(ascii('ruok'), new Collector())
  t.equal(late.fault, 'a frame length of 1920298859, outside 1 to 1000')
})

t.test('stop in the middle of a chunk ends it there', async t => {
  const decoder = new FrameDecoder({ frameBytesMax: 10 })
  const sink = new Collector()
  sink.onFrame = () => decoder.stop()
  t.equal(decoder.push(stream([payload(1), payload(2)]), sink), 1)
  t.equal(decoder.push(stream([payload(3)]), sink), 0)
  t.equal(sink.found.length, 1)
})
