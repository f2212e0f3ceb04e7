import { KeeperCode, keeperCodeName } from '@menagerie/core/jute'
import { ClientClosedError, KeeperError } from '../errors.js'

/** Codes under node-zookeeper-client's names. Those it has no name for keep Apache's. */
const CODES = {
  OK: 0,
  SYSTEM_ERROR: -1,
  RUNTIME_INCONSISTENCY: -2,
  DATA_INCONSISTENCY: -3,
  CONNECTION_LOSS: -4,
  MARSHALLING_ERROR: -5,
  UNIMPLEMENTED: -6,
  OPERATION_TIMEOUT: -7,
  BAD_ARGUMENTS: -8,
  API_ERROR: -100,
  NO_NODE: -101,
  NO_AUTH: -102,
  BAD_VERSION: -103,
  NO_CHILDREN_FOR_EPHEMERALS: -108,
  NODE_EXISTS: -110,
  NOT_EMPTY: -111,
  SESSION_EXPIRED: -112,
  INVALID_CALLBACK: -113,
  INVALID_ACL: -114,
  AUTH_FAILED: -115,
} as const

const NAMES = new Map<number, string>(Object.entries(CODES).map(([name, code]) => [code, name]))

class ExceptionClass extends Error {
  override readonly name: string
  constructor(
    readonly code: number,
    readonly path?: string,
    options?: ErrorOptions,
  ) {
    const name = NAMES.get(code) ?? keeperCodeName(code)
    super(`Exception: ${name}[${code}]${path ? `@${path}` : ''}`, options)
    this.name = name
  }

  getCode(): number {
    return this.code
  }

  getName(): string {
    return this.name
  }

  getPath(): string | undefined {
    return this.path
  }

  override toString(): string {
    return this.message
  }

  static create(code: number, path?: string): Exception {
    return new ExceptionClass(code, path)
  }
}

/** What a callback gets as its error. */
export type Exception = ExceptionClass
/** What a callback is given as its error, with the client's own error as `cause`. */
export const Exception = Object.assign(ExceptionClass, CODES)

/** The exception for whatever a request failed with. */
export function exceptionOf(error: unknown): Exception {
  if (error instanceof ExceptionClass) return error
  const cause = { cause: error }
  if (error instanceof ClientClosedError) return new ExceptionClass(KeeperCode.ConnectionLoss, undefined, cause)
  // Without the path, as there: the cause has it.
  if (error instanceof KeeperError) return new ExceptionClass(error.code, undefined, cause)
  const marshalling = error instanceof Error && error.name === 'MarshallingError'
  return new ExceptionClass(marshalling ? KeeperCode.MarshallingError : KeeperCode.SystemError, undefined, cause)
}
