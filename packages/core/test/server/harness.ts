import {
  AUDIT_LOG,
  type AuditLog,
  CLIENT_LISTENER,
  CLOCK,
  type ClientListener,
  definePlugin,
  type EnsembleConfig,
  LOG_STORAGE,
  type Logger,
  MemoryListener,
  MemoryLog,
  MemoryLogMedium,
  type MemorySnapshotMedium,
  MemorySnapshotter,
  PEER_TRANSPORT,
  type PeerTransport,
  RANDOM,
  Server,
  type ServerOptions,
  SNAPSHOTTER,
  type Snapshotter,
  type Zxid,
} from '@menagerie/core'
import { ManualClock } from '@menagerie/core/contract'
import { z } from 'zod'
import { type ACL, JuteReader, JuteWriter, OpCode } from '../../dist/jute/index.js'
import { ACL as AclRecord } from '../../dist/jute/records.js'
import { Seeded } from '../seeded.js'

/** A log whose flush lasts until the test lets it end. */
export class HeldLog extends MemoryLog {
  private held = false
  private readonly waiting: { go(): void; fail(error: Error): void }[] = []
  syncs = 0
  closes = 0

  hold(): void {
    this.held = true
  }

  /** How many flushes wait. */
  get pending(): number {
    return this.waiting.length
  }

  /** Lets every flush end, and those to come. */
  release(): void {
    this.held = false
    for (const { go } of this.waiting.splice(0)) go()
  }

  /** Lets the flushes end that wait now; later ones wait again. */
  releaseOne(): void {
    this.waiting.shift()?.go()
  }

  fail(error: Error): void {
    for (const { fail } of this.waiting.splice(0)) fail(error)
  }

  override async sync(): Promise<Zxid> {
    this.syncs++
    if (this.held) await new Promise<void>((go, fail) => this.waiting.push({ go, fail }))
    return super.sync()
  }

  override async close(): Promise<void> {
    this.closes++
    this.held = false
    for (const { go } of this.waiting.splice(0)) go()
    return super.close()
  }
}

export class Medium {
  readonly log = new MemoryLogMedium()
  readonly snapshots: MemorySnapshotMedium = new Map()
}

export interface TestServer {
  readonly server: Server
  readonly clock: ManualClock
  readonly log: HeldLog
  readonly listener: MemoryListener
  readonly warnings: string[]
  /** What is logged at the level of information. */
  readonly infos: string[]
  /** A raw connection, as yet without a session. */
  dial(): TestClient
  /** A connection with a session. */
  connect(timeoutMs?: number): Promise<TestClient>
}

export interface TestParts {
  readonly settings?: ServerOptions['settings']
  readonly medium?: Medium
  readonly clock?: ManualClock
  readonly bufferBytes?: number
  readonly listener?: ClientListener
  readonly auditLog?: AuditLog
  /** In place of one on the medium. */
  readonly snapshotter?: Snapshotter
  readonly ensemble?: {
    readonly config: EnsembleConfig
    readonly transport: PeerTransport
    readonly oracle?: ServerOptions['oracle']
  }
}

export async function startServer(parts: TestParts = {}): Promise<TestServer> {
  const { ensemble, auditLog } = parts
  const clock = parts.clock ?? new ManualClock(1_700_000_000_000)
  const medium = parts.medium ?? new Medium()
  const log = new HeldLog(medium.log)
  const listener =
    parts.listener instanceof MemoryListener
      ? parts.listener
      : new MemoryListener(clock, { bufferBytes: parts.bufferBytes ?? 65_536 })
  const random = new Seeded(1)
  const warnings: string[] = []
  const infos: string[] = []
  const note = (fields: object, message: string) => {
    const reason = 'reason' in fields ? fields.reason : 'error' in fields ? fields.error : undefined
    warnings.push(reason === undefined ? message : `${message} (${reason})`)
  }
  const logger: Logger = { debug: () => {}, info: (_, message) => infos.push(message), warn: note, error: note }
  const plugin = definePlugin({
    name: 'test',
    core: '^0.1.0',
    provides: [
      ...[CLOCK, RANDOM, LOG_STORAGE, SNAPSHOTTER, CLIENT_LISTENER],
      ...(ensemble ? [PEER_TRANSPORT] : []),
      ...(auditLog ? [AUDIT_LOG] : []),
    ],
    options: z.object({}),
    register(container) {
      container.registerInstance(CLOCK, clock)
      container.registerInstance(RANDOM, { below: bound => random.below(bound), bytes: n => random.bytes(n) })
      container.registerInstance(LOG_STORAGE, log)
      container.registerInstance(SNAPSHOTTER, parts.snapshotter ?? new MemorySnapshotter(medium.snapshots))
      container.registerInstance(CLIENT_LISTENER, parts.listener ?? listener)
      if (auditLog !== undefined) container.registerInstance(AUDIT_LOG, auditLog)
      if (ensemble !== undefined) container.registerInstance(PEER_TRANSPORT, ensemble.transport)
    },
  })
  const server = await Server.start({
    settings: parts.settings,
    plugins: [plugin()],
    logger,
    ensemble: ensemble?.config,
    oracle: ensemble?.oracle,
  })
  const dial = () => new TestClient(listener)
  const connect = async (timeoutMs = 10_000) => {
    const client = dial()
    await client.connect(timeoutMs)
    return client
  }
  return { server, clock, log, listener, warnings, infos, dial, connect }
}

/** Lets everything that has been started come to rest: deferred calls are microtasks under this clock. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 8; i++) await new Promise<void>(resolve => setImmediate(resolve))
}

export interface Reply {
  readonly xid: number
  readonly zxid: number
  readonly err: number
  readonly body: Uint8Array
}

export const OPEN: readonly ACL[] = [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }]

/** Speaks the protocol in bytes; keeps whatever comes, in order. */
export class TestClient {
  readonly replies: Reply[] = []
  closed = false
  sessionId = 0n
  timeoutMs = -1
  password: Uint8Array = new Uint8Array(16)
  servedReadOnly = false
  bytesReceived = 0
  private rest: Uint8Array = new Uint8Array(0)
  private connected = false
  private readonly end
  private xid = 0

  constructor(listener: MemoryListener) {
    this.end = listener.dial({ data: bytes => this.data(bytes), closed: () => void (this.closed = true) })
  }

  /** What a connect request looks like. */
  static connectFrame(
    timeoutMs: number,
    id = 0n,
    password: Uint8Array = new Uint8Array(16),
    seen = 0,
    readOnly = false,
  ): Uint8Array {
    const writer = new JuteWriter()
    writer.int(0)
    writer.long(seen)
    writer.int(timeoutMs)
    writer.long64(id)
    writer.buffer(password)
    writer.bool(readOnly)
    return frame(writer.take())
  }

  async connect(
    timeoutMs = 10_000,
    id?: bigint,
    password?: Uint8Array,
    seen?: number,
    readOnly?: boolean,
  ): Promise<this> {
    this.send(TestClient.connectFrame(timeoutMs, id, password, seen, readOnly))
    await settle()
    return this
  }

  send(...frames: Uint8Array[]): void {
    this.end.send(Buffer.concat(frames))
  }

  pause(): void {
    this.end.pause()
  }

  resume(): void {
    this.end.resume()
  }

  destroy(): void {
    this.end.destroy()
  }

  /** Frames a request under the next xid. */
  request(opcode: number, write: (body: JuteWriter) => void = () => {}, xid = ++this.xid): Uint8Array {
    const writer = new JuteWriter()
    writer.int(xid)
    writer.int(opcode)
    write(writer)
    return frame(writer.take())
  }

  create(path: string, rest: { data?: Uint8Array | null; flags?: number; acl?: readonly ACL[] } = {}): Uint8Array {
    return this.request(OpCode.create, w => writeCreate(w, path, rest))
  }

  delete(path: string): Uint8Array {
    return this.request(OpCode.delete, w => {
      w.ustring(path)
      w.int(-1)
    })
  }

  setData(path: string, data: Uint8Array | null): Uint8Array {
    return this.request(OpCode.setData, w => {
      w.ustring(path)
      w.buffer(data)
      w.int(-1)
    })
  }

  getData(path: string, watch = false): Uint8Array {
    return this.request(OpCode.getData, w => {
      w.ustring(path)
      w.bool(watch)
    })
  }

  exists(path: string, watch = false): Uint8Array {
    return this.request(OpCode.exists, w => {
      w.ustring(path)
      w.bool(watch)
    })
  }

  getChildren(path: string): Uint8Array {
    return this.request(OpCode.getChildren, w => {
      w.ustring(path)
      w.bool(false)
    })
  }

  ping(): Uint8Array {
    return this.request(OpCode.ping, () => {}, -2)
  }

  close(): Uint8Array {
    return this.request(OpCode.closeSession)
  }

  /** Sends, waits, and gives the replies that came. */
  async ask(...frames: Uint8Array[]): Promise<Reply[]> {
    const before = this.replies.length
    this.send(...frames)
    await settle()
    return this.replies.slice(before)
  }

  get xids(): number[] {
    return this.replies.map(reply => reply.xid)
  }

  private data(bytes: Uint8Array): void {
    this.bytesReceived += bytes.length
    this.rest = this.rest.length === 0 ? bytes.slice() : Buffer.concat([this.rest, bytes])
    let at = 0
    const view = Buffer.from(this.rest.buffer, this.rest.byteOffset, this.rest.length)
    while (this.rest.length - at >= 4) {
      const length = view.readInt32BE(at)
      if (this.rest.length - at - 4 < length) break
      this.take(new JuteReader(this.rest, at + 4, at + 4 + length))
      at += 4 + length
    }
    this.rest = this.rest.slice(at)
  }

  private take(reader: JuteReader): void {
    if (!this.connected) {
      this.connected = true
      reader.int()
      this.timeoutMs = reader.int()
      this.sessionId = reader.long64()
      this.password = reader.buffer()!.slice()
      this.servedReadOnly = reader.bool()
      return
    }
    const [xid, zxid, err] = [reader.int(), reader.long(), reader.int()]
    this.replies.push({ xid, zxid, err, body: reader.bytes.slice(reader.position, reader.limit) })
  }
}

export function writeCreate(
  writer: JuteWriter,
  path: string,
  {
    data = new Uint8Array(0),
    flags = 0,
    acl = OPEN,
  }: { data?: Uint8Array | null; flags?: number; acl?: readonly ACL[] },
): void {
  writer.ustring(path)
  writer.buffer(data)
  writer.int(acl.length)
  for (const entry of acl) AclRecord.write(writer, entry)
  writer.int(flags)
}

/** A notification's event type and path. */
export function eventOf(reply: Reply): [type: number, path: string | null] {
  const reader = new JuteReader(reply.body)
  const type = reader.int()
  reader.int()
  return [type, reader.ustring()]
}

function frame(body: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(4 + body.length)
  bytes.writeInt32BE(body.length)
  bytes.set(body, 4)
  return bytes
}
