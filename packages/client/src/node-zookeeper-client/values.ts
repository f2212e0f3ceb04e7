/** The constants and value classes of node-zookeeper-client, under its names. */
import assert from 'node:assert'

export const Permission = { READ: 1, WRITE: 2, CREATE: 4, DELETE: 8, ADMIN: 16, ALL: 31 } as const

export const CreateMode = {
  PERSISTENT: 0,
  PERSISTENT_SEQUENTIAL: 2,
  EPHEMERAL: 1,
  EPHEMERAL_SEQUENTIAL: 3,
} as const

/** Whom an entry of an ACL is about. */
export class Id {
  static readonly ANYONE_ID_UNSAFE = new Id('world', 'anyone')
  static readonly AUTH_IDS = new Id('auth', '')

  constructor(
    readonly scheme: string,
    readonly id: string,
  ) {
    assert(scheme && typeof scheme === 'string', 'scheme must be a non-empty string.')
    assert(typeof id === 'string', 'id must be a string.')
  }
}

export class ACL {
  static readonly OPEN_ACL_UNSAFE: ACL[] = [new ACL(Permission.ALL, Id.ANYONE_ID_UNSAFE)]
  static readonly CREATOR_ALL_ACL: ACL[] = [new ACL(Permission.ALL, Id.AUTH_IDS)]
  static readonly READ_ACL_UNSAFE: ACL[] = [new ACL(Permission.READ, Id.ANYONE_ID_UNSAFE)]

  constructor(
    readonly permission: number,
    readonly id: Id,
  ) {
    assert(Number.isInteger(permission) && permission >= 1 && permission <= 31, 'permission must be from 1 to 31.')
    assert(id instanceof Id, 'id must be an Id.')
  }
}

export class State {
  static readonly DISCONNECTED = new State('DISCONNECTED', 0)
  static readonly SYNC_CONNECTED = new State('SYNC_CONNECTED', 3)
  static readonly AUTH_FAILED = new State('AUTH_FAILED', 4)
  static readonly CONNECTED_READ_ONLY = new State('CONNECTED_READ_ONLY', 5)
  static readonly SASL_AUTHENTICATED = new State('SASL_AUTHENTICATED', 6)
  static readonly EXPIRED = new State('EXPIRED', -122)

  private constructor(
    readonly name: string,
    readonly code: number,
  ) {}

  getName(): string {
    return this.name
  }

  getCode(): number {
    return this.code
  }

  toString(): string {
    return `${this.name}[${this.code}]`
  }
}

/** What a watcher is told. */
export class Event {
  static readonly NODE_CREATED = 1
  static readonly NODE_DELETED = 2
  static readonly NODE_DATA_CHANGED = 3
  static readonly NODE_CHILDREN_CHANGED = 4
  static readonly #names = ['', 'NODE_CREATED', 'NODE_DELETED', 'NODE_DATA_CHANGED', 'NODE_CHILDREN_CHANGED']

  readonly name: string

  constructor(
    readonly type: number,
    readonly path: string,
  ) {
    this.name = Event.#names[type] ?? String(type)
  }

  getType(): number {
    return this.type
  }

  getName(): string {
    return this.name
  }

  getPath(): string {
    return this.path
  }

  toString(): string {
    return `${this.name}[${this.type}]@${this.path}`
  }
}
