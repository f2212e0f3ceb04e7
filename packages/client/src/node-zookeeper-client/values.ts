/** The constants and value classes of node-zookeeper-client, under its names. */
import assert from 'node:assert'

/** Bits of what an entry allows. */
export const Permission = {
  READ: 1,
  WRITE: 2,
  CREATE: 4,
  DELETE: 8,
  ADMIN: 16,
  ALL: 31,
} as const

/** How a znode is created. */
export const CreateMode = {
  PERSISTENT: 0,
  PERSISTENT_SEQUENTIAL: 2,
  EPHEMERAL: 1,
  EPHEMERAL_SEQUENTIAL: 3,
} as const

/** Whom an entry of an ACL is about. */
export class Id {
  /** Everybody. */
  static readonly ANYONE_ID_UNSAFE = new Id('world', 'anyone')
  /** Whoever has authenticated. */
  static readonly AUTH_IDS = new Id('auth', '')

  /** @param id as the scheme writes it */
  constructor(
    /** `world`, `digest`, `ip`, … */
    readonly scheme: string,
    /** As the scheme writes it. */
    readonly id: string,
  ) {
    assert(scheme && typeof scheme === 'string', 'scheme must be a non-empty string.')
    assert(typeof id === 'string', 'id must be a string.')
  }
}

/** One entry of an access control list. */
export class ACL {
  /** Everybody may do everything. */
  static readonly OPEN_ACL_UNSAFE: ACL[] = [new ACL(Permission.ALL, Id.ANYONE_ID_UNSAFE)]
  /** Whoever creates it may do everything. */
  static readonly CREATOR_ALL_ACL: ACL[] = [new ACL(Permission.ALL, Id.AUTH_IDS)]
  /** Everybody may read. */
  static readonly READ_ACL_UNSAFE: ACL[] = [new ACL(Permission.READ, Id.ANYONE_ID_UNSAFE)]

  /** @param permission bits of {@link Permission} */
  constructor(
    /** Bits of {@link Permission}. */
    readonly permission: number,
    /** Whom it allows that. */
    readonly id: Id,
  ) {
    assert(Number.isInteger(permission) && permission >= 1 && permission <= 31, 'permission must be from 1 to 31.')
    assert(id instanceof Id, 'id must be an Id.')
  }
}

/** How the connection stands. */
export class State {
  /** There is no connection. */
  static readonly DISCONNECTED = new State('DISCONNECTED', 0)
  /** Connected. */
  static readonly SYNC_CONNECTED = new State('SYNC_CONNECTED', 3)
  /** A credential was refused. */
  static readonly AUTH_FAILED = new State('AUTH_FAILED', 4)
  /** Connected to a server that serves reads only. */
  static readonly CONNECTED_READ_ONLY = new State('CONNECTED_READ_ONLY', 5)
  /** Logged in by SASL. */
  static readonly SASL_AUTHENTICATED = new State('SASL_AUTHENTICATED', 6)
  /** The session is over. */
  static readonly EXPIRED = new State('EXPIRED', -122)

  private constructor(
    readonly name: string,
    readonly code: number,
  ) {}

  /** `SYNC_CONNECTED`, say. */
  getName(): string {
    return this.name
  }

  /** The number that stands for it. */
  getCode(): number {
    return this.code
  }

  /** `SYNC_CONNECTED[3]`, say. */
  toString(): string {
    return `${this.name}[${this.code}]`
  }
}

/** What a watcher is told. */
export class Event {
  /** The znode was created. */
  static readonly NODE_CREATED = 1
  /** The znode was deleted. */
  static readonly NODE_DELETED = 2
  /** Its data changed. */
  static readonly NODE_DATA_CHANGED = 3
  /** A child came or went. */
  static readonly NODE_CHILDREN_CHANGED = 4
  static readonly #names = ['', 'NODE_CREATED', 'NODE_DELETED', 'NODE_DATA_CHANGED', 'NODE_CHILDREN_CHANGED']

  /** Of the type: `NODE_CREATED`. */
  readonly name: string

  /** @param type one of the constants */
  constructor(
    /** One of the constants. */
    readonly type: number,
    /** Relative to the chroot. */
    readonly path: string,
  ) {
    this.name = Event.#names[type] ?? String(type)
  }

  /** One of the constants. */
  getType(): number {
    return this.type
  }

  /** Of the type: `NODE_CREATED`. */
  getName(): string {
    return this.name
  }

  /** Relative to the chroot. */
  getPath(): string {
    return this.path
  }

  /** `NODE_CREATED[1]@/path`. */
  toString(): string {
    return `${this.name}[${this.type}]@${this.path}`
  }
}
