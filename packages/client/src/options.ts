import type { ConnectionOptions as TlsOptions } from 'node:tls'
import type { Clock, Random } from '@menagerie/core'
import type { DigestMd5Login } from '@menagerie/core/sasl'
import type { Credential } from './operations/index.js'
import type { Dialer } from './transport.js'

/** A session that exists already, to go on with. */
export interface SessionTicket {
  /** 64 bits, signed. */
  readonly id: bigint
  /** 16 bytes, as the server gave them. */
  readonly password: Uint8Array
}

/** Waiting times between rounds over the server list. Within a round the next server is tried at once. */
export interface ReconnectOptions {
  /** After the first round that reached no server. Default 50. Spread from half of it up, by the session's id. */
  readonly initialDelayMs?: number
  /** The delay doubles up to this. Default 5000. */
  readonly maxDelayMs?: number
}

/** For `connect`. What cannot be (a negative time, a credential that is no bytes) is refused with CONFIG_INVALID. */
export interface ClientOptions {
  /** `host:port,host:port/chroot`. */
  readonly servers: string
  /**
   * Try the servers in a random order, so that many clients of one list spread over it. Default true;
   * false: in the order given.
   */
  readonly shuffleServers?: boolean
  /**
   * When the session has expired, go on with a new one by itself: the state becomes `expired` and then
   * `connected`, requests made since wait for it, and all watches are set again and told of what they missed.
   * Ephemeral znodes are gone. Default false: `expired` is final.
   */
  readonly renewSession?: boolean
  /** What the client asks for; the server decides. Default 30000. */
  readonly sessionTimeoutMs?: number
  /** Be content with a server that is cut off from its quorum and serves reads only. Default false. */
  readonly readOnly?: boolean
  /** Credentials to present on every connection, before anything else. */
  readonly auth?: readonly Credential[]
  /**
   * Log in by SASL DIGEST-MD5 on every connection, before anything else is sent: as a user of the server's JAAS file.
   * The identity is `sasl:username`. Rejects with {@link AuthFailedError} where the server refuses it, and where it
   * offers no SASL or cannot prove that it knows the password: the state is `authFailed` then, for good.
   */
  readonly sasl?: DigestMd5Login
  /** Go on with this session instead of a new one. */
  readonly session?: SessionTicket
  /** The newest transaction that this session has seen: a server that is behind it is passed over. Default 0. */
  readonly lastZxidSeen?: number
  /**
   * For one server: from dialling to the answer of its handshake. Default: the session timeout divided by the number of
   * servers, so that a round is over before the session is; at least 1000, at most 10000.
   */
  readonly connectTimeoutMs?: number
  /**
   * How long a request may wait for its reply, or for a connection. When one waits longer the connection
   * is given up, since replies come in order. Default: for ever.
   */
  readonly requestTimeoutMs?: number
  /** Connect again by itself when a connection is lost. Default: with the delays of {@link ReconnectOptions}. */
  readonly reconnect?: ReconnectOptions | false
  /** Connect by TLS: the options of Node's `tls.connect`. */
  readonly tls?: TlsOptions
  /** Gives up connecting for the first time. Of no effect afterwards. */
  readonly signal?: AbortSignal
  /** The longest reply that is accepted. Default 64 MiB. */
  readonly frameBytesMax?: number
  /** How servers are reached. Default: Node's sockets. */
  readonly dialer?: Dialer
  /** Where time comes from. Default: the platform. */
  readonly clock?: Clock
  /** Where chance comes from: the order of servers, the names of protected creates. Default: the platform. */
  readonly random?: Random
}
