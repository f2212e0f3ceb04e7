import { randomBytes, randomInt } from 'node:crypto'
import type { SecureContextOptions } from 'node:tls'
import {
  type Clock,
  type LinkTarget,
  type Logger,
  MenagerieError,
  type PeerAddress,
  type PeerLink,
  type Peers,
  type PeerTransport,
  type Random,
  type ServerId,
} from '@menagerie/core'
import { type Observable, Subject } from 'rxjs'
import { loadCredentials } from '../tls/credentials.js'
import { CredentialReloader } from '../tls/reload.js'
import { TlsGate } from '../tls/tls-gate.js'
import { type Accepted, PeerAcceptor } from './acceptor.js'
import { BroadcastPlane, CLOSE_GRACE_MS } from './broadcast-plane.js'
import { PeerDialer } from './dialer.js'
import { ElectionPlane } from './election-plane.js'
import { distinct, endpointsOf, type Plane } from './endpoint.js'
import { LastWords } from './last-words.js'
import type { TcpPeersOptions } from './options.js'
import { LearnerLogin } from './sasl/learner-login.js'
import { ServerGate } from './sasl/server-gate.js'

/**
 * How long a machine may take to answer whoever wants a link: a packet that is lost is sent again after a second, and an
 * address that swallows all of them must not hold up a learner until TCP gives up.
 */
const LINK_ANSWER_MS = 1500

/** For nonces. */
const SYSTEM_RANDOM: Random = { bytes: randomBytes, below: bound => randomInt(bound) }

type Vote = { readonly from: ServerId; readonly message: Uint8Array }

/**
 * Peers over TCP, in the formats of Apache ZooKeeper: votes on the election port as QuorumCnxManager sends them,
 * links on the quorum port as between Learner and LearnerHandler. One per server.
 *
 * Whatever a peer sends closes its own connection at most; nothing is thrown for it.
 */
export class TcpPeerTransport implements PeerTransport {
  private readonly votes = new Subject<Vote>()
  private readonly links = new Subject<PeerLink>()
  readonly votes$: Observable<Vote> = this.votes.asObservable()
  readonly links$: Observable<PeerLink> = this.links.asObservable()
  private state: 'new' | 'open' | 'closed' = 'new'
  private peers: Peers = new Map()
  private credentials: SecureContextOptions | undefined
  private gate: TlsGate | undefined
  private reloader: CredentialReloader | undefined
  private readonly dialer: PeerDialer
  private readonly sasl: { readonly login: LearnerLogin; readonly gate: ServerGate } | undefined
  private readonly lastWords: LastWords
  private readonly broadcast: BroadcastPlane
  private observersWanted = false
  private observerAcceptor: PeerAcceptor | undefined
  private election: ElectionPlane | undefined
  private readonly acceptors = new Map<Plane, PeerAcceptor>()
  private self: ServerId | undefined
  /** Listening and moving elsewhere, one after the other. */
  private listening: Promise<void> = Promise.resolve()
  private readonly dialing = new AbortController()
  private closing: Promise<void> | undefined

  constructor(
    private readonly options: TcpPeersOptions,
    private readonly clock: Clock,
    private readonly logger: Logger,
    random: Random = SYSTEM_RANDOM,
  ) {
    this.dialer = new PeerDialer(options, clock, () => this.credentials)
    const { sasl, connectTimeoutMs, lingerMs } = options
    this.lastWords = new LastWords(clock, lingerMs)
    if (sasl !== undefined) {
      const login = new LearnerLogin(sasl, clock, random, connectTimeoutMs)
      this.sasl = { login, gate: new ServerGate(sasl, clock, this.lastWords, logger, random, connectTimeoutMs) }
    }
    const opened = (link: PeerLink) => {
      if (!this.links.observed) return false
      this.links.next(link)
      return true
    }
    const endpoints = (peer: ServerId) => endpointsOf(this.peers.get(peer) ?? [], 'quorum')
    this.broadcast = new BroadcastPlane(options, clock, logger, opened, endpoints)
  }

  /** @throws LISTEN_FAILED; CONFIG_INVALID for keys or certificates that cannot be used */
  async open(self: ServerId, peers: Peers): Promise<void> {
    if (this.state !== 'new') throw new MenagerieError('SERVER_STATE', `this transport is ${this.state} already`)
    this.state = 'open'
    this.setPeers(peers)
    const { options, clock, logger } = this
    const own = peers.get(self) ?? []
    try {
      if (own.length === 0)
        throw new MenagerieError(
          'LISTEN_FAILED',
          `server ${self} has no address of its own among its peers to listen on`,
        )
      await this.prepareTls()
      const vote = (from: ServerId, message: Uint8Array) => this.votes.next({ from, message })
      const election = new ElectionPlane(
        self,
        this.peers,
        options,
        this.dialer,
        clock,
        logger,
        vote,
        this.lastWords,
        this.sasl,
      )
      this.election = election
      this.self = self
      this.acceptors.set('election', this.acceptor(election))
      this.acceptors.set('quorum', this.acceptor(this.learners()))
      this.listening = this.listen(own)
      await this.listening
    } catch (error) {
      await this.close()
      throw error
    }
  }

  sendVote(peer: ServerId, message: Uint8Array): void {
    this.election?.send(peer, message)
  }

  async connect(peer: ServerId, to: LinkTarget = 'leader'): Promise<PeerLink> {
    const { observerPort } = this.options
    const plane = to === 'leader' ? 'quorum' : { observerPort }
    const endpoints = distinct(endpointsOf(this.peers.get(peer) ?? [], plane))
    try {
      if (to !== 'leader' && observerPort === 0) throw new Error('there is no port for observers')
      if (this.state !== 'open') throw new Error(`the transport is ${this.state}`)
      const socket = await this.dialer.dial(endpoints, this.dialing.signal, LINK_ANSWER_MS)
      await this.sasl?.login.login(socket, this.dialing.signal)
      return this.broadcast.dialed(socket, peer)
    } catch (error) {
      throw new Error(`server ${peer} cannot be reached: ${(error as Error).message}`, { cause: error })
    }
  }

  /** If this server has moved, it listens where it is from now on, as soon as that is bound; a failure is logged. */
  setPeers(peers: Peers): void {
    this.peers = new Map(peers)
    this.election?.setPeers(this.peers)
    const own = this.self === undefined ? undefined : this.peers.get(this.self)
    if (own === undefined || own.length === 0) return
    this.listenLater(() => this.listen(own), 'peers do not reach this server')
    this.listenLater(() => this.listenForObservers(), 'observers do not reach this server')
  }

  /** The port for observers is bound as soon as that can be done; a failure is logged. */
  takeObservers(wanted: boolean): void {
    this.observersWanted = wanted && this.options.observerPort > 0
    this.listenLater(() => this.listenForObservers(), 'observers do not reach this server')
  }

  private listenLater(listen: () => Promise<void>, failing: string): void {
    this.listening = this.listening.then(listen).catch((error: Error) => {
      if (this.state === 'open') this.logger.error({ err: error }, `${failing}: ${error.message}`)
    })
  }

  private async listenForObservers(): Promise<void> {
    const own = this.self === undefined ? undefined : this.peers.get(this.self)
    if (this.state !== 'open' || (this.observerAcceptor === undefined && !this.observersWanted)) return
    this.observerAcceptor ??= this.acceptor(this.learners('observer-master'))
    const { observerPort } = this.options
    await this.observerAcceptor.listen(this.observersWanted ? endpointsOf(own ?? [], { observerPort }) : [])
  }

  close(): Promise<void> {
    this.closing ??= this.closeAll()
    return this.closing
  }

  private async prepareTls(): Promise<void> {
    const { tls, sslQuorum, portUnification } = this.options
    if (tls === undefined || !(sslQuorum || portUnification)) return
    const credentials = await loadCredentials(tls)
    const gate = new TlsGate(tls, credentials, this.clock, this.logger)
    this.credentials = credentials
    this.gate = gate
    if (!tls.certReload) return
    this.reloader = new CredentialReloader(tls, this.clock, this.logger, credentials, fresh => {
      this.credentials = fresh
      gate.use(fresh)
    })
  }

  /** Takes learners, once they have proved who they are. */
  private learners(target?: LinkTarget): { readonly accept: Accepted } {
    const { broadcast, sasl } = this
    return {
      accept: (socket, firstChunk) => {
        if (sasl === undefined) broadcast.accept(socket, firstChunk, target)
        else sasl.gate.admit(socket, firstChunk, rest => broadcast.accept(socket, rest, target))
      },
    }
  }

  private acceptor(target: { readonly accept: Accepted }): PeerAcceptor {
    const { options, clock, logger, gate } = this
    return new PeerAcceptor(options, clock, logger, gate, (socket, firstChunk) => target.accept(socket, firstChunk))
  }

  private async listen(own: readonly PeerAddress[]): Promise<void> {
    if (this.state !== 'open') throw new MenagerieError('SERVER_STATE', `this transport is ${this.state}`)
    for (const [plane, acceptor] of this.acceptors) await acceptor.listen(endpointsOf(own, plane))
  }

  private async closeAll(): Promise<void> {
    this.state = 'closed'
    this.reloader?.stop()
    this.dialing.abort(new Error('the transport is closed'))
    for (const acceptor of this.acceptors.values()) acceptor.close()
    this.observerAcceptor?.close()
    this.gate?.destroyAll()
    this.sasl?.gate.close()
    this.election?.close()
    await Promise.all([this.broadcast.close(), this.lastWords.over(CLOSE_GRACE_MS)])
    this.votes.complete()
    this.links.complete()
  }
}
