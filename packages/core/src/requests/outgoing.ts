import type { ServerSettings } from '../config/settings.js'
import { KeeperCode, KeeperState, Xid } from '../jute/codes.js'
import { ConnectionStatistics } from '../monitor/connection-statistics.js'
import type { ServerStatistics } from '../monitor/server-statistics.js'
import type { ClientConnection } from '../seams/client-listener.js'
import type { Logger } from '../seams/logger.js'
import type { Zxid } from '../zxid.js'
import type { ClientConnections } from './client-connections.js'
import type { ClientMetrics } from './client-metrics.js'
import { type GrantedSession, writeConnectResponse } from './connect-response.js'
import { Output, type OutputPool } from './output.js'
import { PauseReason, type ReadPauses } from './read-pauses.js'
import type { ReplyQueue } from './reply-queue.js'
import { writeString } from './write-reply.js'
import { isWrite } from './write-request.js'

/** Replies gathered beyond this are sent in the middle of a turn. */
const FLUSH_BYTES = 256 * 1024
/** Of the length that each frame begins with. */
const LENGTH_BYTES = 4
/** How many times outputBufferMaxBytes a client that does not read may be sent in events. */
const EVENT_BUFFERS = 16

/** What sending to a client asks of its server. */
export interface OutgoingHost {
  readonly settings: Pick<ServerSettings, 'outputBufferMaxBytes'>
  readonly logger: Logger
  readonly connections: Pick<ClientConnections, 'willSend'>
  readonly statistics: ServerStatistics
  readonly metrics: Pick<ClientMetrics, 'readLatency' | 'updateLatency' | 'responseBytes'>
  readonly outputs: OutputPool
  /** Monotonic time at the beginning of the present turn. */
  readonly now: number
  /** The last transaction that the tree shows. */
  readonly lastZxid: Zxid
}

/**
 * What one client is sent, replies and events in one order, until its connection ends. It gathers and is handed over
 * at the end of a turn.
 *
 * A client that does not read is not read from either, and its requests wait, until what is unsent has left. Events do
 * not wait.
 */
export class Outgoing {
  readonly out: Output
  readonly statistics = new ConnectionStatistics()
  /** Whether it is among those that send at the end of the turn. */
  isListed = false
  private ending = false
  private gone = false
  private behind = false
  /** Where the frames end in {@link out} whose lengths are counted. */
  private measuredTo = 0
  /** What was handed over since the client is behind: events, and replies to writes that were under way. */
  private bytesBehind = 0

  constructor(
    private readonly host: OutgoingHost,
    private readonly transport: ClientConnection,
    private readonly pauses: ReadPauses,
    private readonly queue: ReplyQueue,
  ) {
    this.out = new Output(host.outputs)
  }

  /** Whether the connection is to end: nothing more is read or answered. */
  get isEnding(): boolean {
    return this.ending
  }

  get isGone(): boolean {
    return this.gone
  }

  /** Whether the client does not read what it is sent. */
  get isBehind(): boolean {
    return this.behind
  }

  // --- what is sent

  /** A reply without a body, in the order of requests. */
  empty(xid: number, opcode: number, arrivedAt: number, code: number): void {
    this.out.empty(xid, this.host.lastZxid, code)
    this.replied(xid, opcode, arrivedAt)
  }

  /** A reply in the order of requests is in {@link out}. */
  replied(xid: number, opcode: number, arrivedAt: number): void {
    const { now, statistics, lastZxid } = this.host
    this.statistics.packetsSent++
    this.statistics.replied(opcode, xid, lastZxid, arrivedAt, now)
    statistics.packetsSent++
    statistics.latencyMs.observe(now - arrivedAt)
    this.measure(opcode, now - arrivedAt)
    this.host.connections.willSend(this)
    if (this.out.position >= FLUSH_BYTES) this.flush()
  }

  private measure(opcode: number, latencyMs: number): void {
    const { metrics, statistics } = this.host
    const latency = isWrite(opcode) ? metrics.updateLatency : metrics.readLatency
    latency.observe(Math.trunc(latencyMs))
    const bytes = this.out.position - this.measuredTo - LENGTH_BYTES
    this.measuredTo = this.out.position
    statistics.responseSent(bytes)
    metrics.responseBytes.add(bytes)
  }

  /** A reply that stands outside the order of requests, and outside the statistics, is in {@link out}. */
  repliedAside(): void {
    this.measuredTo = this.out.position
    this.host.connections.willSend(this)
  }

  /** A packet that is no reply to a request. */
  private sent(): void {
    this.measuredTo = this.out.position
    this.host.statistics.packetsSent++
    this.statistics.packetsSent++
    this.host.connections.willSend(this)
  }

  connectResponse(granted: GrantedSession, readOnly: boolean | null): void {
    writeConnectResponse(this.out, granted, readOnly)
    this.sent()
  }

  event(type: number, path: string, zxid: Zxid): void {
    const { out } = this
    const start = out.begin(Xid.notification, zxid, KeeperCode.Ok)
    out.int(type)
    out.int(KeeperState.SyncConnected)
    writeString(out, path)
    out.end(start)
    this.sent()
  }

  // --- handing over

  /** Hands over what has gathered. */
  flush(): void {
    const { out, transport } = this
    if (out.position === 0 || this.gone) return
    this.measuredTo = 0
    if (transport.write(out.take())) {
      out.released()
      return
    }
    const bytes = out.position
    out.kept()
    const { outputBufferMaxBytes } = this.host.settings
    if (this.behind) {
      this.bytesBehind += bytes
      if (this.bytesBehind > outputBufferMaxBytes * EVENT_BUFFERS) this.giveUp()
    } else if (transport.unsentBytes > outputBufferMaxBytes) {
      this.fallBehind()
    }
  }

  /** What waits for a client that does not read is no reason to make others wait. */
  private fallBehind(): void {
    this.behind = true
    this.queue.leaveProgress()
    this.bytesBehind = 0
    this.pauses.pause(PauseReason.unsent)
  }

  /**
   * What was unsent has left. `serve` answers what waited, and may find that the client is behind again: then it is not
   * read from.
   */
  caughtUp(serve: () => void): void {
    this.behind = false
    this.queue.rejoinProgress()
    serve()
    if (!this.behind) this.pauses.resume(PauseReason.unsent)
  }

  /** A client that does not read keeps its requests waiting, but no events: it loses the connection instead. */
  private giveUp(): void {
    const { remoteAddress, unsentBytes } = this.transport
    this.host.logger.warn({ client: remoteAddress, unsentBytes }, 'closing a connection that does not take its events')
    this.stop()
  }

  // --- the end

  /** Closes after everything that has been answered is out. */
  finish(): void {
    if (this.ending) return
    this.ending = true
    this.flush()
    this.transport.end()
  }

  /** Closes without a word. */
  stop(): void {
    this.ending = true
    this.transport.destroy()
  }

  /** Nothing more is read: whoever ends the connection answers, past this. */
  leave(): void {
    this.ending = true
  }

  /** The connection is gone: what has gathered goes nowhere. */
  drop(): void {
    this.ending = true
    this.gone = true
    this.out.released()
  }
}
