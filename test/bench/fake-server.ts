/**
 * A server that answers every request with a frame prepared beforehand. Driving it measures the load generator
 * itself: no server can be shown to be faster than this. It keeps no tree; the requests that set and fire the watches
 * of the notification row it knows by their lengths, since it reads no bodies.
 *
 * Run as a process of its own: `node fake-server.js PORT`.
 */
import net from 'node:net'
import { OpCode, putInt } from '@menagerie/core/jute'
import { FrameScanner, REQUEST_HEAD, readInt } from './frame-scanner.js'
import { CHANGE_FRAME, WATCH_FRAME } from './sessions.js'

const STAT_LENGTH = 68
const DATA_REPLY = replyOf(4 + 1024 + STAT_LENGTH, 1024)
const STAT_REPLY = replyOf(STAT_LENGTH, 0)
const EMPTY_REPLY = replyOf(0, 0)
const CONNECT_REPLY = connectReply()

/** A notification as far as its header goes. */
const EVENT = replyOf(4 + 4 + 4 + 8, 3)
EVENT.writeInt32BE(-1, 4)
const watchers = new Set<net.Socket>()

/** A reply with err 0 and a body of zeros that starts with one integer. */
function replyOf(bodyLength: number, first: number): Buffer {
  const frame = Buffer.alloc(20 + bodyLength)
  frame.writeInt32BE(16 + bodyLength, 0)
  if (bodyLength > 0) frame.writeInt32BE(first, 20)
  return frame
}

/** As replyOf, but a connect response: protocol, timeout, session id, password. */
function connectReply(): Buffer {
  const frame = Buffer.alloc(4 + 4 + 4 + 8 + 4 + 16 + 1)
  frame.writeInt32BE(frame.length - 4, 0)
  frame.writeInt32BE(40_000, 8)
  frame.writeInt32BE(16, 20)
  return frame
}

function templateOf(type: number): Buffer {
  if (type === OpCode.getData) return DATA_REPLY
  if (type === OpCode.closeSession) return EMPTY_REPLY
  return STAT_REPLY
}

/** One connection. Replies are gathered, and written once per chunk. */
function serve(socket: net.Socket): void {
  let greeted = false
  let ending = false
  let length = 0
  let out = Buffer.allocUnsafe(64 * 1024)
  const scanner = new FrameScanner(REQUEST_HEAD, (bytes, at, requestLength) => {
    const template = greeted ? templateOf(readInt(bytes, at + 8)) : CONNECT_REPLY
    if (length + template.length > out.length) flush()
    template.copy(out, length)
    if (greeted) putInt(out, length + 4, readInt(bytes, at + 4))
    length += template.length
    if (requestLength === WATCH_FRAME.length - 4) watchers.add(socket)
    if (requestLength === CHANGE_FRAME.length - 4) fire()
    if (template === EMPTY_REPLY) ending = true
    greeted = true
  })
  function flush(): void {
    if (length === 0) return
    socket.write(out.subarray(0, length))
    // The socket may not be done with those bytes yet.
    out = Buffer.allocUnsafe(out.length)
    length = 0
  }
  socket.on('data', (chunk: Buffer) => {
    scanner.push(chunk, chunk.length)
    flush()
    if (ending) socket.end()
  })
  socket.on('close', () => watchers.delete(socket))
  socket.on('error', () => {})
}

function fire(): void {
  for (const watcher of watchers) watcher.write(EVENT)
  watchers.clear()
}

net.createServer({ noDelay: true }, serve).listen(Number(process.argv[2]), '127.0.0.1', 4096)
