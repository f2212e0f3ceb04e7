import { KeeperCode } from '../../jute/codes.js'
import { parseConfig, type QuorumVerifier } from '../../zab/quorum/index.js'
import { SimulatedClient, type SimulatedClientParts } from '../client/index.js'
import type { ConfigMember, Reconfig } from '../faults/index.js'
import type { ReconfigRequest, Reply, Request } from '../history/index.js'
import type { Timeline } from '../time/index.js'
import { CONFIG_PATH } from '../workload/index.js'

/** What an administrator does besides asking for configurations, and how servers are written in one. */
export interface AdminHands {
  /**
   * Starts the machine of a server that is to join, if it does not run, or not with anybody; `known` is the configuration it is
   * to find others by.
   */
  start(server: number, known: QuorumVerifier): void
  /** Whether all servers of a configuration show it. */
  isKnown(config: QuorumVerifier): boolean
  /** Stops a server in order. */
  stop(server: number): void
  line(member: ConfigMember): string
}

/** What a simulated operator may ask for. */
export interface AdminOptions {
  /** Changes that would leave fewer voters are not asked for. */
  readonly votersMin: number
  readonly hands: AdminHands
}

/** How long to wait before the last reconfiguration is tried again, in microseconds. */
const RETRY_US = 100_000
/** Between two looks at whether a configuration is known. */
const LOOK_US = 5_000

/**
 * Whoever changes the ensemble: one change after another, each after a look at the present configuration. What became
 * of a request whose connection was lost it does not ask. At the end it has the ensemble confirm its configuration by a
 * reconfiguration to the same servers, until one succeeds.
 */
export class AdminClient {
  readonly client: SimulatedClient
  private readonly timeline: Timeline
  private readonly waiting: Reconfig[] = []
  private busy = false
  private phase: 'working' | 'finishing' | 'finished' = 'working'
  private generation = 0
  private areFaultsOver = false

  constructor(
    parts: Omit<SimulatedClientParts, 'ready'>,
    private readonly options: AdminOptions,
  ) {
    this.timeline = parts.timeline
    this.client = new SimulatedClient({ ...parts, ready: () => this.ready() })
  }

  get isFinished(): boolean {
    return this.phase === 'finished'
  }

  /** The session that it holds; null for none. */
  get held(): bigint | null {
    return this.client.isConnected ? this.client.sessionId : null
  }

  reconfigure(change: Reconfig): void {
    this.waiting.push(change)
    this.goOn()
  }

  /** From now on machines that are to join run before they are asked for: nothing starts them later. */
  faultsEnded(): void {
    this.areFaultsOver = true
  }

  /** Asks for nothing more but the last confirmation. */
  finish(): void {
    this.phase = 'finishing'
    this.waiting.length = 0
    this.goOn()
  }

  private ready(): void {
    this.generation++
    this.busy = false
    this.goOn()
  }

  private goOn(): void {
    if (this.busy || !this.client.isConnected || this.phase === 'finished') return
    const change = this.waiting[0]
    if (this.phase === 'working' && change === undefined) return
    this.busy = true
    this.ask({ kind: 'sync', path: CONFIG_PATH }, () => {})
    this.ask({ kind: 'getData', path: CONFIG_PATH, watch: true }, ({ data }) => {
      const parsed = parseConfig(data ?? '')
      if (parsed.problem !== undefined) this.later(RETRY_US, () => this.done())
      else if (this.phase === 'finishing') this.confirm(parsed.value)
      else this.prepare(change, parsed.value)
    })
  }

  /** `answered` is not called where the connection is lost before: {@link ready} then begins anew. */
  private ask(request: Request, answered: (reply: Reply) => void): void {
    const { generation } = this
    if (!this.client.isConnected) return
    this.client.submit(request, reply => {
      if (reply !== null && generation === this.generation) answered(reply)
    })
  }

  private later(delayUs: number, step: () => void): void {
    const { generation } = this
    this.timeline.after(delayUs, null, () => {
      if (generation === this.generation && this.client.isConnected) step()
    })
  }

  private prepare(change: Reconfig, known: QuorumVerifier): void {
    const { hands } = this.options
    const { startsMs } = change
    if (startsMs !== null || this.areFaultsOver) for (const { server } of joiningOf(change)) hands.start(server, known)
    this.later((startsMs ?? 0) * 1000, () => this.send(change, known))
  }

  private send(change: Reconfig, known: QuorumVerifier): void {
    this.waiting.shift()
    const { votersMin } = this.options
    if (votersAfter(change, known) < votersMin) {
      this.done()
      return
    }
    this.ask(this.requestOf(change, known), ({ code, data }) => {
      const next = parseConfig(data ?? '')
      if (code !== KeeperCode.Ok || !change.stops || next.problem !== undefined) this.done()
      else this.stopLeaving(leavingOf(change, known), next.value)
    })
  }

  /**
   * The answer says that the leader has committed the change, not that anybody else knows. Those who stay and do not know
   * yet ask the old servers, and need a quorum of these too: were they stopped, some might look for ever, here as with
   * Apache. While there are faults they are stopped at once, since most can go wrong then, and come back when these end;
   * later they are stopped as operators should, once everybody knows.
   */
  private stopLeaving(leaving: readonly number[], next: QuorumVerifier): void {
    const { hands } = this.options
    if (this.areFaultsOver && !hands.isKnown(next)) {
      this.later(LOOK_US, () => this.stopLeaving(leaving, next))
      return
    }
    for (const server of leaving) hands.stop(server)
    this.done()
  }

  private requestOf(change: Reconfig, { version }: QuorumVerifier): ReconfigRequest {
    const { line } = this.options.hands
    const { leaving, joining, members, condition } = change
    // Where the number of voters matters, what it was counted from has to be what is changed.
    const isStrict = condition === 'last' || (condition === 'none' && this.options.votersMin > 2)
    return {
      kind: 'reconfig',
      joiningServers: joining?.map(line).join(',') ?? null,
      leavingServers: leaving?.join(',') ?? null,
      newMembers: members?.map(line).join(',') ?? null,
      curConfigId: condition === 'stale' ? version - 1 : isStrict ? version : -1,
    }
  }

  private confirm({ servers, version }: QuorumVerifier): void {
    const members = [...servers.values()].map(({ id, role }) => this.options.hands.line({ server: id, role }))
    const none = { joiningServers: null, leavingServers: null }
    const request: Request = { kind: 'reconfig', ...none, newMembers: members.join(','), curConfigId: version }
    this.ask(request, ({ code }) => {
      if (code === KeeperCode.Ok) this.phase = 'finished'
      else this.later(RETRY_US, () => this.done())
    })
  }

  private done(): void {
    this.busy = false
    this.goOn()
  }
}

/** Who is in it afterwards and may not run yet. */
function joiningOf({ joining, members }: Reconfig): readonly ConfigMember[] {
  return members ?? joining ?? []
}

function leavingOf({ leaving, members }: Reconfig, { servers }: QuorumVerifier): readonly number[] {
  if (members === undefined) return leaving ?? []
  return [...servers.keys()].filter(id => members.every(({ server }) => server !== id))
}

function votersAfter({ leaving, joining, members }: Reconfig, { voters }: QuorumVerifier): number {
  if (members !== undefined) return members.filter(({ role }) => role === 'participant').length
  const after = new Set(voters)
  for (const id of leaving ?? []) after.delete(id)
  for (const { server, role } of joining ?? []) {
    if (role === 'participant') after.add(server)
    else after.delete(server)
  }
  return after.size
}
