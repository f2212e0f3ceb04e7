export { concat } from '../jute/concat.js'

import { concat } from '../jute/concat.js'
import type { ClientConnection, ConnectionHandler } from '../seams/client-listener.js'
import { expect, expectEqual } from './harness.js'

/** A handler that writes down what it is told, and which of the seam's rules were broken in the telling. */
export class ConnectionRecorder implements ConnectionHandler {
  /** Copies of the frames. */
  readonly frames: Uint8Array[] = []
  readonly words: { readonly text: string; readonly argument: Uint8Array }[] = []
  readonly violations: string[] = []
  endsOfChunk = 0
  /** Frames since the last end of a chunk. */
  sinceChunkEnd = 0
  drains = 0
  closings = 0
  reason: Error | undefined
  onFrame: () => void = () => {}
  private readonly waiters = new Set<() => void>()
  private inCall = ''

  constructor(readonly connection: ClientConnection) {}

  frame(bytes: Uint8Array, start: number, end: number): void {
    this.call('frame', () => {
      this.frames.push(bytes.slice(start, end))
      this.sinceChunkEnd++
      this.onFrame()
    })
  }

  endOfChunk(): void {
    this.call('endOfChunk', () => {
      this.endsOfChunk++
      this.sinceChunkEnd = 0
    })
  }

  word(text: string, argument: Uint8Array): void {
    this.call('word', () => {
      this.words.push({ text, argument: argument.slice() })
    })
  }

  drained(): void {
    this.call('drained', () => {
      this.drains++
      if (this.connection.unsentBytes > 0) this.violations.push('drained with bytes unsent')
    })
  }

  closed(reason?: Error): void {
    this.call('closed', () => {
      this.closings++
      this.reason = reason
    })
  }

  /** Runs `wake` after each call. */
  watch(wake: () => void): () => void {
    this.waiters.add(wake)
    return () => this.waiters.delete(wake)
  }

  private call(name: string, body: () => void): void {
    if (this.inCall !== '') this.violations.push(`${name} within ${this.inCall}`)
    if (this.closings > 0) this.violations.push(`${name} after closed`)
    const outer = this.inCall
    this.inCall = name
    try {
      body()
    } finally {
      this.inCall = outer
    }
    for (const wake of [...this.waiters]) wake()
  }
}

/** Resolves when `condition` holds, looked at after each call of the handler. */
export function until(recorder: ConnectionRecorder, condition: () => boolean): Promise<void> {
  return new Promise(resolve => {
    const stop = recorder.watch(() => {
      if (!condition()) return
      stop()
      resolve()
    })
    if (condition()) {
      stop()
      resolve()
    }
  })
}

/** A body of `length` bytes that differs from others of other lengths. */
export function payload(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let n = 0; n < length; n++) bytes[n] = (n * 31 + length + (n >> 8)) & 0xff
  return bytes
}

/** A frame: the body behind its length, or behind a wrong one. */
export function framed(body: Uint8Array, length = body.length): Uint8Array {
  const bytes = new Uint8Array(4 + body.length)
  new DataView(bytes.buffer).setInt32(0, length)
  bytes.set(body, 4)
  return bytes
}

/** Frames one behind the other. */
export function stream(bodies: readonly Uint8Array[]): Uint8Array {
  return concat(bodies.map(body => framed(body)))
}

/** Compares megabytes quickly and shows where they differ. */
export function expectBytes(actual: Uint8Array, expected: Uint8Array, message: string): void {
  const length = Math.min(actual.length, expected.length)
  for (let n = 0; n < length; n++) {
    if (actual[n] !== expected[n])
      expect(false, `${message}: byte ${n} is ${actual[n]}, expected ${expected[n]} (of ${expected.length} bytes)`)
  }
  expectEqual(actual.length, expected.length, `${message}: number of bytes`)
}

export function expectAllBytes(actual: readonly Uint8Array[], expected: readonly Uint8Array[], message: string): void {
  expectEqual(
    actual.map(bytes => bytes.length),
    expected.map(bytes => bytes.length),
    `${message}: their lengths`,
  )
  actual.forEach((bytes, index) => {
    expectBytes(bytes, expected[index], `${message}: number ${index}`)
  })
}
