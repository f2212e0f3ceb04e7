import type { Role } from '../../events/index.js'
import type { ServerId } from '../../seams/peer-transport.js'
import type { Zxid } from '../../zxid.js'
import type { DiskStep } from '../disk/index.js'

/** A packet between two servers, when one sends it or the other is about to take it. */
export interface PacketEvent {
  readonly kind: 'packet'
  readonly on: 'sent' | 'arrives'
  readonly from: ServerId
  readonly to: ServerId
  /** A `PacketType`. */
  readonly type: number
  readonly zxid: Zxid
}

/** A server's disk begins something, or has done it. */
export interface DiskEvent {
  readonly kind: 'disk'
  readonly on: 'begins' | 'done'
  readonly server: ServerId
  readonly step: DiskStep
  /** The zxid, or the epoch, that it is about. */
  readonly value: number
}

/** A server has another role. */
export interface RoleEvent {
  readonly kind: 'role'
  readonly server: ServerId
  readonly role: Role
}

/** A server has applied a committed transaction. */
export interface DeliveryEvent {
  readonly kind: 'delivered'
  readonly server: ServerId
  readonly zxid: Zxid
}

/** A process begins, or is over. */
export interface ProcessEvent {
  readonly kind: 'starts' | 'ends'
  readonly server: ServerId
}

/** Whatever a {@link Trace} holds. */
export type TraceEvent = PacketEvent | DiskEvent | RoleEvent | DeliveryEvent | ProcessEvent

/** What happened inside an ensemble, in order: what a script waits for and looks back on. */
export class Trace {
  readonly events: TraceEvent[] = []
  /** Of servers that run. */
  readonly roles = new Map<ServerId, Role>()
  /** Zxids that some server has applied. */
  readonly delivered = new Set<Zxid>()

  record(event: TraceEvent): void {
    this.events.push(event)
    if (event.kind === 'role') this.roles.set(event.server, event.role)
    else if (event.kind === 'starts') this.roles.set(event.server, 'looking')
    else if (event.kind === 'ends') this.roles.delete(event.server)
    else if (event.kind === 'delivered') this.delivered.add(event.zxid)
  }
}
