/**
 * What a request fails with. Compare `code`, or test the class.
 */
import { KeeperCode, keeperCodeName } from '@menagerie/core/jute'

/** A refusal by the server, or the client's own word that no answer will come. */
export class KeeperError extends Error {
  override readonly name: string = 'KeeperError'
  /** The code's name in Apache's sources: `NoNode`. */
  readonly codeName: string

  /** @param detail what is added to the message, in parentheses */
  constructor(
    /** A `KeeperCode`; one that nobody knows stays a number. */
    readonly code: number,
    /** The operation: `setData`. */
    readonly operation: string,
    /** The path that the request named; empty where it names none. */
    readonly path: string,
    detail = '',
  ) {
    const codeName = keeperCodeName(code)
    super(`${operation}${path === '' ? '' : ` ${path}`}: ${codeName}${detail === '' ? '' : ` (${detail})`}`)
    this.codeName = codeName
  }
}

/** There is no such znode; for a create, none to create it below. */
export class NoNodeError extends KeeperError {
  override readonly name = 'NoNodeError'
}

/** There is such a znode already. */
export class NodeExistsError extends KeeperError {
  override readonly name = 'NodeExistsError'
}

/** A znode with children is not deleted. */
export class NotEmptyError extends KeeperError {
  override readonly name = 'NotEmptyError'
}

/** The ACL does not allow it to the identities of this connection. */
export class NoAuthError extends KeeperError {
  override readonly name = 'NoAuthError'
}

/** The server's word, or the client's before it asks: the message says what is wrong. */
export class BadArgumentsError extends KeeperError {
  override readonly name = 'BadArgumentsError'
}

/** The server takes no such ACL: it is empty, of a scheme that it does not know, or names no identity. */
export class InvalidAclError extends KeeperError {
  override readonly name = 'InvalidAclError'
}

/** An ephemeral znode has no children. */
export class NoChildrenForEphemeralsError extends KeeperError {
  override readonly name = 'NoChildrenForEphemeralsError'
}

/** The server is cut off from its quorum and serves reads only. */
export class NotReadOnlyError extends KeeperError {
  override readonly name = 'NotReadOnlyError'
}

/** This session has no such watch there. */
export class NoWatcherError extends KeeperError {
  override readonly name = 'NoWatcherError'
}

/** The server does not know the operation: it is older, or was told not to offer it. */
export class UnimplementedError extends KeeperError {
  override readonly name = 'UnimplementedError'
}

/** A hard quota above the znode is used up. */
export class QuotaExceededError extends KeeperError {
  override readonly name = 'QuotaExceededError'
}

/** The znode's version is not the one that the request asked for. */
export class BadVersionError extends KeeperError {
  override readonly name = 'BadVersionError'
  /** @param code BadVersion */
  constructor(
    code: number,
    operation: string,
    path: string,
    /** The version that the request asked for; undefined where it asked for none by itself (raw, multi). */
    readonly expectedVersion: number | undefined,
  ) {
    super(code, operation, path, expectedVersion === undefined ? '' : `expected version ${expectedVersion}`)
  }
}

/** The connection broke before the reply came: the server may have carried the request out, or not. */
export class ConnectionLossError extends KeeperError {
  override readonly name = 'ConnectionLossError'
  /** @param detail what is known of the reason */
  constructor(operation: string, path: string, detail = '') {
    super(KeeperCode.ConnectionLoss, operation, path, detail)
  }
}

/** The session is no more, and its ephemeral znodes and watches with it. The client is of no further use. */
export class SessionExpiredError extends KeeperError {
  override readonly name = 'SessionExpiredError'
  /** @param detail how it is known */
  constructor(operation: string, path: string, detail = '') {
    super(KeeperCode.SessionExpired, operation, path, detail)
  }
}

/** The client was closed by its owner. Carries SessionExpired, as Apache's client does. */
export class ClientClosedError extends KeeperError {
  override readonly name = 'ClientClosedError'
  /** @param operation what was asked of the closed client */
  constructor(operation: string, path: string) {
    super(KeeperCode.SessionExpired, operation, path, 'the client is closed')
  }
}

/** The server refused a credential, or a SASL login; or it could not prove that it knows the password of one. */
export class AuthFailedError extends KeeperError {
  override readonly name = 'AuthFailedError'
  /** @param detail what is known of the reason; never the credential */
  constructor(
    code: number,
    /** The credential's scheme. */
    readonly scheme: string,
    detail = '',
  ) {
    super(code, scheme === 'sasl' ? 'sasl' : 'addAuth', '', `scheme ${scheme}${detail === '' ? '' : `: ${detail}`}`)
  }
}

/** No reply within `requestTimeoutMs`. The connection was given up, since replies come in order. */
export class RequestTimeoutError extends KeeperError {
  override readonly name = 'RequestTimeoutError'
  /** @param timeoutMs the client's `requestTimeoutMs` */
  constructor(operation: string, path: string, timeoutMs: number) {
    super(KeeperCode.RequestTimeout, operation, path, `no reply within ${timeoutMs} ms`)
  }
}

/**
 * A transaction that was refused as a whole: nothing of it happened. `code` and `path` are those of the operation that
 * was refused, `cause` the error that it alone would have failed with (a {@link BadVersionError} with its version, say).
 */
export class MultiError extends KeeperError {
  override readonly name = 'MultiError'
  /** What was refused: `setData`. */
  readonly refused: string

  /** @param path of the operation that was refused */
  constructor(
    code: number,
    path: string,
    /** Which operation was refused, counted from 0. */
    readonly index: number,
    /** One code for each operation: 0 before the refused one, RuntimeInconsistency (-2) after it. */
    readonly codes: readonly number[],
    /** What the refused operation alone would have failed with. */
    override readonly cause: KeeperError,
  ) {
    super(code, 'multi', path, `operation ${index} of ${codes.length}, counted from 0: ${cause.message}`)
    this.refused = cause.operation
  }
}

type RefusalClass = new (code: number, operation: string, path: string) => KeeperError

const CLASSES = new Map<number, RefusalClass>([
  [KeeperCode.NoNode, NoNodeError],
  [KeeperCode.NodeExists, NodeExistsError],
  [KeeperCode.NotEmpty, NotEmptyError],
  [KeeperCode.NoAuth, NoAuthError],
  [KeeperCode.BadArguments, BadArgumentsError],
  [KeeperCode.InvalidACL, InvalidAclError],
  [KeeperCode.NoChildrenForEphemerals, NoChildrenForEphemeralsError],
  [KeeperCode.NotReadOnly, NotReadOnlyError],
  [KeeperCode.NoWatcher, NoWatcherError],
  [KeeperCode.Unimplemented, UnimplementedError],
  [KeeperCode.QuotaExceeded, QuotaExceededError],
])

/** The error for a code on the wire. */
export function keeperError(code: number, operation: string, path: string, expectedVersion?: number): KeeperError {
  if (code === KeeperCode.BadVersion) return new BadVersionError(code, operation, path, expectedVersion)
  if (code === KeeperCode.SessionExpired) return new SessionExpiredError(operation, path)
  if (code === KeeperCode.ConnectionLoss) return new ConnectionLossError(operation, path)
  const Refusal = CLASSES.get(code) ?? KeeperError
  return new Refusal(code, operation, path)
}
