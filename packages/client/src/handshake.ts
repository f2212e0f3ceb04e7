/** The first frame each way. */
import { ConnectRequest, ConnectResponse, JuteReader, JuteWriter, putInt } from '@menagerie/core/jute'

/** What the client asks for. */
export interface Hello {
  readonly lastZxidSeen: number
  readonly timeoutMs: number
  /** 0 for a new session. */
  readonly sessionId: bigint
  readonly password: Uint8Array
  /** Whether a server that is cut off from its quorum will do. */
  readonly readOnly: boolean
}

/** What the server grants. */
export interface Welcome {
  /** 0 or less: the session is unknown, expired, or the password is wrong. */
  readonly timeoutMs: number
  readonly sessionId: bigint
  readonly password: Uint8Array
  /** The server is read-only. False from servers that leave the byte out. */
  readonly readOnly: boolean
}

/** The connect request with its length, with the readOnly byte that clients append since 3.4. */
export function encodeHello(hello: Hello): Uint8Array {
  const writer = new JuteWriter(64)
  writer.int(0)
  ConnectRequest.write(writer, {
    protocolVersion: 0,
    lastZxidSeen: hello.lastZxidSeen,
    timeOut: hello.timeoutMs,
    sessionId: hello.sessionId,
    passwd: hello.password,
  })
  writer.bool(hello.readOnly)
  putInt(writer.bytes, 0, writer.position - 4)
  return writer.take()
}

/** Reads a connect response of either form: 36 bytes, or 37 with the readOnly byte. */
export function decodeWelcome(bytes: Uint8Array, start: number, end: number): Welcome {
  const reader = new JuteReader(bytes, start, end)
  const response = ConnectResponse.read(reader)
  return {
    timeoutMs: response.timeOut,
    sessionId: response.sessionId,
    password: new Uint8Array(response.passwd ?? []),
    readOnly: reader.remaining > 0 && reader.bool(),
  }
}
