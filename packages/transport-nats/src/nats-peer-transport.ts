import {
  type Clock,
  type LinkTarget,
  type Logger,
  MenagerieError,
  type PeerLink,
  type Peers,
  type PeerTransport,
  type Random,
  type ServerId,
} from '@menagerie/core'
import type { Msg } from 'nats'
import { Subject } from 'rxjs'
import { isAbsence } from './connect-failure.js'
import { connectionOptions } from './connect-options.js'
import { FirstConnection } from './first-connection.js'
import { encodeFrame, FrameKind } from './frames.js'
import {
  type Answer,
  decodeAnswer,
  decodeOpening,
  decodePresence,
  encodeJson,
  type LinkTerms,
  type Presence,
  refusalOf,
  WIRE_VERSION,
} from './handshake.js'
import { type LinkHost, NatsLink } from './nats-link.js'
import { NatsWire, saysNobodyListens } from './nats-wire.js'
import type { NatsTransportOptions } from './options.js'
import { Subjects, tokenOf } from './subjects.js'
import { ensembleMark } from './vote-message.js'
import { VotePlane } from './vote-plane.js'

type State = 'new' | 'opening' | 'open' | 'closed'

/**
 * Peers that meet at a NATS server or cluster, each by its id under a common prefix.
 *
 * Links break whenever this server's connection to NATS does, and are opened again by those who need them. A peer
 * that ends is noticed within `heartbeatMs` (its NATS server says that nobody listens), any other failure within
 * `deadAfterMs`. A NATS server that is not there yet is waited for.
 */
export class NatsPeerTransport implements PeerTransport {
  private readonly voteSubject = new Subject<{ readonly from: ServerId; readonly message: Uint8Array }>()
  private readonly linkSubject = new Subject<PeerLink>()
  readonly votes$ = this.voteSubject.asObservable()
  readonly links$ = this.linkSubject.asObservable()
  private readonly subjects: Subjects
  private readonly links = new Map<string, NatsLink>()
  private readonly host: LinkHost
  private readonly instance: string
  private self: ServerId = -1
  private peers: Peers = new Map()
  private state: State = 'new'
  private wire: NatsWire | undefined
  /** Listens at NATS, and is the only one of its id there. */
  private listens = false
  /** Another server of the same id, which came at the same moment and is let in. */
  private twin: Presence | undefined
  private votes: VotePlane | undefined
  private readonly first: FirstConnection
  private closing: Promise<void> | undefined
  private linksOver: (() => void) | undefined

  constructor(
    private readonly options: NatsTransportOptions,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly logger: Logger,
  ) {
    this.subjects = new Subjects(options.prefix)
    this.instance = this.hex(8)
    this.host = {
      clock,
      transmit: (link, frame, probe) => {
        const reply = probe ? this.subjects.link(this.self, link.token) : undefined
        this.wire?.publish(this.subjects.link(link.peer, link.peerToken), frame, reply)
      },
      over: (link, reason) => this.forget(link, reason),
    }
    this.first = new FirstConnection({
      clock,
      logger,
      delayMs: options.reconnectDelayMs,
      attempt: async () => {
        await this.listen()
        this.votes!.reconnected()
      },
    })
  }

  async open(self: ServerId, peers: Peers): Promise<void> {
    if (this.state !== 'new') throw new MenagerieError('SERVER_STATE', `this transport is ${this.state} already`)
    this.state = 'opening'
    this.self = self
    this.setPeers(peers)
    this.votes = this.votePlane()
    try {
      await this.listen()
    } catch (error) {
      if (this.state !== 'opening' || !this.options.waitForNats || !isAbsence(error)) {
        await this.close()
        throw error
      }
      this.first.begin(error)
    }
    if (this.state !== 'opening') throw new MenagerieError('SERVER_STATE', 'this transport was closed while it opened')
    this.state = 'open'
  }

  sendVote(peer: ServerId, message: Uint8Array): void {
    if (this.state === 'open' && this.knows(peer)) this.votes!.send(peer, message)
  }

  async connect(peer: ServerId, to: LinkTarget = 'leader'): Promise<PeerLink> {
    if (to !== 'leader') throw new Error('observers go to the leader over NATS')
    const unreachable = (why: string) => new Error(`server ${peer} cannot be reached from server ${this.self}: ${why}`)
    if (this.state !== 'open') throw unreachable('the transport is not open')
    if (!this.knows(peer)) throw unreachable('it is none of the peers')
    const { wire } = this
    if (!this.listens || !wire?.isConnected) throw unreachable('there is no connection to NATS at the moment')
    const link = this.newLink(peer)
    try {
      link.establish(await this.negotiate(wire, link), this.frameBytesMax)
    } catch (error) {
      const why = reasonOf(error, this.options)
      link.break(why)
      throw unreachable(why)
    }
    return link
  }

  setPeers(peers: Peers): void {
    this.peers = new Map(peers)
  }

  close(): Promise<void> {
    this.closing ??= this.shut()
    return this.closing
  }

  private async shut(): Promise<void> {
    this.state = 'closed'
    this.first.stop()
    this.votes?.clear()
    for (const link of [...this.links.values()]) link.close('the transport was closed')
    await this.lingering()
    for (const link of [...this.links.values()]) link.break('the transport was closed')
    await this.wire?.close()
    this.voteSubject.complete()
    this.linkSubject.complete()
  }

  /** Gives links time to send what they had queued. */
  private lingering(): Promise<void> {
    if (this.links.size === 0) return Promise.resolve()
    return new Promise(resolve => {
      const cancel = this.clock.schedule(this.options.deadAfterMs, resolve)
      this.linksOver = () => {
        cancel()
        resolve()
      }
    })
  }

  private votePlane(): VotePlane {
    const { self, instance, options, clock, logger, subjects } = this
    return new VotePlane({
      ...{ self, instance, clock, logger },
      mark: ensembleMark(options.ensemble),
      isConnected: () => this.listens && this.wire!.isConnected,
      publish: (peer, data) => this.wire!.publish(subjects.vote(peer), data),
      deliver: (from, message) => {
        if (this.state === 'open') this.voteSubject.next({ from, message })
      },
    })
  }

  private async listen(): Promise<void> {
    const { options, subjects, self, logger } = this
    const name = `menagerie ${options.prefix} server ${self}`
    const wire = await NatsWire.open(await connectionOptions(options, name, subjects), logger, {
      down: () => this.lost(),
      up: () => this.back(),
    })
    try {
      await this.listenAt(wire)
    } catch (error) {
      await wire.close()
      throw error
    }
  }

  private async listenAt(wire: NatsWire): Promise<void> {
    const { subjects, self } = this
    this.wire = wire
    this.twin = undefined
    // Links come last but one: NATS tells its cluster of subscriptions in order, so whoever's request has come to
    // a server knows that frames come to it too.
    wire.subscribe(subjects.links(self), message => this.frame(message))
    wire.subscribe(subjects.vote(self), message => {
      // What comes earlier is not taken note of either: it comes again once this server has announced itself.
      if (this.listens) this.votes!.receive(message.data)
    })
    wire.subscribe(subjects.arrivals, message => this.arrival(message.data))
    wire.subscribe(subjects.presence(self), message => {
      if (this.state !== 'closed' && !this.givesWayTo(message.data)) message.respond(this.presence())
    })
    wire.subscribe(subjects.connect(self), message => this.welcome(message))
    await wire.subscribed()
    await this.refuseTwin(wire)
    if (this.state === 'closed') throw new MenagerieError('SERVER_STATE', 'this transport was closed while it opened')
    this.listens = true
    wire.publish(subjects.arrivals, this.presence())
  }

  /** Two servers of one id would each take part of what is meant for the other. @throws LISTEN_FAILED */
  private async refuseTwin(wire: NatsWire): Promise<void> {
    const { self, options, subjects } = this
    const answer = await wire.request(subjects.presence(self), this.presence(), TWIN_TIMEOUT_MS).catch(() => undefined)
    const twin = answer === undefined ? this.twin : decodePresence(answer)
    if (answer === undefined && twin === undefined) return
    const other = twin !== undefined && twin.ensemble !== options.ensemble ? ` of ensemble "${twin.ensemble}"` : ''
    throw new MenagerieError(
      'LISTEN_FAILED',
      `server ${self}${other} is there already under the prefix ${options.prefix} of NATS; ` +
        'stop it, or give this server another id or its ensemble another prefix',
    )
  }

  /** Of two of one id that come at the same moment, one is let in. */
  private givesWayTo(asking: Uint8Array): boolean {
    const other = decodePresence(asking)
    if (this.listens || other === undefined || other.instance <= this.instance) return false
    this.twin = other
    return true
  }

  private presence(): Uint8Array {
    return encodeJson({ ensemble: this.options.ensemble, server: this.self, instance: this.instance })
  }

  private arrival(data: Uint8Array): void {
    const peer = decodePresence(data)
    if (peer !== undefined && peer.ensemble === this.options.ensemble && this.knows(peer.server))
      this.votes!.arrived(peer.server)
  }

  private lost(): void {
    for (const link of [...this.links.values()]) link.break('the connection to NATS was lost')
  }

  private back(): void {
    if (this.state !== 'open' || !this.listens) return
    this.votes!.reconnected()
    this.wire!.publish(this.subjects.arrivals, this.presence())
  }

  private async negotiate(wire: NatsWire, link: NatsLink): Promise<LinkTerms> {
    const request = encodeJson({
      version: WIRE_VERSION,
      ensemble: this.options.ensemble,
      from: this.self,
      to: link.peer,
      ...this.terms(link),
    })
    const reply = await wire.request(this.subjects.connect(link.peer), request, this.options.connectTimeoutMs)
    const answer = decodeAnswer(reply)
    if (answer === undefined) throw new Error('its answer is no answer of this transport')
    if (!answer.accepted) throw new Error(answer.reason)
    return answer
  }

  /** A learner asks for a link. */
  private welcome(message: Msg): void {
    const answer = (value: Answer) => message.respond(encodeJson(value))
    const request = decodeOpening(message.data)
    const refusal =
      request === undefined
        ? 'the request is none of this transport'
        : this.state !== 'open' || !this.listens
          ? `its transport is ${this.state === 'open' ? 'opening' : this.state}`
          : refusalOf(request, this.self, this.options.ensemble)
    if (request === undefined || refusal !== undefined) {
      this.logger.warn({ from: request?.from, refusal }, 'a link is refused')
      answer({ accepted: false, reason: refusal! })
      return
    }
    const link = this.newLink(request.from)
    answer({ accepted: true, ...this.terms(link) })
    link.establish(request, this.frameBytesMax)
    this.linkSubject.next(link)
  }

  private newLink(peer: ServerId): NatsLink {
    const token = this.hex(16)
    const remote = `${this.subjects.link(peer, '*').slice(0, -2)} at ${this.wire!.server}`
    const link = new NatsLink(this.host, this.options, peer, token, remote)
    this.links.set(token, link)
    return link
  }

  private terms(link: NatsLink): LinkTerms {
    const { windowBytes, packetBytesMax } = this.options
    return { token: link.token, windowBytes, packetBytesMax }
  }

  private frame(message: Msg): void {
    const link = this.links.get(tokenOf(message.subject))
    if (link !== undefined) {
      if (saysNobodyListens(message)) link.nobodyListens()
      else link.receive(message.data)
    } else if (message.reply !== undefined && message.reply !== '') {
      // A heartbeat for a link that this server does not know (any more): it was started again, or gave up.
      message.respond(encodeFrame(FrameKind.BREAK, 0, 0, Buffer.from('it does not know this link')))
    }
  }

  private forget(link: NatsLink, reason: string | undefined): void {
    this.links.delete(link.token)
    if (reason !== undefined && this.state !== 'closed')
      this.logger.warn({ peer: link.peer, reason }, 'a link to a peer broke')
    if (this.links.size === 0) this.linksOver?.()
  }

  private get frameBytesMax(): number {
    return Math.min(this.options.messageBytesMax, this.wire!.payloadBytesMax)
  }

  private knows(peer: ServerId): boolean {
    return peer !== this.self && this.peers.has(peer)
  }

  private hex(bytes: number): string {
    return Buffer.from(this.random.bytes(bytes)).toString('hex')
  }
}

/** How long another server of the same id may take to answer; NATS itself says at once that there is none. */
const TWIN_TIMEOUT_MS = 1000

function reasonOf(error: unknown, options: NatsTransportOptions): string {
  const { code, message } = error as { code?: unknown; message: string }
  if (code === '503') return 'nobody listens for it at NATS'
  if (code === 'TIMEOUT') return `it did not answer within ${options.connectTimeoutMs} ms`
  return message
}
