import type { Socket } from 'node:net'
import { type Clock, type Logger, type Peers, RateLimitedWarning, type ServerId } from '@menagerie/core'
import type { PeerDialer } from './dialer.js'
import { distinct, type Endpoint, endpointsOf } from './endpoint.js'
import { encodeInitialMessage, type InitialMessage, InitialMessageReader } from './initial-message.js'
import type { LastWords } from './last-words.js'
import type { TcpPeersOptions } from './options.js'
import type { LearnerLogin } from './sasl/learner-login.js'
import type { ServerGate } from './sasl/server-gate.js'
import { VOTE_BYTES_MAX } from './vote-connection.js'
import { VotePeer, type VotePlane } from './vote-peer.js'
import { WaitingRoom } from './waiting-room.js'

const LOG_INTERVAL_MS = 1000
/** Servers outside the ensemble whose connections are held at one time. */
const JOINERS_MAX = 64
/** How many connection timeouts a connection may be silent for while it is asked. */
const SILENT_TIMEOUTS = 2

export type ElectionOptions = Pick<TcpPeersOptions, 'connectTimeoutMs' | 'multiAddress' | 'acceptJoiners'>

/** Votes between servers, as Apache's QuorumCnxManager carries them. */
export class ElectionPlane implements VotePlane {
  readonly connectTimeoutMs: number
  readonly silenceMaxMs: number
  private readonly members = new Map<ServerId, VotePeer>()
  private readonly waitingRoom: WaitingRoom
  private readonly refusals: RateLimitedWarning
  private closed = false
  /** Where this server takes votes itself. */
  private own: readonly Endpoint[]

  constructor(
    readonly self: ServerId,
    private peers: Peers,
    private readonly options: ElectionOptions,
    private readonly dialer: PeerDialer,
    readonly clock: Clock,
    readonly logger: Logger,
    private readonly votes: (from: ServerId, message: Uint8Array) => void,
    readonly lastWords: LastWords,
    private readonly sasl?: { readonly login: LearnerLogin; readonly gate: ServerGate },
  ) {
    this.connectTimeoutMs = options.connectTimeoutMs
    this.silenceMaxMs = SILENT_TIMEOUTS * options.connectTimeoutMs
    this.waitingRoom = new WaitingRoom(clock, logger, options.connectTimeoutMs, 'the initial message')
    this.refusals = new RateLimitedWarning(clock, logger, LOG_INTERVAL_MS)
    this.own = this.endpointsOf(self)
  }

  setPeers(peers: Peers): void {
    this.peers = peers
    // A configuration without this server, as one that joins is given by its leader, moves it nowhere. It has to say where
    // it is: no server hears one that names no address.
    const own = this.endpointsOf(this.self)
    if (own.length > 0) this.own = own
  }

  send(peer: ServerId, message: Uint8Array): void {
    if (this.closed) return
    if (message.length === 0 || message.length > VOTE_BYTES_MAX) {
      this.logger.error({ peer }, `a vote of ${message.length} bytes is not sent: 1 to ${VOTE_BYTES_MAX} can be`)
    } else if (peer === this.self) {
      const copy = message.slice()
      this.clock.defer(() => this.vote(peer, copy))
    } else if (this.peers.has(peer) || this.members.has(peer)) {
      this.member(peer).send(message.slice())
    }
  }

  /** A connection that somebody has opened. */
  accept(socket: Socket, firstChunk: Uint8Array | undefined): void {
    if (this.closed) {
      socket.destroy()
      return
    }
    this.waitingRoom.enter(socket)
    const reader = new InitialMessageReader()
    const stop = () => {
      this.waitingRoom.leave(socket)
      socket.off('data', received).off('close', stop).off('end', ended)
    }
    const ended = () => this.refuse(socket, 'it closed before it said who it is', stop)
    const received = (chunk: Uint8Array) => {
      try {
        const found = reader.push(chunk)
        if (found === undefined) return
        stop()
        socket.pause()
        if (this.sasl === undefined) this.identified(socket, found.message, found.rest)
        else this.sasl.gate.admit(socket, found.rest, rest => this.identified(socket, found.message, rest))
      } catch (error) {
        this.refuse(socket, (error as Error).message, stop)
      }
    }
    socket.on('data', received).on('close', stop).on('end', ended)
    if (firstChunk !== undefined) received(firstChunk)
  }

  close(): void {
    this.closed = true
    this.waitingRoom.close()
    for (const member of this.members.values()) member.close()
    this.members.clear()
  }

  endpointsOf(peer: ServerId): Endpoint[] {
    return distinct(endpointsOf(this.peers.get(peer) ?? [], 'election'))
  }

  async dial(endpoints: readonly Endpoint[], signal: AbortSignal): Promise<Socket> {
    const socket = await this.dialer.dial(distinct(endpoints), signal)
    socket.write(encodeInitialMessage(this.self, this.own, this.options.multiAddress))
    await this.sasl?.login.login(socket, signal)
    return socket
  }

  vote(from: ServerId, message: Uint8Array): void {
    if (!this.closed) this.votes(from, message)
  }

  malformed(from: ServerId, fault: string): void {
    this.refusals.warn({ peer: from }, `closed the election connection of server ${from}: it sent ${fault}`)
  }

  /** Nothing is kept of a server that is not in the ensemble. */
  idle(peer: VotePeer): void {
    if (!this.peers.has(peer.id)) this.members.delete(peer.id)
  }

  private identified(socket: Socket, { sid, addresses }: InitialMessage, rest: Uint8Array): void {
    // Closed while it authenticated: nobody is dialed back any more.
    if (this.closed) {
      socket.destroy()
      return
    }
    const problem = this.problemOf(sid)
    if (problem !== undefined) this.refuse(socket, problem)
    else if (sid > this.self) this.member(sid).adopt(socket, rest)
    else {
      // Behind the last word of an authentication, where there is one.
      this.lastWords.close(socket)
      // Apache goes where the message says. What is configured is looked at first here: the message may be wrong,
      // or come from somebody who would have this server connect to anywhere.
      if (this.peers.has(sid) || addresses.length > 0) this.member(sid).dialBack(addresses)
    }
  }

  private problemOf(sid: ServerId): string | undefined {
    if (sid === this.self) return `it says that it is server ${sid}, as this one is; two servers have the same myid`
    if (this.peers.has(sid) || this.members.has(sid)) return undefined
    // A server that joins by reconfiguration knows the ensemble before the ensemble knows it.
    if (!this.options.acceptJoiners) return `it says that it is server ${sid}, which is not in the ensemble`
    const joiners = [...this.members.keys()].filter(id => !this.peers.has(id)).length
    return joiners < JOINERS_MAX
      ? undefined
      : `it says that it is server ${sid}, and ${joiners} unknown servers are connected`
  }

  private member(id: ServerId): VotePeer {
    let member = this.members.get(id)
    if (member === undefined) {
      member = new VotePeer(id, this)
      this.members.set(id, member)
    }
    return member
  }

  private refuse(socket: Socket, reason: string, stop: () => void = () => {}): void {
    stop()
    const { remoteAddress } = socket
    this.refusals.warn({ address: remoteAddress }, `closed an election connection from ${remoteAddress}: ${reason}`)
    socket.destroy()
  }
}
