import type { Socket } from 'node:net'
import { type Clock, FrameDecoder, type FrameSink } from '@menagerie/core'
import { putInt } from '@menagerie/core/jute'
import type { LastWords } from './last-words.js'

/** The longest message that Apache takes (PACKETMAXSIZE). */
export const VOTE_BYTES_MAX = 512 * 1024
const LENGTH_BYTES = 4

export interface VoteEvents {
  vote(message: Uint8Array): void
  /** The socket takes the next message. */
  writable(): void
  /** Once, unless {@link VoteConnection.close} came first. */
  lost(reason: string): void
  /** The peer has sent what is no message; {@link lost} follows. */
  malformed(fault: string): void
}

/** A connection of the election plane whose other end is known: messages behind their lengths, both ways. */
export class VoteConnection implements FrameSink {
  private readonly decoder = new FrameDecoder({ frameBytesMax: VOTE_BYTES_MAX })
  private closed = false
  /** Whether a message has come. */
  heard = false
  private readonly since: number
  /** When the first message was sent that nothing has been heard after. */
  private unansweredSince: number | undefined

  constructor(
    private readonly socket: Socket,
    private readonly clock: Clock,
    private readonly lastWords: LastWords,
    private readonly events: VoteEvents,
  ) {
    this.since = clock.monotonic()
    socket.on('error', error => this.lose(error.message))
    socket.on('end', () => this.lose('the peer closed it'))
    socket.on('close', () => this.lose('it was closed'))
    socket.on('drain', () => events.writable())
  }

  /** Starts to read. `rest`: what came behind the initial message. */
  start(rest: Uint8Array): void {
    this.socket.on('data', chunk => this.received(chunk))
    this.socket.resume()
    if (rest.length > 0) this.received(rest)
  }

  get ageMs(): number {
    return this.clock.monotonic() - this.since
  }

  /** How long ago the first message was sent that nothing has been heard after; undefined: there is none. */
  get silentMs(): number | undefined {
    return this.unansweredSince === undefined ? undefined : this.clock.monotonic() - this.unansweredSince
  }

  /** Sends the message; false: an earlier one is still under way, and {@link VoteEvents.writable} will tell. */
  offer(message: Uint8Array): boolean {
    if (this.closed || this.socket.writableNeedDrain) return false
    this.unansweredSince ??= this.clock.monotonic()
    this.socket.write(framed(message))
    return true
  }

  /** Sends what the socket has taken, then closes. */
  close(): void {
    if (this.closed) return
    this.closed = true
    this.decoder.stop()
    this.lastWords.close(this.socket)
  }

  frame(bytes: Uint8Array, start: number, end: number): void {
    this.heard = true
    this.events.vote(bytes.subarray(start, end))
  }

  /** A length that reads as a four-letter word is no length. */
  word(text: string): void {
    this.malformed(`the text ${text} instead of a message's length`)
  }

  private received(chunk: Uint8Array): void {
    if (this.closed) return
    this.unansweredSince = undefined
    this.decoder.push(chunk, this)
    if (this.decoder.fault !== undefined) this.malformed(this.decoder.fault)
  }

  private malformed(fault: string): void {
    this.events.malformed(fault)
    this.lose(fault)
  }

  private lose(reason: string): void {
    if (this.closed) return
    this.closed = true
    this.decoder.stop()
    this.socket.destroy()
    this.events.lost(reason)
  }
}

function framed(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(LENGTH_BYTES + message.length)
  putInt(bytes, 0, message.length)
  bytes.set(message, LENGTH_BYTES)
  return bytes
}
