import type { ServerId } from '../../seams/peer-transport.js'

interface At {
  /** Milliseconds of simulated time since the beginning. */
  readonly atMs: number
}
interface Lasting extends At {
  readonly durationMs: number
}

/** The process dies; what was under way on its disk survives in part, and it starts again after `downMs`. */
export interface Crash extends At {
  readonly kind: 'crash'
  readonly server: ServerId
  readonly downMs: number
  /** How much of what was appended and not synced survives, from 0 to 1. */
  readonly tail: number
  /** How far a truncation or an epoch that was being written came, from 0 to 1. */
  readonly progress: number
  /** Nobody is told: connections break only when the machine is back. */
  readonly silent: boolean
}

/** The server is stopped in order, and starts again after `downMs`. */
export interface Restart extends At {
  readonly kind: 'restart'
  readonly server: ServerId
  readonly downMs: number
}

/** The process stands still, as in a long garbage collection. */
export interface Pause extends Lasting {
  readonly kind: 'pause'
  readonly server: ServerId
}

/**
 * Servers on one `side` and the others do not hear each other (full), the others do not hear the side (one-way),
 * or only the server `bridge` hears both. `breaks`: connections across break at once instead of falling silent.
 */
export interface Partition extends Lasting {
  readonly kind: 'partition'
  readonly style: 'full' | 'oneWay' | 'bridge'
  readonly side: readonly ServerId[]
  readonly bridge: ServerId | null
  readonly breaks: boolean
}

/** A client and a server (0: every server) do not hear each other. */
export interface ClientCut extends Lasting {
  readonly kind: 'clientCut'
  readonly client: number
  readonly server: ServerId
}

/** A client's connection breaks; it looks for a server at once. */
export interface Disconnect extends At {
  readonly kind: 'disconnect'
  readonly client: number
}

/** A client falls silent for good; its session has to expire. */
export interface ClientDeath extends At {
  readonly kind: 'clientDeath'
  readonly client: number
}

/** Links between two servers break once. */
export interface LinkBreak extends At {
  readonly kind: 'linkBreak'
  readonly a: ServerId
  readonly b: ServerId
}

/** Messages from one server to another take up to `maxMs`. */
export interface SlowLink extends Lasting {
  readonly kind: 'slowLink'
  readonly from: ServerId
  readonly to: ServerId
  readonly maxMs: number
}

/** Each operation of a disk takes up to `maxMs`. */
export interface SlowDisk extends Lasting {
  readonly kind: 'slowDisk'
  readonly server: ServerId
  readonly maxMs: number
}

/** Nothing can be written; a server that needs to stops, and is started again. */
export interface FullDisk extends Lasting {
  readonly kind: 'fullDisk'
  readonly server: ServerId
}

/** The next flush fails; the server stops, and is started again. */
export interface SyncFailure extends At {
  readonly kind: 'syncFailure'
  readonly server: ServerId
}

/** The newest snapshot is damaged where it lies, if there is an older one. */
export interface SnapshotDamage extends At {
  readonly kind: 'snapshotDamage'
  readonly server: ServerId
}

/** A byte of the newest durable record of a log has changed; the next process that opens it finds out. */
export interface LogDamage extends At {
  readonly kind: 'logDamage'
  readonly server: ServerId
}

/** A server's clock is fast or slow, and its wall clock off. */
export interface Skew extends Lasting {
  readonly kind: 'skew'
  readonly server: ServerId
  readonly driftPpm: number
  readonly wallOffsetMs: number
}

/** A server of a configuration, and whether it votes. */
export interface ConfigMember {
  readonly server: ServerId
  readonly role: 'participant' | 'observer'
}

/**
 * The administrator asks for another configuration: by the servers that leave and those that join (or are to be
 * something else), or by a whole list of `members`.
 */
export interface Reconfig extends At {
  readonly kind: 'reconfig'
  readonly leaving?: readonly ServerId[]
  readonly joining?: readonly ConfigMember[]
  readonly members?: readonly ConfigMember[]
  /** Under which version of the present one it is to be done: any, the one that it was read to have, or an older one. */
  readonly condition: 'none' | 'last' | 'stale'
  /** How long before the request machines are started that are to join and do not run; null: not before the faults end. */
  readonly startsMs: number | null
  /** Servers that have left are stopped: on the answer, and after the faults once all that stay know of it. */
  readonly stops: boolean
}

/** One thing that goes wrong, at a moment of the run. */
export type Fault =
  | Crash
  | Restart
  | Pause
  | Partition
  | ClientCut
  | Disconnect
  | ClientDeath
  | LinkBreak
  | SlowLink
  | SlowDisk
  | FullDisk
  | SyncFailure
  | SnapshotDamage
  | LogDamage
  | Skew
  | Reconfig

/** A whole run as data: it can be printed, edited, cut down and run again. */
export interface Schedule {
  /** What everything draws from that is not said here: delays, workloads. */
  readonly seed: number
  /** Servers that vote. */
  readonly servers: number
  /** Servers that do not, with the ids behind those; 0 unless given. */
  readonly observers?: number
  /**
   * Machines that are in no configuration at first and do not run, with the ids behind all others. Given, even as 0: the
   * ensemble can be reconfigured, and has an administrator.
   */
  readonly spares?: number
  /** Learners that lack anything are sent a snapshot (forceSnapshotSync), never transactions; false unless given. */
  readonly snapshots?: boolean
  readonly clients: number
  /** How long faults and workload go on; then all faults end, and the ensemble has to heal. */
  readonly durationMs: number
  readonly faults: readonly Fault[]
}

/** When all faults of a schedule are over, and its clients have worked for as long as it says. */
export function endMsOf({ durationMs, faults }: Schedule): number {
  return Math.max(durationMs, ...faults.map(fault => fault.atMs + ('durationMs' in fault ? fault.durationMs : 0) + 1))
}
