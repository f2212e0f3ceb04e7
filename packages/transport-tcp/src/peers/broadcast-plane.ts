import type { Socket } from 'node:net'
import { availableParallelism } from 'node:os'
import {
  type Clock,
  type LinkTarget,
  type Logger,
  type PeerLink,
  RateLimitedWarning,
  type ServerId,
} from '@menagerie/core'
import { HandleStreams } from '../streams/handle-streams.js'
import { SocketStream } from '../streams/socket-stream.js'
import { AnswerPoll } from './answer-poll.js'
import { type Endpoint, formatEndpoint } from './endpoint.js'
import { namesAddress } from './names-address.js'
import { type LinkOptions, type LinkOwner, type RemoteEnd, TcpPeerLink } from './tcp-peer-link.js'
import { type Waiting, WaitingRoom } from './waiting-room.js'

const LOG_INTERVAL_MS = 1000
/** How long links that close may take before they are broken off. */
export const CLOSE_GRACE_MS = 1000

interface PlaneOptions extends LinkOptions {
  readonly connectTimeoutMs: number
  readonly nodeSockets: boolean
  readonly busyPollMicros: number
}

/** Links between learners and leaders: those that stand, and those that have not sent their first packet. */
export class BroadcastPlane implements LinkOwner {
  private readonly links = new Set<TcpPeerLink>()
  private readonly waiting = new Map<TcpPeerLink, Waiting>()
  private readonly waitingRoom: WaitingRoom
  private readonly faults: RateLimitedWarning
  private readonly handles: HandleStreams | undefined
  private emptied: (() => void) | undefined
  private closed = false

  /** @param opened Told of a link that a learner has opened, with its first packet; false if nobody wants it. */
  constructor(
    private readonly options: PlaneOptions,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly opened: (link: PeerLink) => boolean,
    private readonly endpointsOf: (peer: ServerId) => readonly Endpoint[],
  ) {
    this.waitingRoom = new WaitingRoom(clock, logger, options.connectTimeoutMs, 'the first packet')
    if (!options.nodeSockets) this.handles = HandleStreams.find()
    this.faults = new RateLimitedWarning(clock, logger, LOG_INTERVAL_MS)
  }

  /** A connection that somebody has opened. It is a link once a first packet has come, and not before. */
  accept(socket: Socket, firstChunk: Uint8Array | undefined, target?: LinkTarget): void {
    if (this.closed) {
      socket.destroy()
      return
    }
    const remoteAddress = socket.remoteAddress
    const link = this.create(socket, { name: remoteOf(socket), address: remoteAddress, target })
    const waiting = { remoteAddress, destroy: () => link.destroy(new Error('it has not said who it is')) }
    this.waiting.set(link, waiting)
    this.waitingRoom.enter(waiting)
    link.listen(firstChunk)
  }

  /** A connection that this server has opened. */
  dialed(socket: Socket, peer: ServerId): PeerLink {
    if (this.closed) {
      socket.destroy()
      throw new Error('the transport is closed')
    }
    return this.create(socket, { peer, name: `server ${peer} at ${remoteOf(socket)}`, address: socket.remoteAddress })
  }

  started(link: TcpPeerLink): void {
    this.identified(link)
    if (!this.opened(link)) link.destroy(new Error('this server takes no learners'))
  }

  closing(link: TcpPeerLink, reason = 'no reason given'): void {
    this.logger.debug({ remote: link.remote }, `closing the link to ${link.remote}: ${reason}`)
  }

  ended(link: TcpPeerLink): void {
    this.identified(link)
    this.links.delete(link)
    if (this.links.size === 0) this.emptied?.()
  }

  async isAddressOf(peer: ServerId, address: string | undefined): Promise<boolean> {
    return address !== undefined && (await namesAddress(this.endpointsOf(peer), address))
  }

  malformed(link: TcpPeerLink, error: Error): void {
    this.faults.warn({ remote: link.remote }, `closed the link to ${link.remote}: ${error.message}`)
  }

  /** Ends every link in order; one whose peer does not go along is broken off. */
  async close(): Promise<void> {
    this.closed = true
    this.waitingRoom.close()
    if (this.links.size === 0) return
    const emptied = new Promise<void>(resolve => {
      this.emptied = resolve
    })
    for (const link of this.links) link.close()
    const cancel = this.clock.schedule(CLOSE_GRACE_MS, () => {
      for (const link of this.links) link.destroy(new Error('the transport is closed'))
    })
    await emptied
    cancel()
  }

  private create(socket: Socket, end: RemoteEnd): TcpPeerLink {
    const stream = this.handles?.takeOver(socket) ?? new SocketStream(socket)
    // With one processor it would be taken from the peer that is to answer.
    const windowMs = availableParallelism() > 1 ? this.options.busyPollMicros / 1000 : 0
    const answers = new AnswerPoll(this.clock, windowMs)
    const link = new TcpPeerLink(stream, end, this.options, this.clock, this, answers)
    this.links.add(link)
    return link
  }

  private identified(link: TcpPeerLink): void {
    const waiting = this.waiting.get(link)
    if (waiting === undefined) return
    this.waiting.delete(link)
    this.waitingRoom.leave(waiting)
  }
}

function remoteOf({ remoteAddress, remotePort }: Socket): string {
  return formatEndpoint({ host: remoteAddress ?? 'unknown', port: remotePort ?? 0 })
}
