import { OpCode } from '@menagerie/core/jute'
import type {
  Commit,
  FinalTree,
  History,
  Operation,
  Reply,
  Request,
  SessionChange,
  SessionEntry,
  Violation,
  WatchEvent,
  ZnodeImage,
} from '@menagerie/core/simulation'

/** Where a request is sent from; the first client's first connection unless said otherwise. */
export interface Sender {
  readonly session?: bigint
  readonly connection?: number
}

const encoder = new TextEncoder()

/** Writes a history by hand, one thing after another. */
export class HistoryBuilder implements History {
  readonly operations: Operation[] = []
  readonly events: WatchEvent[] = []
  readonly sessions: SessionEntry[] = []
  readonly commits: Commit[] = []
  readonly finals: FinalTree[] = []
  readonly held = new Set<bigint>()
  private moment = 0
  private readonly xids = new Map<bigint, number>()
  /** Simulated time; tests move it where it matters. */
  timeMs = 0

  constructor(...sessions: readonly bigint[]) {
    for (const session of sessions) {
      this.commit(session, { type: OpCode.createSession, timeoutMs: 1000 }, 0)
      this.session(session, 'opened')
      this.held.add(session)
    }
  }

  /** A request is sent. */
  ask(request: Request, { session = 1n, connection = 1 }: Sender = {}): Operation {
    const special = request.kind === 'setWatches' ? -8 : request.kind === 'ping' ? -2 : null
    const xid = special ?? (this.xids.get(session) ?? 0) + 1
    if (special === null) this.xids.set(session, xid)
    const client = `client ${session}`
    const operation: Operation = {
      client,
      session,
      xid,
      server: 1,
      connection,
      request,
      beganAt: ++this.moment,
      beganUs: this.timeMs * 1000,
      endedAt: Number.POSITIVE_INFINITY,
      endedUs: Number.POSITIVE_INFINITY,
      reply: null,
    }
    this.operations.push(operation)
    return operation
  }

  answer(operation: Operation, reply: Reply): Operation {
    operation.endedAt = ++this.moment
    operation.endedUs = this.timeMs * 1000
    operation.reply = reply
    return operation
  }

  commit(session: bigint, txn: Commit['txn'], cxid: number, zxid = this.commits.length + 1): number {
    this.commits.push({ zxid, session, cxid, txn, at: ++this.moment, atUs: this.timeMs * 1000 })
    return zxid
  }

  /** A write from its request to its answer; gives its zxid. */
  write(request: Request, txn: Commit['txn'], sender: Sender = {}): number {
    const operation = this.ask(request, sender)
    const zxid = this.commit(operation.session, txn, operation.xid)
    const path = request.kind === 'create' ? request.path : undefined
    this.answer(operation, { code: 0, zxid, path })
    return zxid
  }

  create(path: string, sender: Sender & { ephemeral?: boolean } = {}): number {
    const ephemeral = sender.ephemeral ?? false
    return this.write(
      { kind: 'create', path, data: path, mode: ephemeral ? 'ephemeral' : 'persistent' },
      createTxn(path, ephemeral),
      sender,
    )
  }

  set(path: string, data: string, sender: Sender = {}): number {
    return this.write({ kind: 'setData', path, data, version: -1 }, setTxn(path, data), sender)
  }

  delete(path: string, sender: Sender = {}): number {
    return this.write({ kind: 'delete', path, version: -1 }, { type: OpCode.delete, path }, sender)
  }

  /** A request that writes nothing, and its answer. */
  read(request: Request, reply: Reply, sender: Sender = {}): Operation {
    return this.answer(this.ask(request, sender), reply)
  }

  event(type: number, path: string, session = 1n): void {
    this.events.push({ client: `client ${session}`, session, type, path, at: ++this.moment, atUs: this.timeMs * 1000 })
  }

  session(session: bigint, change: SessionChange, server = 1): void {
    const [client, atUs] = [`client ${session}`, this.timeMs * 1000]
    this.sessions.push({ client, session, change, at: ++this.moment, atUs, server, timeoutMs: 1000 })
  }

  final(server: number, zxid: number, znodes: Readonly<Record<string, Partial<ZnodeImage>>>): void {
    const images = new Map(Object.entries(znodes).map(([path, image]) => [path, { ...EMPTY_IMAGE, ...image }]))
    for (const path of ['/', '/zookeeper', '/zookeeper/config', '/zookeeper/quota']) images.set(path, EMPTY_IMAGE)
    this.finals.push({ server, zxid, znodes: images })
  }
}

const EMPTY_IMAGE: ZnodeImage = {
  data: '',
  czxid: 0,
  mzxid: 0,
  pzxid: 0,
  version: 0,
  cversion: 0,
  aversion: 0,
  owner: 0n,
}

export function createTxn(path: string, ephemeral = false): Commit['txn'] {
  return { type: OpCode.create2, path, data: encoder.encode(path), acl: null, ephemeral, parentCVersion: 1, ttlMs: 0 }
}

export function setTxn(path: string, data: string): Commit['txn'] {
  return { type: OpCode.setData, path, data: encoder.encode(data), version: 1 }
}

export function stat(fields: Partial<NonNullable<Reply['stat']>>): NonNullable<Reply['stat']> {
  return {
    czxid: 0,
    mzxid: 0,
    ctime: 0,
    mtime: 0,
    version: 0,
    cversion: 0,
    aversion: 0,
    ephemeralOwner: 0n,
    dataLength: 0,
    numChildren: 0,
    pzxid: 0,
    ...fields,
  }
}

export function messages(violations: readonly Violation[]): string[] {
  return violations.map(({ message }) => message)
}
