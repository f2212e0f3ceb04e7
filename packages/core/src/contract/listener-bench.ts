import type { ClientListener, ListenAddress } from '../seams/client-listener.js'

/** The client's end of one connection, as raw as the medium gives it. */
export interface TestDialer {
  send(bytes: Uint8Array): void
  /**
   * The next `count` bytes from the server; rejects if the connection ends before. Nothing is read from
   * the medium while neither this nor {@link receiveAll} is under way.
   */
  receive(count: number): Promise<Uint8Array>
  /** All further bytes until the server has closed, however it did. */
  receiveAll(): Promise<Uint8Array>
  /** Closes the sending side only. */
  end(): void
  /** Breaks the connection at once, as a crash would. */
  destroy(): void
}

/** What an implementation hands the kit: one listener, not listening yet, for each test. */
export interface ListenerBench {
  readonly listener: ClientListener
  /** Whether the dialled connections are secure, where that is not the address's own `secure`. */
  readonly secure?: boolean
  /** Connects, as far as sending is possible (TLS: after the handshake). */
  dial(address: ListenAddress): Promise<TestDialer>
  /** Moves the time of the listener's clock. */
  advance(ms: number): void
  dispose(): Promise<void>
}
