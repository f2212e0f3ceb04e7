/**
 * How the client reaches a server: the one thing that differs between sockets and a simulation.
 */

/** Where a server is. */
export interface ServerAddress {
  /** A name or an address, IPv6 without brackets. */
  readonly host: string
  /** From 1 to 65535. */
  readonly port: number
}

/** What the client does with one link. Calls never nest, and stop after `closed`. */
export interface LinkHandler {
  /** The link stands: bytes may be written. */
  open(): void
  /** Bytes that arrived, in order: `bytes[start, end)`. The array is the link's again when the call returns. */
  data(bytes: Uint8Array, start: number, end: number): void
  /** The link is gone or never came to be. Called exactly once. */
  closed(error?: Error): void
}

/** A byte stream to one server. Delivers in order and without gaps until it closes. */
export interface Link {
  /**
   * Sends bytes. True: the array is the caller's again. False: the link keeps it. Bytes written to a
   * link that has closed are dropped.
   */
  write(bytes: Uint8Array): boolean
  /** Closes at once and drops what has not been sent; `closed` follows in a later turn. Twice is fine. */
  destroy(): void
}

/** Opens links. `dial` never throws and calls the handler only after it has returned. */
export interface Dialer {
  /** Begins to connect and returns at once; the handler is told what becomes of it, never before this returns. */
  dial(address: ServerAddress, handler: LinkHandler): Link
}
