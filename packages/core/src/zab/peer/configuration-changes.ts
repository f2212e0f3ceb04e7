import { BehaviorSubject, type Observable } from 'rxjs'
import type { PeerAddress, ServerId } from '../../seams/peer-transport.js'
import { zxidCounter } from '../../zxid.js'
import type { ElectionDriver } from '../election/index.js'
import type { Membership, QuorumVerifier } from '../quorum/index.js'
import type { QuorumPeerOptions } from './quorum-peer-options.js'

export type ConfigurationChangesOptions = Pick<
  QuorumPeerOptions,
  | 'self'
  | 'membership'
  | 'transport'
  | 'host'
  | 'observerMasters'
  | 'onProposed'
  | 'onWithdrawn'
  | 'onActivated'
  | 'logger'
>

/** Who is told of a new configuration of the ensemble: the election, the transport, and the server itself. */
export class ConfigurationChanges {
  private readonly verifiers: BehaviorSubject<QuorumVerifier>

  constructor(
    private readonly options: ConfigurationChangesOptions,
    private readonly election: Pick<ElectionDriver, 'reconfigure'>,
  ) {
    this.verifiers = new BehaviorSubject(options.membership.current)
  }

  /** The configuration to go by, now and whenever it is another one. */
  get current$(): Observable<QuorumVerifier> {
    return this.verifiers
  }

  /** There will be no other. */
  close(): void {
    this.verifiers.complete()
  }

  /** Whether this server takes observers, as any server that votes does where there are observer masters. */
  get takesObservers(): boolean {
    const { observerMasters, membership, self } = this.options
    return observerMasters !== undefined && !membership.current.observers.has(self)
  }

  /** The membership has a configuration that is logged, and on its way. */
  proposed(verifier: QuorumVerifier): void {
    const { membership, transport, onProposed } = this.options
    transport.setPeers(addressesOf(membership))
    this.election.reconfigure(membership.current, membership.next)
    onProposed?.(verifier)
  }

  /**
   * A configuration on its way that this server has only been told of, or that was cut off meanwhile, is nothing that it
   * answers for. If it is committed, a quorum has it in its history, and whoever leads next.
   */
  forgetUnlogged(): void {
    const { membership, host } = this.options
    const { next } = membership
    if (next === undefined || zxidCounter(next.version) === 0 || host.hasConfiguration(next.version)) return
    membership.withdraw()
    this.withdrawn()
  }

  /** What was on its way in the membership has been cut off. */
  withdrawn(): void {
    const { membership, transport, onWithdrawn } = this.options
    transport.setPeers(addressesOf(membership))
    this.election.reconfigure(membership.current, membership.next)
    onWithdrawn?.()
  }

  /** This is the configuration to go by from now on. */
  activated(verifier: QuorumVerifier): void {
    const { membership, transport, onActivated, logger } = this.options
    logger.info({ version: verifier.version.toString(16), voters: [...verifier.voters] }, 'a new configuration')
    membership.activate(verifier)
    transport.setPeers(addressesOf(membership))
    transport.takeObservers?.(this.takesObservers)
    this.election.reconfigure(membership.current, membership.next)
    onActivated?.(verifier)
    if (verifier !== this.verifiers.value) this.verifiers.next(verifier)
  }
}

/** Whoever is in a configuration that counts, or comes to. */
export function addressesOf({ current, next }: Membership): ReadonlyMap<ServerId, readonly PeerAddress[]> {
  const servers = [...current.servers, ...(next?.servers ?? [])]
  return new Map(servers.map(([id, { addresses }]) => [id, addresses]))
}
