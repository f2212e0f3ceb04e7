import type { ConnectionHandler } from '@menagerie/core'
import { OpCode } from '@menagerie/core/jute'
import type { ExpectedMutation } from './index.js'
import { wrap } from './wrap.js'

export const connectionMutations: readonly ExpectedMutation[] = [
  {
    name: 'sends replies ahead of the events of one turn',
    seedsMax: 10,
    connection: connection =>
      wrap(connection, {
        write(bytes) {
          const frames = framesOf(bytes)
          const isEvent = (frame: Uint8Array): boolean => frame.length >= 8 && intAt(frame, 4) === -1
          return connection.write(joined([...frames.filter(frame => !isEvent(frame)), ...frames.filter(isEvent)]))
        },
      }),
  },
  {
    name: 'handles one request in twenty twice',
    seedsMax: 10,
    handler(handler, { random }) {
      let first = true
      return wrap<ConnectionHandler>(handler, {
        frame(bytes, start, end) {
          handler.frame(bytes, start, end)
          if (!first && random.chance(0.05)) handler.frame(bytes, start, end)
          first = false
        },
      })
    },
  },
  {
    name: 'handles requests that arrive together in another order',
    seedsMax: 20,
    handler(handler) {
      let held: [bytes: Uint8Array, start: number, end: number] | null = null
      let first = true
      return wrap<ConnectionHandler>(handler, {
        frame(bytes, start, end) {
          const isRead = !first && intAt(bytes, start + 4) === OpCode.sync
          first = false
          if (isRead && held === null) {
            held = [bytes, start, end]
            return
          }
          handler.frame(bytes, start, end)
          if (held !== null) handler.frame(...held)
          held = null
        },
        endOfChunk() {
          if (held !== null) handler.frame(...held)
          held = null
          handler.endOfChunk()
        },
      })
    },
  },
  {
    name: 'does not tell what changed while a client was away',
    seedsMax: 60,
    handler: handler =>
      wrap<ConnectionHandler>(handler, {
        frame(bytes, start, end) {
          const view = new DataView(bytes.buffer, bytes.byteOffset)
          // relativeZxid of setWatches2: far in the future, so that nothing seems to have changed since.
          if (end - start > 16 && view.getInt32(start + 4) === OpCode.setWatches2) view.setInt32(start + 8, 0x1000)
          handler.frame(bytes, start, end)
        },
      }),
  },
  {
    name: 'loses a session when its connection breaks',
    seedsMax: 20,
    handler: handler =>
      wrap<ConnectionHandler>(handler, {
        closed(reason) {
          const close = new Uint8Array(8)
          new DataView(close.buffer).setInt32(4, OpCode.closeSession)
          handler.frame(close, 0, 8)
          handler.closed(reason)
        },
      }),
  },
]

function intAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(at)
}

function framesOf(bytes: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + intAt(bytes, at)
    frames.push(bytes.subarray(at, end))
    at = end
  }
  return frames
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}
