/** SASL DIGEST-MD5 as the last part of a connection's handshake. */
import type { Random } from '@menagerie/core'
import { JuteReader, JuteWriter, KeeperCode, OpCode, putInt } from '@menagerie/core/jute'
import { DigestMd5Client, type DigestMd5Login } from '@menagerie/core/sasl'
import { AuthFailedError } from './errors.js'

/** No ordinary request has this xid, and servers count none of it as outstanding. */
const SASL_XID = 0

/** The exchange on one connection. It begins when the session is welcomed, and nothing else is sent before its end. */
export class SaslLogin {
  readonly #exchange: DigestMd5Client

  constructor(login: DigestMd5Login, random: Random) {
    this.#exchange = new DigestMd5Client({ ...login, random })
  }

  /** The first frame to send. */
  begin(): Uint8Array {
    return saslRequest(this.#exchange.begin())
  }

  /**
   * Takes the server's reply; returns the next frame to send, or null when both sides have proved who they are.
   * @throws AuthFailedError the server refused, or is not who it should be
   * @throws Error the frame is no reply of the exchange: the stream cannot be trusted
   */
  reply(bytes: Uint8Array, start: number, end: number): Uint8Array | null {
    const reader = new JuteReader(bytes, start, end)
    const xid = reader.int()
    reader.long()
    const code = reader.int()
    if (xid !== SASL_XID) throw new Error(`reply to request ${xid}, expected one of the SASL exchange`)
    // Some servers send no body with an error.
    if (code !== KeeperCode.Ok) throw new AuthFailedError(code, 'sasl', 'the server refused user name or password')
    const step = this.#exchange.step(reader.buffer())
    if (step.type === 'failed') throw new AuthFailedError(KeeperCode.AuthFailed, 'sasl', step.reason)
    return step.type === 'send' ? saslRequest(step.token) : null
  }
}

function saslRequest(token: Uint8Array): Uint8Array {
  const writer = new JuteWriter(64)
  writer.int(0)
  writer.int(SASL_XID)
  writer.int(OpCode.sasl)
  writer.buffer(token)
  putInt(writer.bytes, 0, writer.position - 4)
  return writer.take()
}
