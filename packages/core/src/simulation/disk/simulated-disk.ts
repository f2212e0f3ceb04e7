import { firstAtLeast } from '../../memory/first-at-least.js'
import type { Epochs, LogRecord } from '../../seams/log-storage.js'
import type { Zxid } from '../../zxid.js'
import type { SeededRandom } from '../time/index.js'

/** A stored snapshot: its chunks in order. */
export interface StoredSnapshot {
  readonly zxid: Zxid
  readonly chunks: readonly Uint8Array[]
  readonly bytes: number
  damaged: boolean
}

/** Between which bounds an operation of the disk takes, in microseconds. */
export interface DiskSpeed {
  readonly minUs: number
  readonly maxUs: number
}

const USUAL_SPEED: DiskSpeed = { minUs: 20, maxUs: 800 }

/** What a disk is asked to do; each takes time. An append takes none, and is durable with the next sync. */
export type DiskStep =
  | 'append'
  | 'sync'
  | 'truncate'
  | 'acceptedEpoch'
  | 'currentEpoch'
  | 'snapshot'
  | 'discardSnapshots'

/** What a crash leaves of what was under way. Both numbers are shares from 0 to 1. */
export interface CrashRemains {
  /** How much of what was appended and not synced has reached the medium. */
  readonly tail: number
  /** How far operations came that replace something: a truncation, an epoch. */
  readonly progress: number
}

/**
 * The disk of one server: what it holds survives the server's processes, as far as it was made durable.
 *
 * Records stand for themselves, not for bytes: what a torn write does to bytes is held to account by the
 * tests of each storage; here a crash keeps whole records of the unsynced tail and drops the others, which
 * is what reading back such a file comes to.
 */
export class SimulatedDisk {
  /** The durable records, in zxid order. */
  records: LogRecord[] = []
  /** Appended, not durable yet. */
  unsynced: LogRecord[] = []
  epochs: Epochs = { accepted: -1, current: -1 }
  readonly snapshots = new Map<string, StoredSnapshot>()
  readonly usualSpeed = USUAL_SPEED
  speed: DiskSpeed = USUAL_SPEED
  /** Nothing more can be written. */
  full = false
  /** The next flush fails. */
  failsNextSync = false
  /** The first record that a flipped byte has damaged; null: none, or it was set aside. */
  damagedAt: Zxid | null = null
  /** Zxids of records that were durable once and lost to damage: they may have been acknowledged before. */
  readonly lost = new Set<Zxid>()
  /** Damaged records were set aside, and nothing has replaced them yet. */
  lacksEnd = false
  /** Begun and not finished: a crash may have let them happen, wholly or in part. */
  truncation: Zxid | null = null
  pendingEpochs: Epochs | null = null
  /** Told of everything that begins, and of everything that is done, with the zxid or epoch that it is about. */
  onStep: (step: DiskStep, on: 'begins' | 'done', value: number) => void = () => {}
  /** Told of every record that is appended. */
  onRecord: (record: LogRecord) => void = () => {}
  /** Whether some process has the log open. */
  inUse = false

  constructor(private readonly random: SeededRandom) {}

  /** Ordinary again: fast, with room, without further failures. */
  mend(): void {
    this.speed = USUAL_SPEED
    this.full = false
    this.failsNextSync = false
  }

  latencyUs(): number {
    return this.random.between(this.speed.minUs, this.speed.maxUs)
  }

  /** The process that used the disk is gone, without having closed anything. */
  crash(remains: CrashRemains): void {
    this.inUse = false
    const { unsynced, truncation, pendingEpochs } = this
    const kept = Math.min(Math.floor(remains.tail * (unsynced.length + 1)), unsynced.length)
    for (let i = 0; i < kept; i++) this.records.push(unsynced[i])
    this.unsynced = []
    if (truncation !== null && remains.progress > 0) {
      const first = firstAtLeast(this.records, truncation + 1)
      // Segments are removed from the end, so that whatever is left has no holes.
      this.records.length -= Math.ceil((this.records.length - first) * remains.progress)
    }
    if (pendingEpochs !== null && remains.progress >= 0.5) this.epochs = pendingEpochs
    this.truncation = null
    this.pendingEpochs = null
  }

  /** Whether a transaction is durable here, or was before it was lost to damage. */
  hasHeld(zxid: Zxid): boolean {
    const { records } = this
    const at = firstAtLeast(records, zxid)
    if (records[at]?.zxid === zxid || this.lost.has(zxid)) return true
    for (const snapshot of this.snapshots.values()) if (snapshot.zxid >= zxid) return true
    return false
  }

  /** Flips a byte of the newest durable record, if there is one. */
  damageLog(): boolean {
    const last = this.records.at(-1)?.zxid
    if (last === undefined) return false
    this.damagedAt = Math.min(this.damagedAt ?? last, last)
    return true
  }

  /** Damages the newest snapshot, if an older one is there to begin with; see {@link spareLastSnapshot}. */
  damageSnapshot(): boolean {
    if (this.snapshots.size < 2) return false
    const newest = [...this.snapshots.values()].reduce((a, b) => (a.zxid > b.zxid ? a : b))
    newest.damaged = true
    return true
  }

  /**
   * For when snapshots have been purged, by a server that does not know yet which are damaged: what it has left was not.
   * Without any that can be read a server rightly refuses to start, which is no matter for a whole run.
   */
  spareLastSnapshot(): void {
    const left = [...this.snapshots.values()]
    if (left.every(({ damaged }) => damaged)) for (const snapshot of left) snapshot.damaged = false
  }
}
