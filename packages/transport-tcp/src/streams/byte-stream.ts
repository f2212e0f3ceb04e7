/** One accepted connection as a stream of bytes, whatever of Node.js carries it. */
export interface ByteStream {
  /** Starts to read. Called once. */
  start(events: StreamEvents): void
  /** Bytes that were handed over and have not left the process. */
  readonly unsentBytes: number
  /** True: the bytes have left, and the array is the caller's again. False: {@link StreamEvents.drained} will follow. */
  write(bytes: Uint8Array): boolean
  /** Stops reading; a chunk that was read already still arrives. */
  pause(): void
  resume(): void
  /** Closes the sending side once all is sent, and the stream when the peer has closed its side too. */
  end(): void
  /** Closes at once. */
  destroy(): void
}

/** What a stream tells: nothing but {@link failed} from within a call of the stream, and nothing after {@link closed}. */
export interface StreamEvents {
  /** Bytes that were read. The array may be overwritten when the call has returned. */
  received(chunk: Uint8Array): void
  /** The peer sends nothing more. */
  peerEnded(): void
  /** Why {@link closed} follows. */
  failed(error: Error): void
  /** All has been sent, after a `write` that returned false. */
  drained(): void
  closed(): void
}
