import { OpCode, Xid } from '@menagerie/core/jute'
import { RawConnection } from './raw-connection.js'
import type { Names } from './render.js'
import { renderConnectResponse, renderFrame } from './render.js'
import * as r from './requests.js'

/** What an actor writes down and how it names what differs between servers. */
export interface Recorder {
  readonly port: number
  readonly names: Names
  note(line: string): void
  /** Called with every session that a server has given out. */
  session(actor: Actor): void
}

const OPCODE_NAMES = new Map<number, string>(Object.entries(OpCode).map(([name, code]) => [code, name]))

/** How long a frame may take before the transcript says that none came. Servers answer within milliseconds. */
const SILENCE_MS = 5_000

/**
 * A client that speaks the protocol by hand and writes down all that comes. Each call sends one request
 * and takes frames until the reply to it is there, so events land in the transcript where the server put
 * them: before or after the reply.
 */
export class Actor {
  connection!: RawConnection
  sessionId = 0n
  passwd: Uint8Array = new Uint8Array(16)
  /** The zxid of the last reply's header, as a client would send it in its next connect request. */
  lastZxid = 0
  private lastError = 0
  private xid = 0
  private readonly asked = new Map<number, number[]>()

  constructor(
    readonly label: string,
    private readonly recorder: Recorder,
  ) {}

  /** Opens a connection and sends a connect request; the answer is written down. */
  async connect(options: r.ConnectOptions = {}): Promise<this> {
    await this.open()
    this.connection.writeFrame(r.connectRequest(options))
    await this.takeConnectResponse()
    return this
  }

  /** Comes back to its session over a new connection. */
  reconnect(options: r.ConnectOptions = {}): Promise<this> {
    return this.connect({ sessionId: this.sessionId, passwd: this.passwd, lastZxidSeen: this.lastZxid, ...options })
  }

  async open(): Promise<void> {
    this.connection = await RawConnection.open(this.recorder.port)
    this.asked.clear()
  }

  async takeConnectResponse(): Promise<void> {
    const answer = await this.take()
    if (answer === undefined) return
    if (answer.length >= 36) {
      const view = Buffer.from(answer)
      const sessionId = view.readBigInt64BE(8)
      if (sessionId !== 0n) {
        this.sessionId = sessionId
        this.passwd = Uint8Array.from(view.subarray(20, 36))
        this.recorder.session(this)
      }
    }
    this.note(`< ${renderConnectResponse(answer, this.recorder.names)}`)
  }

  /** Notes what a reply under this xid will answer. */
  expect(xid: number, opcode: number): void {
    this.asked.set(xid, [...(this.asked.get(xid) ?? []), opcode])
  }

  /** Sends a request with the next xid, without waiting. */
  send(opcode: number, body: Uint8Array = new Uint8Array(), xid = ++this.xid): number {
    this.expect(xid, opcode)
    this.connection.writeFrame(r.concat(r.header(xid, opcode), body))
    return xid
  }

  /** Sends a request and writes down what comes up to and including its reply, or that the server closed. */
  async call(opcode: number, body?: Uint8Array, xid?: number): Promise<Uint8Array | undefined> {
    const used = this.send(opcode, body, xid)
    return this.until(used, OPCODE_NAMES.get(opcode) ?? `op ${opcode}`)
  }

  /** Takes frames up to the reply with this xid. */
  async until(xid: number, label = ''): Promise<Uint8Array | undefined> {
    if (label) this.note(`> ${label} xid=${xid}`)
    for (;;) {
      const frame = await this.take()
      if (frame === undefined) return undefined
      this.write(frame)
      if (frame.length >= 4 && Buffer.from(frame).readInt32BE(0) === xid) return frame
    }
  }

  /** Sends bytes as they are and writes down what the server says until it closes the connection. */
  async raw(bytes: Uint8Array, label: string): Promise<void> {
    this.note(`> ${label}`)
    this.connection.write(bytes)
    while ((await this.takeAndWrite()) !== undefined);
  }

  /** Writes down what has come for this session up to now: what was sent before the pong has passed it. */
  barrier(): Promise<Uint8Array | undefined> {
    return this.call(OpCode.ping, undefined, Xid.ping)
  }

  /**
   * Waits for what a refusal brings after it: the server closes the connection after Unimplemented and
   * AuthFailed, and a request that it takes in until then may or may not be answered.
   */
  async settle(): Promise<void> {
    if (this.lastError !== -6 && this.lastError !== -115) await this.barrier()
    else while ((await this.takeAndWrite()) !== undefined);
  }

  private async take(): Promise<Uint8Array | undefined> {
    let frame: Uint8Array | null
    try {
      frame = await this.connection.next(SILENCE_MS)
    } catch {
      this.note('< nothing')
      this.connection.destroy()
      return undefined
    }
    if (frame !== null) return frame
    const { leftover } = this.connection
    this.note(leftover.length > 0 ? `< closed after ${Buffer.from(leftover).toString('hex')}` : '< closed')
    return undefined
  }

  private async takeAndWrite(): Promise<Uint8Array | undefined> {
    const frame = await this.take()
    if (frame !== undefined) this.write(frame)
    return frame
  }

  private write(frame: Uint8Array): void {
    const buffer = Buffer.from(frame)
    if (frame.length >= 12 && buffer.readInt32BE(0) !== -1) {
      const zxid = Number(buffer.readBigInt64BE(4))
      if (zxid > 0) this.lastZxid = zxid
      this.lastError = frame.length >= 16 ? buffer.readInt32BE(12) : 0
    }
    this.note(`< ${renderFrame(frame, this.recorder.names, xid => this.asked.get(xid)?.shift())}`)
  }

  private note(text: string): void {
    this.recorder.note(`${this.label} ${text}`)
  }

  // --- one call per operation

  create = (path: string, o?: r.CreateOptions) => this.call(OpCode.create, r.createBody(path, o))
  create2 = (path: string, o?: r.CreateOptions) => this.call(OpCode.create2, r.createBody(path, o))
  createContainer = (path: string, o?: r.CreateOptions) =>
    this.call(OpCode.createContainer, r.createBody(path, { flags: 4, ...o }))
  createTtl = (path: string, ttl: number, o?: r.CreateOptions) =>
    this.call(OpCode.createTTL, r.createTtlBody(path, ttl, o))
  delete = (path: string, version = -1) => this.call(OpCode.delete, r.pathVersionBody(path, version))
  deleteContainer = (path: string) => this.call(OpCode.deleteContainer, r.pathBody(path))
  exists = (path: string, watch = false) => this.call(OpCode.exists, r.pathWatchBody(path, watch))
  getData = (path: string, watch = false) => this.call(OpCode.getData, r.pathWatchBody(path, watch))
  setData = (path: string, data: string | Uint8Array | null, version = -1) =>
    this.call(OpCode.setData, r.setDataBody(path, data, version))
  getAcl = (path: string) => this.call(OpCode.getACL, r.pathBody(path))
  setAcl = (path: string, list: Parameters<typeof r.setAclBody>[1], version = -1) =>
    this.call(OpCode.setACL, r.setAclBody(path, list, version))
  getChildren = (path: string, watch = false) => this.call(OpCode.getChildren, r.pathWatchBody(path, watch))
  getChildren2 = (path: string, watch = false) => this.call(OpCode.getChildren2, r.pathWatchBody(path, watch))
  sync = (path: string) => this.call(OpCode.sync, r.pathBody(path))
  check = (path: string, version: number) => this.call(OpCode.check, r.pathVersionBody(path, version))
  multi = (...operations: r.Operation[]) => this.call(OpCode.multi, r.multiBody(operations))
  multiRead = (...operations: r.Operation[]) => this.call(OpCode.multiRead, r.multiBody(operations))
  checkWatches = (path: string, type: number) => this.call(OpCode.checkWatches, r.pathModeBody(path, type))
  removeWatches = (path: string, type: number) => this.call(OpCode.removeWatches, r.pathModeBody(path, type))
  addWatch = (path: string, mode: number) => this.call(OpCode.addWatch, r.pathModeBody(path, mode))
  auth = (scheme: string | null, auth: string | Uint8Array | null, type = 0) =>
    this.call(OpCode.auth, r.authBody(scheme, auth, type), Xid.auth)
  whoAmI = () => this.call(OpCode.whoAmI)
  getEphemerals = (prefix: string) => this.call(OpCode.getEphemerals, r.pathBody(prefix))
  getAllChildrenNumber = (path: string) => this.call(OpCode.getAllChildrenNumber, r.pathBody(path))
  setWatches = (value: Parameters<typeof r.setWatchesBody>[0]) =>
    this.call(OpCode.setWatches, r.setWatchesBody(value), Xid.setWatches)
  setWatches2 = (value: Parameters<typeof r.setWatches2Body>[0]) =>
    this.call(OpCode.setWatches2, r.setWatches2Body(value), Xid.setWatches)

  /** Ends the session; the server answers and closes the connection. */
  async close(): Promise<void> {
    await this.call(OpCode.closeSession)
    while ((await this.takeAndWrite()) !== undefined);
    this.sessionId = 0n
  }

  /** Cuts the connection; the session stays. */
  drop(): void {
    this.connection.destroy()
  }
}
