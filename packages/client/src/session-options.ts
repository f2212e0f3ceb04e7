/** What a session is started with, and how it can stand. */
import type { Clock, Random } from '@menagerie/core'
import type { DigestMd5Login } from '@menagerie/core/sasl'
import type { Credential } from './operations/index.js'
import type { ReconnectOptions } from './options.js'
import type { Dialer, ServerAddress } from './transport.js'

/**
 * How a client stands. `closed` is final; so is `authFailed` (the server refused a credential or a login that belongs to
 * every connection), and `expired` unless the session is renewed.
 */
export type ClientState = 'connected' | 'suspended' | 'expired' | 'authFailed' | 'closed'

export interface SessionOptions {
  readonly servers: readonly ServerAddress[]
  /** Taken off the paths of events. */
  readonly chroot: string
  readonly timeoutMs: number
  readonly readOnly: boolean
  readonly auth: readonly Credential[]
  readonly id: bigint
  readonly password: Uint8Array
  readonly lastZxidSeen: number
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number | undefined
  readonly reconnect: Required<ReconnectOptions> | undefined
  readonly frameBytesMax: number
  readonly sasl: DigestMd5Login | undefined
  readonly random: Random
  readonly dialer: Dialer
  readonly clock: Clock
  /** Take a new session in place of an expired one. */
  readonly renew: boolean
}
