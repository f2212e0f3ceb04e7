import type { EnsembleConfig } from '../../config/ensemble.js'
import type { ServerSettingsInput } from '../../config/settings.js'
import type { CommittedTransaction, Role } from '../../events/index.js'
import type { Logger } from '../../seams/logger.js'
import { Server } from '../../server/server.js'
import type { ClientDoors } from '../client/index.js'
import { SimulatedDisk } from '../disk/index.js'
import type { Crash, FaultyServer } from '../faults/index.js'
import type { SimulatedNetwork, SimulatedPeers } from '../network/index.js'
import { ClockSkew, type SeededRandom, SimulatedProcess, type Timeline } from '../time/index.js'
import { composeServer } from './compose-server.js'
import type { SimulatedConfigStore } from './config-store.js'
import type { Mutation } from './mutation.js'

/** Before a server that stopped by itself is started again, in microseconds. */
const RESTART_US = 300_000
/** Failures that a fault of the disk explains: the server is right to stop, and is started again. */
const EXPLAINED = new Set(['LOG_IO', 'SNAPSHOT_IO'])

/** What a simulated server is made of. */
export interface SimulatedServerParts {
  readonly id: number
  readonly timeline: Timeline
  readonly network: SimulatedNetwork
  readonly doors: ClientDoors
  readonly random: SeededRandom
  readonly settings: ServerSettingsInput
  readonly mutation: Mutation | null
  readonly logger?: Logger
  /** How it reaches the others, and who they are; null for a server that is alone. */
  readonly peers: SimulatedPeers | null
  readonly ensemble: EnsembleConfig | null
  /** In place of {@link ensemble} where that may change; null: it does not. */
  readonly config?: SimulatedConfigStore | null
  /** A process is about to read its disk. */
  readonly starting: (server: SimulatedServer) => void
  readonly delivered: (server: SimulatedServer, transaction: CommittedTransaction) => void
  readonly changedRole: (server: SimulatedServer, role: Role) => void
  /** The process is over. */
  readonly ended?: (server: SimulatedServer) => void
  /** It stopped or failed to start for a reason that no fault explains. */
  readonly failed: (server: SimulatedServer, error: Error) => void
}

/** One machine of a simulation: its disk and its clock last, processes come and go. */
export class SimulatedServer implements FaultyServer {
  readonly id: number
  readonly disk: SimulatedDisk
  private readonly skews: ClockSkew
  private process: SimulatedProcess | null = null
  private running: Server | null = null
  private processes = 0
  private pauses = 0
  /** How long it stays away when it is stopped in order, in microseconds. */
  private downUs = 0
  /** Whether it is to run; a spare machine is not at first, nor one that was retired. */
  private wanted = true
  private currentRole: Role = 'stopped'

  constructor(private readonly parts: SimulatedServerParts) {
    this.id = parts.id
    this.disk = new SimulatedDisk(parts.random.split('disk'))
    this.skews = new ClockSkew(parts.timeline)
  }

  get isServing(): boolean {
    return this.running !== null
  }

  /** The server that runs at present, or null. */
  get server(): Server | null {
    return this.running
  }

  /** What its process last said of itself. */
  get role(): Role {
    return this.process === null ? 'stopped' : this.currentRole
  }

  /** Gives it the configuration to begin with, if it has none, and has it run. */
  provide(config: string): void {
    this.parts.config?.provide(config)
    this.wanted = true
    this.start()
  }

  /** Stops it in order; it stays away until it is {@link provide}d for again or all faults end. */
  retire(): void {
    const { running, process } = this
    this.wanted = false
    if (running !== null && process !== null) this.parts.timeline.after(0, process, () => void running.close())
  }

  start(): void {
    const { parts } = this
    const isProvided = parts.config?.isProvided ?? true
    if (this.process !== null || !this.wanted || !isProvided) return
    const process = new SimulatedProcess(`server ${this.id}`)
    this.process = process
    this.currentRole = 'starting'
    this.pauses = 0
    parts.network.revived(this.id)
    // As an event of the process, so that whoever drives lets its promises run.
    parts.timeline.after(0, process, () => {
      parts.starting(this)
      const random = parts.random.split(`process ${++this.processes}`)
      const machine = { ...parts, process, random, disk: this.disk, skew: this.skews }
      const composed = composeServer(machine)
      parts.doors.open(this.id, composed.listener, process)
      const { settings, ensemble, config } = parts
      const listed = config?.read(this.id) ?? (ensemble === null ? undefined : { ...ensemble, myId: this.id })
      const configStore = config ?? undefined
      const { logger } = parts
      Server.start({ settings, ensemble: listed, configStore, logger, plugins: [composed.plugin] }).then(
        server => this.started(process, server),
        error => this.stopped(process, error),
      )
    })
  }

  private started(process: SimulatedProcess, server: Server): void {
    if (process.isDead) return
    this.running = server
    server.role$.subscribe(role => {
      this.currentRole = role
      this.parts.changedRole(this, role)
    })
    server.commits$.subscribe(transaction => this.parts.delivered(this, transaction))
    server.stopped.then(reason => this.stopped(process, reason))
  }

  private stopped(process: SimulatedProcess, reason: unknown): void {
    if (process.isDead) return
    this.end({ tail: 0.5, progress: 0.5, silent: false })
    if (reason === undefined) {
      this.startAfter(this.downUs)
      return
    }
    const error = reason instanceof Error ? reason : new Error(String(reason))
    if (EXPLAINED.has((error as { code?: string }).code ?? '')) this.startAfter(RESTART_US)
    else this.parts.failed(this, error)
  }

  /** An exception came out of the process: it is over. */
  blownUp(error: Error): void {
    this.end({ tail: 0.5, progress: 0.5, silent: false })
    this.parts.failed(this, error)
  }

  private end({ tail, progress, silent }: Pick<Crash, 'tail' | 'progress' | 'silent'>): void {
    this.process?.kill()
    this.process = null
    this.running = null
    this.disk.crash({ tail, progress })
    this.parts.network.lost(this.id, silent)
    this.parts.ended?.(this)
  }

  private startAfter(delayUs: number): void {
    this.parts.timeline.after(delayUs, null, () => this.start())
  }

  // --- faults

  crash(how: Crash): void {
    if (this.process === null) return
    this.end(how)
    this.startAfter(how.downMs * 1000)
  }

  restart(downMs: number): void {
    const { running, process } = this
    if (running === null || process === null) return
    this.downUs = downMs * 1000
    this.parts.timeline.after(0, process, () => void running.close())
  }

  pause(): void {
    this.pauses++
    this.process?.pause()
  }

  resume(): void {
    if (this.pauses === 0 || --this.pauses > 0 || this.process === null) return
    this.parts.timeline.resume(this.process)
  }

  slowDisk(maxMs: number | null): void {
    this.disk.speed = maxMs === null ? this.disk.usualSpeed : { minUs: 1000, maxUs: maxMs * 1000 }
  }

  fillDisk(full: boolean): void {
    this.disk.full = full
  }

  failNextSync(): void {
    this.disk.failsNextSync = true
  }

  damageSnapshot(): void {
    this.disk.damageSnapshot()
  }

  damageLog(): void {
    this.disk.damageLog()
  }

  skew(driftPpm: number, wallOffsetMs: number): void {
    this.skews.drift(driftPpm)
    this.skews.wallOffsetMs = wallOffsetMs
  }

  /** Everything that lasts ends now. */
  heal(): void {
    this.disk.mend()
    this.skew(0, 0)
    this.pauses = 0
    this.wanted = true
    if (this.process !== null) this.parts.timeline.resume(this.process)
    else this.start()
  }
}
