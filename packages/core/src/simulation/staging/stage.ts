import type { Role } from '../../events/index.js'
import type { ServerId } from '../../seams/peer-transport.js'
import { decodePacket, PacketType, type QuorumPacket } from '../../zab/packets/index.js'
import type { SimulatedDisk } from '../disk/index.js'
import type { FaultTargets, FaultyClient, FaultyServer, Reconfig } from '../faults/index.js'
import type { Violation } from '../history/index.js'
import { FIRST_CLIENT } from '../network/index.js'
import type { DiskEvent, PacketEvent, Trace, TraceEvent } from './trace.js'

/** What a script is about: servers with their disks. */
export interface StageTargets extends FaultTargets {
  server(id: ServerId): FaultyServer & { readonly disk: SimulatedDisk; start(): void }
  client(number: number): FaultyClient & { readonly sessionId: bigint }
}

/** A course of events that is written by hand: it waits for what happens, and acts at that moment. */
export interface Script {
  /** Options of the ensemble beside the usual ones. */
  readonly options?: ReadonlyMap<string, unknown>
  run(stage: Stage): Promise<void>
}

/** The property that is broken when a script never gets to its end. */
export const UNREACHED = 'the situation is reached'
/** The property that is broken by what a script itself has found wrong. */
export const ASSERTED = 'the situation is mastered'

interface Waiting {
  readonly what: string
  /** The event, or anything but null for what is no event. */
  look(): TraceEvent | true | null
  resolve(found: TraceEvent | true): void
}

/** Where a script runs: what has happened, and what can be done to servers and network. */
export class Stage {
  readonly violations: Violation[] = []
  private waiting: Waiting | null = null
  /** Events before here are in the past. */
  private position = 0
  private readonly ends = new Set<() => void>()
  private readonly gates = new Set<(from: number, to: number, packet: QuorumPacket) => boolean>()

  constructor(
    private readonly targets: StageTargets,
    readonly trace: Trace,
  ) {
    targets.network.holds = (from, to, item) => this.isHeld(from, to, item)
  }

  get servers(): readonly ServerId[] {
    return this.targets.servers
  }

  /** What the script waits for at present; null: nothing. */
  get waitsFor(): string | null {
    return this.waiting?.what ?? null
  }

  /** Lets the script go on if what it waits for has happened; whether it has. */
  goOn(): boolean {
    const { waiting } = this
    const found = waiting?.look() ?? null
    if (waiting === null || found === null) return false
    this.waiting = null
    waiting.resolve(found)
    return true
  }

  // --- waiting

  /** The next event that matches, after the one that was waited for before. */
  next<T extends TraceEvent>(what: string, matches: (event: TraceEvent) => event is T): Promise<T>
  next(what: string, matches: (event: TraceEvent) => boolean): Promise<TraceEvent>
  next(what: string, matches: (event: TraceEvent) => boolean): Promise<TraceEvent> {
    return this.wait(what, () => {
      const { events } = this.trace
      while (this.position < events.length) {
        const event = events[this.position++]
        if (matches(event)) return event
      }
      return null
    }) as Promise<TraceEvent>
  }

  /** Until something is so; what happened meanwhile is in the past then. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    await this.wait(what, () => (isSo() ? true : null))
    this.position = this.trace.events.length
  }

  private wait(what: string, look: Waiting['look']): Promise<TraceEvent | true> {
    return new Promise(resolve => {
      this.waiting = { what, look, resolve }
    })
  }

  passes(ms: number): Promise<void> {
    const untilUs = this.targets.timeline.nowUs + ms * 1000
    this.targets.timeline.at(untilUs, null, () => {})
    return this.until(`${ms} ms pass`, () => this.targets.timeline.nowUs >= untilUs)
  }

  /** A packet between two servers; ends that are not given are anybody. */
  packet(type: PacketType, where: { on?: PacketEvent['on']; from?: ServerId; to?: ServerId } = {}) {
    const { on = 'arrives', from, to } = where
    return this.next(
      `a ${nameOf(type)} ${on} (from ${from ?? 'anybody'} to ${to ?? 'anybody'})`,
      (event): event is PacketEvent => this.isPacket(event, type, { on, from, to }),
    )
  }

  isPacket(
    event: TraceEvent,
    type: PacketType,
    { on, from, to }: { on?: PacketEvent['on']; from?: ServerId; to?: ServerId },
  ): event is PacketEvent {
    if (event.kind !== 'packet' || event.type !== type) return false
    return (on ?? event.on) === event.on && (from ?? event.from) === event.from && (to ?? event.to) === event.to
  }

  disk(server: ServerId, step: DiskEvent['step'], on: DiskEvent['on']): Promise<DiskEvent> {
    return this.next(
      `${step} ${on} at server ${server}`,
      (event): event is DiskEvent =>
        event.kind === 'disk' && event.server === server && event.step === step && event.on === on,
    )
  }

  /** So many more transactions are committed. */
  commits(count: number): Promise<void> {
    const wanted = this.committed + count
    return this.until(`${count} more transactions are committed`, () => this.committed >= wanted)
  }

  get committed(): number {
    return this.trace.delivered.size
  }

  roleOf(server: ServerId): Role | 'down' {
    return this.trace.roles.get(server) ?? 'down'
  }

  /** A server leads and all others that run and that it may hear are in step with it: gives the leader. */
  async settled(who: readonly ServerId[] = this.servers): Promise<ServerId> {
    const inStep = () => {
      const roles = who.map(server => this.roleOf(server))
      return roles.includes('leading') && roles.every(role => /^(leading|following|observing)$/.test(role))
    }
    await this.until(`servers ${who} are in step`, inStep)
    return who.find(server => this.roleOf(server) === 'leading')!
  }

  /** The session of a client, 0 while it has none. */
  sessionOf(client: number): bigint {
    return this.targets.client(client).sessionId
  }

  others(...but: readonly ServerId[]): ServerId[] {
    return this.servers.filter(server => !but.includes(server))
  }

  // --- acting

  /** It dies, and stays away until {@link start}. Nothing that was under way on its disk survives, unless told. */
  crash(server: ServerId, { tail = 0, progress = 0 }: { tail?: number; progress?: number } = {}): void {
    const how = { kind: 'crash', atMs: 0, server, downMs: FOR_EVER_MS, silent: false, tail, progress } as const
    this.targets.server(server).crash(how)
  }

  start(server: ServerId): void {
    this.targets.server(server).start()
  }

  /** Stops a server in order; it starts again by itself. */
  restart(server: ServerId): void {
    this.targets.server(server).restart(1)
  }

  diskOf(server: ServerId): SimulatedDisk {
    return this.targets.server(server).disk
  }

  /** Each operation of its disk takes so long from now on. */
  slowDisk(server: ServerId, ms: number): void {
    this.diskOf(server).speed = { minUs: ms * 1000, maxUs: ms * 1000 }
  }

  usualDisk(server: ServerId): void {
    const disk = this.diskOf(server)
    disk.speed = disk.usualSpeed
  }

  /** Has the administrator ask for another configuration, after what was asked before. */
  reconfigure(change: Reconfig): void {
    this.targets.reconfigure(change)
  }

  /** Cuts a server off from the other servers; links break. Gives what ends it. */
  cutOff(server: ServerId): () => void {
    const { network } = this.targets
    const others = this.others(server)
    for (const other of others) {
      network.breakBetween(server, other)
      network.block(server, other)
      network.block(other, server)
    }
    return this.ending(() => {
      for (const other of others) {
        network.unblock(server, other)
        network.unblock(other, server)
      }
    })
  }

  /** Nothing passes in one direction, and nobody learns of it. Gives what ends it. */
  silence(from: ServerId, to: ServerId): () => void {
    this.targets.network.block(from, to)
    return this.ending(() => this.targets.network.unblock(from, to))
  }

  /** Links between two servers break; what is under way is lost. */
  breakLinks(a: ServerId, b: ServerId): void {
    this.targets.network.breakBetween(a, b)
  }

  /** Holds back packets of a kind on their way, and what comes behind them. Gives what lets them go. */
  hold(type: PacketType, where: { readonly from?: ServerId; readonly to?: ServerId }): () => void {
    const gate = (from: number, to: number, packet: QuorumPacket) =>
      packet.type === type && (where.from ?? from) === from && (where.to ?? to) === to
    this.gates.add(gate)
    return this.ending(() => {
      this.gates.delete(gate)
      for (const from of this.servers) for (const to of this.servers) this.targets.network.release(from, to)
    })
  }

  /** Has a packet arrive as if `from` had sent it on its link to `to`, behind what it has sent. */
  inject(from: ServerId, to: ServerId, packet: Uint8Array): void {
    this.targets.network.inject(from, to, packet)
  }

  private isHeld(from: number, to: number, item: unknown): boolean {
    if (this.gates.size === 0 || from >= FIRST_CLIENT || to >= FIRST_CLIENT || item === null) return false
    try {
      const packet = decodePacket(item as Uint8Array)
      return [...this.gates].some(gate => gate(from, to, packet))
    } catch {
      return false // a chunk of a snapshot
    }
  }

  private ending(end: () => void): () => void {
    const once = () => {
      if (this.ends.delete(once)) end()
    }
    this.ends.add(once)
    return once
  }

  /** Everything that lasts ends. */
  endAll(): void {
    for (const end of [...this.ends]) end()
  }

  check(isSo: boolean, message: string): void {
    if (!isSo) this.violations.push({ property: ASSERTED, message })
  }
}

const FOR_EVER_MS = 1e9

function nameOf(type: PacketType): string {
  return Object.entries(PacketType).find(([, value]) => value === type)?.[0] ?? String(type)
}
