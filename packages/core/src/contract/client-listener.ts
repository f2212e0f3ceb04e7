import type { ListenerLimits } from '../seams/client-listener.js'
import {
  ConnectionRecorder,
  concat,
  expectAllBytes,
  expectBytes,
  framed,
  payload,
  stream,
  until,
} from './connection-recorder.js'
import { expect, expectEqual, type TestFunction } from './harness.js'
import type { ListenerBench, TestDialer } from './listener-bench.js'
import { first, ListeningServer, nobody } from './listening-server.js'
import { movingContract } from './moving-listener.js'

const limits: ListenerLimits = {
  frameBytesMax: 200_000,
  connectionsPerAddressMax: 0,
  connectionsMax: 0,
  firstFrameTimeoutMs: 10_000,
}

/** What every ClientListener promises. Each test gets a bench of its own. */
export function clientListenerContract(test: TestFunction, create: () => Promise<ListenerBench>): void {
  const on = (name: string, body: (server: ListeningServer) => Promise<void>, changed: Partial<ListenerLimits> = {}) =>
    test(name, async () => {
      const bench = await create()
      const server = new ListeningServer(bench)
      try {
        await server.listen({ ...limits, ...changed })
        await body(server)
        server.expectDiscipline()
      } finally {
        await bench.dispose()
      }
    })

  on('frames: each is handed over without its length, in order, and the end of a chunk follows', async server => {
    const { dialer, handler } = await server.connect()
    const frames = [first, payload(1), payload(300), payload(17)]
    dialer.send(stream(frames))
    await until(handler, () => handler.frames.length === 4 && handler.endsOfChunk > 0 && handler.sinceChunkEnd === 0)
    expectAllBytes(handler.frames, frames, 'the frames that arrived')
  })

  on('frames: bytes may arrive one at a time', async server => {
    const { dialer, handler } = await server.connect()
    const frames = [first, payload(3), payload(1)]
    for (const byte of stream(frames)) {
      dialer.send(Uint8Array.of(byte))
      await server.turn()
    }
    await until(handler, () => handler.frames.length === 3)
    expectAllBytes(handler.frames, frames, 'the frames that arrived')
  })

  on('frames: the greatest length passes and arrives whole, again and again', async server => {
    const { dialer, handler } = await server.connect()
    const large = payload(limits.frameBytesMax)
    dialer.send(stream([first, large, payload(5), large]))
    await until(handler, () => handler.frames.length === 4)
    expectBytes(handler.frames[1], large, 'the first large frame')
    expectBytes(handler.frames[3], large, 'the second large frame')
  })

  const wrongLengths = [-1, 0, limits.frameBytesMax + 1, 0x7fffffff, -0x80000000]
  for (const length of wrongLengths) {
    on(`frames: a length of ${length} closes without a reply, as the first one and later`, async server => {
      const early = await server.connect()
      early.dialer.send(framed(nobody, length))
      expectEqual(await early.dialer.receiveAll(), nobody, 'the reply')
      await until(early.handler, () => early.handler.closings === 1)
      expect(early.handler.reason !== undefined, 'closed() should say what was wrong')
      const late = await server.connect()
      late.dialer.send(concat([framed(first), framed(nobody, length), framed(first)]))
      expectEqual(await late.dialer.receiveAll(), nobody, 'the reply')
      await until(late.handler, () => late.handler.closings === 1)
      expectAllBytes(late.handler.frames, [first], 'frames before the wrong length, and none after it')
    })
  }

  on('words: a four-letter word is told apart from a length, whole or in pieces, known or not', async server => {
    for (const pieces of [['ruok'], ['ruok\n'], ['ru', 'ok\r\n'], ['r', 'u', 'o', 'k'], ['abcd', '\n']]) {
      const { dialer, handler } = await server.connect()
      for (const piece of pieces) {
        dialer.send(ascii(piece))
        await server.turn()
      }
      const word = pieces.join('').slice(0, 4)
      await until(handler, () => handler.words.length === 1)
      expectEqual(handler.words, [{ text: word, argument: nobody }], 'the word')
      handler.connection.write(ascii('imok'))
      handler.connection.end()
      expectEqual(await dialer.receiveAll(), ascii('imok'), 'the reply')
      await until(handler, () => handler.closings === 1)
      expectAllBytes(handler.frames, [], 'frames')
    }
  })

  on('words: the answer arrives though the peer closed its sending side before', async server => {
    const { dialer, handler } = await server.connect()
    dialer.send(ascii('ruok\n'))
    dialer.end()
    await until(handler, () => handler.words.length === 1)
    await server.turn()
    expectEqual(handler.closings, 0, 'closings before the answer')
    handler.connection.write(ascii('imok'))
    handler.connection.end()
    expectEqual(await dialer.receiveAll(), ascii('imok'), 'the reply')
  })

  on('words: stmk brings its eight bytes along', async server => {
    const mask = Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 2)
    const whole = await server.connect()
    whole.dialer.send(concat([ascii('stmk'), mask]))
    await until(whole.handler, () => whole.handler.words.length === 1)
    expectEqual(whole.handler.words, [{ text: 'stmk', argument: mask }], 'the word')
    const split = await server.connect()
    split.dialer.send(concat([ascii('stmk'), mask.subarray(0, 3)]))
    await server.turn()
    expectEqual(split.handler.words, [], 'words before the mask is complete')
    split.dialer.send(mask.subarray(3))
    await until(split.handler, () => split.handler.words.length === 1)
    expectEqual(split.handler.words, [{ text: 'stmk', argument: mask }], 'the word')
  })

  on('words: only the first thing on a connection can be one', async server => {
    const { dialer, handler } = await server.connect()
    dialer.send(concat([framed(first), ascii('ruok')]))
    expectEqual(await dialer.receiveAll(), nobody, 'the reply')
    await until(handler, () => handler.closings === 1)
    expectEqual(handler.words, [], 'words')
  })

  on('write: replies arrive whole and in order, and an array may be reused after true', async server => {
    const { dialer, handler } = await server.connect()
    const reused = new Uint8Array(100)
    const expected: Uint8Array[] = []
    for (let n = 0; n < 50; n++) {
      reused.fill(n)
      expected.push(reused.slice())
      if (!handler.connection.write(reused)) await until(handler, () => handler.connection.unsentBytes === 0)
    }
    expectBytes(await dialer.receive(5000), concat(expected), 'the replies')
  })

  on('write: a peer that does not read makes unsentBytes grow; drained comes once all is out', async server => {
    const { dialer, handler } = await server.connect()
    const { connection } = handler
    const block = payload(1 << 20)
    let written = 0
    while (connection.unsentBytes < 2 * block.length) {
      expect(written < 64, 'unsentBytes should grow while a peer does not read')
      const before = connection.unsentBytes
      const sent = connection.write(block)
      expectEqual(sent, connection.unsentBytes === 0, 'what write says, compared with unsentBytes')
      expect(sent || connection.unsentBytes > before, 'unsentBytes should grow with what is not sent')
      written++
    }
    expectEqual(handler.drains, 0, 'drained calls while bytes are unsent')
    for (let n = 0; n < written; n++) expectBytes(await dialer.receive(block.length), block, `block ${n}`)
    await until(handler, () => handler.drains > 0)
    expectEqual(connection.unsentBytes, 0, 'unsentBytes when drained')
  })

  on('pause: no frame arrives until resume, and none is lost', async server => {
    const { dialer, handler } = await server.connect()
    dialer.send(framed(first))
    await until(handler, () => handler.frames.length === 1)
    handler.connection.pause()
    dialer.send(framed(payload(7)))
    await server.turn()
    dialer.send(framed(payload(8)))
    await server.turn()
    expectEqual(handler.frames.length, 1, 'frames while paused')
    handler.connection.resume()
    await until(handler, () => handler.frames.length === 3)
    expectAllBytes(handler.frames, [first, payload(7), payload(8)], 'frames after resume')
  })

  on('pause: the frames of the present chunk may follow, none is lost', async server => {
    const { dialer, handler } = await server.connect()
    handler.onFrame = () => handler.connection.pause()
    const frames = [first, payload(2), payload(3), payload(150_000), payload(4)]
    dialer.send(stream(frames))
    await until(handler, () => handler.frames.length > 0)
    while (handler.frames.length < frames.length) {
      const count = handler.frames.length
      handler.connection.resume()
      await until(handler, () => handler.frames.length > count)
    }
    expectAllBytes(handler.frames, frames, 'the frames that arrived')
  })

  on('end: what is queued is sent, then the connection closes, and nothing more is handed over', async server => {
    const { dialer, handler } = await server.connect()
    const block = payload(3 << 20)
    handler.onFrame = () => {
      handler.connection.write(block)
      handler.connection.end()
    }
    dialer.send(concat([framed(first), framed(payload(9))]))
    expectBytes(await dialer.receiveAll(), block, 'what was queued')
    await until(handler, () => handler.closings === 1)
    expectAllBytes(handler.frames, [first], 'frames')
    handler.connection.write(block)
    handler.connection.end()
    handler.connection.destroy()
  })

  on('destroy: closes at once, in the middle of a chunk too; what is queued is dropped', async server => {
    const { dialer, handler } = await server.connect()
    handler.onFrame = () => {
      while (handler.connection.write(payload(1 << 20)));
      handler.connection.destroy()
      handler.connection.destroy()
    }
    dialer.send(concat([framed(first), framed(payload(9))]))
    await until(handler, () => handler.closings === 1)
    expectAllBytes(handler.frames, [first], 'frames')
    expectEqual(server.listener.connectionCount, 0, 'connectionCount')
    await dialer.receiveAll()
  })

  on('closed: once, when the peer closes or breaks off, whatever was under way', async server => {
    const states: Readonly<Record<string, (dialer: TestDialer, handler: ConnectionRecorder) => Promise<void>>> = {
      silent: async () => {},
      'within a length': async dialer => dialer.send(Uint8Array.of(0, 0)),
      'within a frame': async dialer => dialer.send(framed(first).subarray(0, 20)),
      'within a mask': async dialer => dialer.send(ascii('stmk')),
      'after a frame': async (dialer, handler) => {
        dialer.send(framed(first))
        await until(handler, () => handler.frames.length === 1)
      },
      'with unsent replies': async (dialer, handler) => {
        dialer.send(framed(first))
        await until(handler, () => handler.frames.length === 1)
        while (handler.connection.write(payload(1 << 20)));
      },
    }
    for (const [state, reach] of Object.entries(states)) {
      for (const how of ['end', 'destroy'] as const) {
        const { dialer, handler } = await server.connect()
        await reach(dialer, handler)
        dialer[how]()
        await until(handler, () => handler.closings > 0)
        dialer.destroy()
        await server.turn()
        expectEqual(handler.closings, 1, `closed() calls after ${how}, ${state}`)
      }
    }
    expectEqual(server.listener.connectionCount, 0, 'connectionCount')
  })

  on(
    'limits: a connection above the number for one address is closed at once and counted',
    async server => {
      const kept = [await server.connect(), await server.connect()]
      expectEqual(await server.refused(), nobody, 'what a refused connection receives')
      expectEqual(server.listener.connectionCount, 2, 'connectionCount')
      expectEqual(server.listener.rejectedCount, 1, 'rejectedCount')
      kept[0].dialer.destroy()
      await until(kept[0].handler, () => kept[0].handler.closings === 1)
      await server.connect()
      expectEqual(server.listener.rejectedCount, 1, 'rejectedCount')
    },
    { connectionsPerAddressMax: 2 },
  )

  on(
    'limits: a connection above the number in all is closed at once and counted',
    async server => {
      await server.connect()
      expectEqual(await server.refused(), nobody, 'what a refused connection receives')
      expectEqual(await server.refused(), nobody, 'what a refused connection receives')
      expectEqual(server.listener.rejectedCount, 2, 'rejectedCount')
      expectEqual(server.listener.connectionCount, 1, 'connectionCount')
    },
    { connectionsMax: 1 },
  )

  on('deadline: a connection without a complete first frame is closed; others stay', async server => {
    const silent = await server.connect()
    const partial = await server.connect()
    partial.dialer.send(framed(first).subarray(0, 30))
    const halfMask = await server.connect()
    halfMask.dialer.send(ascii('stmk12'))
    const started = await server.connect()
    started.dialer.send(framed(first))
    await until(started.handler, () => started.handler.frames.length === 1)
    server.bench.advance(limits.firstFrameTimeoutMs - 1)
    await server.turn()
    for (const { handler } of [silent, partial, halfMask]) expectEqual(handler.closings, 0, 'closings before the time')
    server.bench.advance(1001)
    for (const { dialer, handler } of [silent, partial, halfMask]) {
      expectEqual(await dialer.receiveAll(), nobody, 'what a silent connection receives')
      await until(handler, () => handler.closings === 1)
      expect(handler.reason !== undefined, 'closed() should say why')
    }
    server.bench.advance(10 * limits.firstFrameTimeoutMs)
    started.dialer.send(framed(payload(2)))
    await until(started.handler, () => started.handler.frames.length === 2)
    expectEqual(started.handler.closings, 0, 'closings of the connection that spoke')
  })

  on('close: every connection is closed once, busy or idle, and nobody is accepted afterwards', async server => {
    const idle = await server.connect()
    const busy = await server.connect()
    busy.dialer.send(concat([framed(first), framed(payload(100_000)).subarray(0, 50_000)]))
    await until(busy.handler, () => busy.handler.frames.length === 1)
    while (busy.handler.connection.write(payload(1 << 20)));
    const asked = await server.connect()
    asked.dialer.send(ascii('mntr'))
    await until(asked.handler, () => asked.handler.words.length === 1)
    await Promise.all([server.listener.close(), server.listener.close()])
    for (const { handler } of [idle, busy, asked]) expectEqual(handler.closings, 1, 'closed() calls')
    expectEqual(server.listener.connectionCount, 0, 'connectionCount')
    await server.listener.close()
    const late = await server.bench.dial(server.address).then(
      dialer => dialer.receiveAll(),
      () => nobody,
    )
    expectEqual(late, nobody, 'what a late connection receives')
    expectEqual(server.handlers.length, 3, 'connections accepted')
  })

  on('close: may be called from within a frame', async server => {
    const { dialer, handler } = await server.connect()
    let closed: Promise<void> | undefined
    handler.onFrame = () => {
      closed = server.listener.close()
    }
    dialer.send(concat([framed(first), framed(first)]))
    await until(handler, () => handler.closings === 1)
    await closed
    expectEqual(handler.frames.length, 1, 'frames')
  })

  on('connection: says where it comes from', async server => {
    const { handler } = await server.connect()
    const { remoteAddress, remotePort, localPort, secure } = handler.connection
    expect(remoteAddress.length > 0 && !remoteAddress.startsWith('::ffff:'), `an address, found ${remoteAddress}`)
    expect(remotePort > 0, `a port, found ${remotePort}`)
    const expectedSecure = server.bench.secure ?? server.address.secure
    expectEqual([localPort, secure], [server.address.port, expectedSecure], 'local port and security')
  })

  movingContract(on)

  on('listen: a second time is refused', async server => {
    const again = server.listener.listen(limits, connection => new ConnectionRecorder(connection))
    const refused = await again.then(
      () => false,
      () => true,
    )
    expect(refused, 'listening twice should be refused')
  })
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, character => character.charCodeAt(0))
}
