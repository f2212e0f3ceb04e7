import type { InjectionToken } from 'tsyringe'

/** What is known of the other end before it says anything. */
export interface ConnectionInfo {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localPort: number
  /** Arrived over TLS. */
  readonly secure: boolean
  /** The verified client certificate, if TLS asked for one. */
  readonly certificate?: ClientCertificate
}

/** A client's certificate that the trust store has vouched for. */
export interface ClientCertificate {
  /** Distinguished name in RFC 2253 form, most specific attribute first, as Java prints it. */
  readonly subject: string
  /** Of whoever signed it, in the same form. */
  readonly issuer: string
}

/** One accepted connection, as the kernel sees it. */
export interface ClientConnection extends ConnectionInfo {
  /**
   * Sends bytes. True: they have left the process and the caller may reuse the array. False: the
   * connection keeps the array until it has sent it, and {@link ConnectionHandler.drained} will say
   * when all is out.
   */
  write(bytes: Uint8Array): boolean
  /** Bytes handed over and not yet sent: what back-pressure is decided by. */
  readonly unsentBytes: number
  /** Stops reading: no frame arrives until {@link resume}. Frames of the present chunk still may. */
  pause(): void
  /** Reads again. */
  resume(): void
  /**
   * Sends what is queued, then closes; reads nothing more. {@link ConnectionHandler.closed} follows, though
   * perhaps only when the peer has closed its side too or has taken too long to do so.
   */
  end(): void
  /** Closes at once and drops what is queued. {@link ConnectionHandler.closed} follows. */
  destroy(): void
}

/** What the kernel does with one connection. Calls never nest and stop after `closed`. */
export interface ConnectionHandler {
  /**
   * One frame without its length: `bytes[start, end)`, until the call returns. The listener may write over the array
   * then: whoever keeps something copies it. The first frame is the connect request.
   */
  frame(bytes: Uint8Array, start: number, end: number): void
  /** All frames of one socket read have been handed over: replies may be sent. */
  endOfChunk(): void
  /**
   * The connection's first four bytes were not a length but lowercase ASCII letters: a four-letter word
   * (or an unknown one). `argument` is the eight bytes that follow `stmk`, and empty for the others.
   * Nothing more is read. The handler answers with `write` and `end`, or only ends; the peer may have
   * closed its sending side by then, which is no reason for `closed`.
   */
  word(text: string, argument: Uint8Array): void
  /** Everything written has been sent, after a `write` that returned false. */
  drained(): void
  /** The connection is gone, for whatever reason. Called exactly once. */
  closed(reason?: Error): void
}

/** An address that is bound, with the port that the system chose where 0 was asked for. */
export interface ListenAddress {
  /** As it was asked for: an address, or a name. */
  readonly host: string
  readonly port: number
  /** Whether TLS is accepted there, and nothing else. */
  readonly secure: boolean
}

/** Limits that the kernel's configuration sets for every listener. */
export interface ListenerLimits {
  /** The longest frame (jute.maxbuffer); a longer one, or a negative length, closes the connection. */
  readonly frameBytesMax: number
  /** Connections from one address (maxClientCnxns), 0 for no limit. */
  readonly connectionsPerAddressMax: number
  /** All connections (maxCnxns), 0 for no limit. */
  readonly connectionsMax: number
  /** How long a connection may stay without a first complete frame before it is closed. */
  readonly firstFrameTimeoutMs: number
}

/** Accepts clients, cuts their bytes into frames, holds the limits. Knows nothing of what frames mean. */
export interface ClientListener {
  /**
   * Starts to accept; resolves once every address is bound, with the addresses as bound (a port of 0
   * becomes a real one). @throws LISTEN_FAILED naming address and cause; nothing stays bound then.
   */
  listen(limits: ListenerLimits, accept: (connection: ClientConnection) => ConnectionHandler): Promise<ListenAddress[]>
  /**
   * Accepts at another address in the place of `from`, one of those that {@link listen} gave and not `secure`; connections
   * that are open stay. Resolves with the address as bound. A listener without it keeps its addresses until the next start.
   * @throws LISTEN_FAILED clients are accepted where they were
   */
  move?(from: ListenAddress, to: { readonly host: string; readonly port: number }): Promise<ListenAddress>
  /** Connections that are open. */
  readonly connectionCount: number
  /** Connections refused for a limit since the start. */
  readonly rejectedCount: number
  /** Stops accepting and destroys every connection; resolves when all are closed. Twice is fine. */
  close(): Promise<void>
}

/** Where the server looks for its way to clients. */
export const CLIENT_LISTENER: InjectionToken<ClientListener> = Symbol.for('menagerie.ClientListener')
