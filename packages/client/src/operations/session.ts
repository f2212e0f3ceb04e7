/** Who the client is, and the end of the session. */
import { AuthPacket, type ClientInfo, OpCode, WhoAmIResponse } from '@menagerie/core/jute'
import { AuthFailedError } from '../errors.js'
import type { Operation } from '../request.js'
import { checkBytes, kindOf, readNothing } from './bodies.js'

/** A credential; `extra` of an auth request. */
export interface Credential {
  /** `digest`, say. */
  readonly scheme: string
  /** What the scheme asks for: `user:password` in UTF-8 for `digest`. */
  readonly credential: Uint8Array
}

export const AUTH: Operation<void> = {
  opcode: OpCode.auth,
  name: 'addAuth',
  encode(writer, request) {
    const { scheme, credential } = request.extra as Credential
    if (typeof scheme !== 'string') throw new TypeError(`addAuth: scheme must be a string, found ${kindOf(scheme)}`)
    checkBytes(request, 'credential', credential)
    AuthPacket.write(writer, { type: 0, scheme, auth: credential })
  },
  decode: readNothing,
  failure: (code, request) => new AuthFailedError(code, (request.extra as Credential).scheme),
}

export const WHO_AM_I: Operation<ClientInfo[]> = {
  opcode: OpCode.whoAmI,
  name: 'whoAmI',
  encode: readNothing,
  decode: reader => WhoAmIResponse.read(reader).clientInfo ?? [],
}

export const CLOSE_SESSION: Operation<void> = {
  opcode: OpCode.closeSession,
  name: 'close',
  encode: readNothing,
  decode: readNothing,
}
