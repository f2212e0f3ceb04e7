import type { SeededRandom, SimulatedProcess, Timeline } from '../time/index.js'
import { Wire, type WireEnd } from './wire.js'

/** Whoever is on the network: servers by their ids, clients by numbers above {@link FIRST_CLIENT}. */
export type NetworkNode = number

/** Clients' numbers begin here; server ids are below. */
export const FIRST_CLIENT: NetworkNode = 1000

/** How long a message is under way, in microseconds. */
export interface LinkDelay {
  readonly minUs: number
  readonly maxUs: number
}

const USUAL_DELAY: LinkDelay = { minUs: 50, maxUs: 1500 }
/** One message in so many is late by the factor below: what reorders messages of different links. */
const LATE_ONE_IN = 50
const LATE_FACTOR = 12

/**
 * Who reaches whom, and how fast. A direction that is blocked holds back what is sent, as lost packets of TCP
 * are sent again later: it arrives when the direction is open again, unless the connection breaks before.
 */
export class SimulatedNetwork {
  private readonly blocks = new Map<number, number>()
  private readonly delays = new Map<number, LinkDelay>()
  private readonly wires = new Map<NetworkNode, Set<Wire<unknown>>>()
  private readonly reopened: ((from: NetworkNode, to: NetworkNode) => void)[] = []
  /** Says of what is about to arrive whether it waits, and all behind it with it, until {@link release}. */
  holds: ((from: NetworkNode, to: NetworkNode, item: unknown) => boolean) | null = null
  /** Messages delivered so far. */
  delivered = 0

  constructor(
    readonly timeline: Timeline,
    private readonly random: SeededRandom,
  ) {}

  isBlocked(from: NetworkNode, to: NetworkNode): boolean {
    return this.blocks.size > 0 && this.blocks.has(direction(from, to))
  }

  /** Nothing passes from one to the other until {@link unblock} has been called as often. */
  block(from: NetworkNode, to: NetworkNode): void {
    const key = direction(from, to)
    this.blocks.set(key, (this.blocks.get(key) ?? 0) + 1)
  }

  unblock(from: NetworkNode, to: NetworkNode): void {
    const key = direction(from, to)
    const left = (this.blocks.get(key) ?? 1) - 1
    if (left > 0) {
      this.blocks.set(key, left)
      return
    }
    this.blocks.delete(key)
    for (const wire of this.wires.get(from) ?? []) wire.reopened(from, to)
    for (const told of this.reopened) told(from, to)
  }

  /** Sends something on every connection from one to the other that stands. */
  inject(from: NetworkNode, to: NetworkNode, bytes: Uint8Array): void {
    for (const wire of this.wires.get(from) ?? [])
      for (const end of wire.ends) if (end.node === from && end.other.node === to) end.send(bytes, bytes.length)
  }

  /** What {@link holds} has held back between the two is asked about again. */
  release(from: NetworkNode, to: NetworkNode): void {
    for (const wire of this.wires.get(from) ?? []) wire.reopened(from, to)
  }

  /** `told` is called whenever a direction opens again. */
  onReopened(told: (from: NetworkNode, to: NetworkNode) => void): void {
    this.reopened.push(told)
  }

  /** How long messages are under way from one to the other from now on; undefined: as usual. */
  setDelay(from: NetworkNode, to: NetworkNode, delay: LinkDelay | undefined): void {
    if (delay === undefined) this.delays.delete(direction(from, to))
    else this.delays.set(direction(from, to), delay)
  }

  latencyUs(from: NetworkNode, to: NetworkNode): number {
    const { minUs, maxUs } = (this.delays.size > 0 && this.delays.get(direction(from, to))) || USUAL_DELAY
    const latency = this.random.between(minUs, maxUs)
    return this.random.below(LATE_ONE_IN) === 0 ? latency * LATE_FACTOR : latency
  }

  /** A connection between two nodes, as seen from either. `join`: see {@link Wire}. */
  connect<T>(
    from: { readonly node: NetworkNode; readonly process: SimulatedProcess | null },
    to: { readonly node: NetworkNode; readonly process: SimulatedProcess | null },
    join?: (parts: readonly T[]) => T,
  ): readonly [WireEnd<T>, WireEnd<T>] {
    const wire = new Wire<T>(this, from, to, join)
    for (const { node } of [from, to]) {
      const wires = this.wires.get(node)
      if (wires === undefined) this.wires.set(node, new Set([wire as Wire<unknown>]))
      else wires.add(wire as Wire<unknown>)
    }
    return wire.ends
  }

  forget(wire: Wire<unknown>): void {
    for (const { node } of wire.ends) this.wires.get(node)?.delete(wire)
  }

  /** Breaks every connection between the two; what is under way is lost. */
  breakBetween(a: NetworkNode, b: NetworkNode): void {
    for (const wire of [...(this.wires.get(a) ?? [])]) if (wire.touches(b)) wire.break()
  }

  /**
   * The process at `node` is gone. Its peers lose what is under way or not, by chance, and learn of it at once, or,
   * where the whole machine fell silent, only when they are told by the next process there ({@link revived}).
   */
  lost(node: NetworkNode, silent: boolean): void {
    for (const wire of [...(this.wires.get(node) ?? [])]) wire.endLost(node, silent, this.random.chance(0.5))
  }

  /** A machine answers again: whoever still believed in a connection to its last process is told. */
  revived(node: NetworkNode): void {
    for (const wire of [...(this.wires.get(node) ?? [])]) if (wire.isHalfDead) wire.break()
  }
}

function direction(from: NetworkNode, to: NetworkNode): number {
  return from * 0x1_0000 + to
}
