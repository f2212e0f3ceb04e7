/** Holds the options of `connect` against what they can be, before anybody is dialled. */
import { MenagerieError } from '@menagerie/core'
import type { Credential } from './operations/index.js'
import type { ClientOptions } from './options.js'

/** What a timer can wait. */
const TIMER_MAX_MS = 0x7fff_ffff

/** @throws MenagerieError with code CONFIG_INVALID, for the first option that cannot be */
export function checkOptions(options: ClientOptions): void {
  const { reconnect, session } = options
  whole('sessionTimeoutMs', options.sessionTimeoutMs, 1)
  whole('connectTimeoutMs', options.connectTimeoutMs, 1)
  whole('requestTimeoutMs', options.requestTimeoutMs, 1)
  whole('frameBytesMax', options.frameBytesMax, 1)
  whole('lastZxidSeen', options.lastZxidSeen, 0, Number.MAX_SAFE_INTEGER)
  if (reconnect !== undefined && reconnect !== false) {
    whole('reconnect.initialDelayMs', reconnect.initialDelayMs, 0)
    whole('reconnect.maxDelayMs', reconnect.maxDelayMs, 0)
  }
  for (const [index, credential] of (options.auth ?? []).entries()) checkCredential(index, credential)
  if (session !== undefined && !(typeof session.id === 'bigint' && session.password instanceof Uint8Array)) {
    throw invalid('session must be { id, password } of a bigint and a Uint8Array, as `client.session` gives them')
  }
}

function whole(name: string, value: unknown, least: number, most = TIMER_MAX_MS): void {
  if (value === undefined) return
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return
  const found = typeof value === 'string' ? `'${value}'` : String(value)
  throw invalid(`${name} must be a whole number from ${least} to ${most}, found ${found}`)
}

function checkCredential(index: number, { scheme, credential }: Credential): void {
  if (typeof scheme !== 'string') throw invalid(`auth[${index}] has no scheme, such as 'digest'`)
  // What was found is a secret.
  if (!(credential instanceof Uint8Array)) throw invalid(`the credential of auth[${index}] must be a Uint8Array`)
}

function invalid(why: string): MenagerieError {
  return new MenagerieError('CONFIG_INVALID', `connect: ${why}`)
}
