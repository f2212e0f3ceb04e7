import type { Socket } from 'node:net'
import { HandleStream } from './handle-stream.js'
import { findStreamBinding, type StreamBinding, type TcpHandle, takeHandle, type WriteRequest } from './node-handles.js'

/** As much as Node.js and libuv read at once. */
const READ_BYTES = 64 * 1024

/** What the {@link HandleStream}s of a listener, or of the links between peers, have in common. */
export class HandleStreams {
  /** What any of them reads goes here: it is used up before another one reads. */
  readonly buffer = new Uint8Array(READ_BYTES)
  /** Whether some bytes of the last {@link write} have to wait: its array is not free yet. */
  lastWriteWaits = false
  private spare: WriteRequest

  private constructor(readonly binding: StreamBinding) {
    this.spare = binding.newWrite()
  }

  /** Undefined where this Node.js does not give what they need. */
  static find(): HandleStreams | undefined {
    const binding = findStreamBinding()
    return binding && new HandleStreams(binding)
  }

  stream(handle: TcpHandle): HandleStream {
    return new HandleStream(handle, this)
  }

  /** Takes a connection over from its socket; undefined where {@link takeHandle} cannot. */
  takeOver(socket: Socket): HandleStream | undefined {
    const handle = takeHandle(socket)
    return handle && this.stream(handle)
  }

  /**
   * Returns 0 or a negative error number. A write that leaves at once, as nearly all do, gives its request back for the
   * next one; of another `done` is told.
   */
  write(handle: TcpHandle, bytes: Uint8Array, done: NonNullable<WriteRequest['oncomplete']>): number {
    const { spare, binding } = this
    const status = handle.writeBuffer(spare, bytes)
    this.lastWriteWaits = status === 0 && binding.lastWriteWaits()
    if (this.lastWriteWaits) {
      spare.bytes = bytes
      spare.oncomplete = done
      this.spare = binding.newWrite()
    }
    return status
  }

  /** What {@link TcpHandle.shutdown} returns. */
  shutdown(handle: TcpHandle, done: () => void): number {
    const request = this.binding.newShutdown()
    request.oncomplete = done
    return handle.shutdown(request)
  }
}
