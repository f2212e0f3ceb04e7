/** A standalone server with ticks of 500 ms and TTL znodes allowed; tests take it and do not ask whose it is. */
export interface RealServer {
  readonly port: number
  /** Ends the server; resolves when it is gone. The data stays for {@link RealServer.start}. */
  stop(): Promise<void>
  /** Starts it again, on the same port and data. */
  start(): Promise<void>
  /** Ends the server and removes its data. */
  dispose(): Promise<void>
}
