import type { ServerSettingsInput } from '../../config/settings.js'
import { JuteWriter } from '../../jute/writer.js'
import type { CommittedTransaction } from '../../server/kernel.js'
import { joinHalves } from '../../tree/ephemeral-owner.js'
import { type Txn, type TxnHeader, TxnReader, writeTxn } from '../../tree/txn.js'
import { zxidHex } from '../../zxid.js'
import { checkHistory } from '../checkers/index.js'
import { ClientDoors } from '../client/index.js'
import { firstAtLeast } from '../disk/simulated-disk.js'
import { clientNode, type FaultTargets, inject, type Schedule } from '../faults/index.js'
import { HistoryRecorder, type Violation } from '../history/index.js'
import { SimulatedNetwork } from '../network/index.js'
import { hashBytes, ZabInvariants } from '../probes/index.js'
import { SeededRandom, Timeline } from '../time/index.js'
import { REGISTERS, WorkloadClient } from '../workload/index.js'
import { readFinalTree } from './final-tree.js'
import type { Mutation } from './mutation.js'
import { SimulatedServer } from './simulated-server.js'

export interface SimulationEnvironment {
  /** Resolves when every promise that could go on has gone on (`setImmediate` in Node). */
  readonly drain: () => Promise<void>
  readonly mutation?: Mutation
}

export interface SimulationResult {
  readonly schedule: Schedule
  /** None: every promise was kept. */
  readonly violations: readonly Violation[]
  readonly events: number
  readonly operations: number
  readonly commits: number
  readonly simulatedMs: number
  /** Depends on everything that happened: two runs of one schedule give the same. */
  readonly fingerprint: number
}

/** Short ticks make for short runs: what matters is how timeouts relate to each other. */
const TICK_MS = 100
const SESSION_TIMEOUT_MS = 1000
const SETTINGS: ServerSettingsInput = {
  tickTimeMs: TICK_MS,
  snapCount: 40,
  maxClientCnxns: 0,
  fourLetterWords: [],
}
/** Work goes on for so long after all faults have ended. */
const HEALED_WORK_MS = 300
/** By then everything has to be answered. */
const HEALING_MAX_MS = 20_000
/** Until sessions that nobody holds have expired. */
const EXPIRY_MS = SESSION_TIMEOUT_MS * 1.2 + 5 * TICK_MS

/** Runs a schedule. The same schedule gives the same result, to the last event. */
export function simulate(schedule: Schedule, environment: SimulationEnvironment): Promise<SimulationResult> {
  return new Simulation(schedule, environment).run()
}

class Simulation implements FaultTargets {
  readonly timeline = new Timeline()
  readonly network: SimulatedNetwork
  readonly servers: readonly number[]
  private readonly recorder = new HistoryRecorder(this.timeline)
  private readonly invariants = new ZabInvariants({ proposalsAnnounced: false })
  private readonly machines: readonly SimulatedServer[]
  private readonly clients: readonly WorkloadClient[]
  private readonly violations: Violation[] = []
  private readonly writer = new JuteWriter(1024)

  constructor(
    private readonly schedule: Schedule,
    private readonly environment: SimulationEnvironment,
  ) {
    const { timeline } = this
    const random = new SeededRandom(schedule.seed)
    this.network = new SimulatedNetwork(timeline, random.split('network'))
    const doors = new ClientDoors(this.network)
    this.servers = Array.from({ length: schedule.servers }, (_, i) => i + 1)
    this.machines = this.servers.map(
      id =>
        new SimulatedServer({
          id,
          timeline,
          network: this.network,
          doors,
          random: random.split(`server ${id}`),
          settings: SETTINGS,
          mutation: environment.mutation ?? null,
          starting: server => this.recover(server),
          delivered: (server, transaction) => this.delivered(server, transaction),
          failed: (server, error) => this.fail('servers keep running', `server ${server.id}: ${String(error)}`),
        }),
    )
    this.clients = Array.from({ length: schedule.clients }, (_, i) => {
      const name = `client ${i + 1}`
      const own = random.split(name)
      return new WorkloadClient(
        name,
        {
          node: clientNode(i + 1),
          timeline,
          doors,
          servers: this.servers,
          random: own,
          recorder: this.recorder,
          timeoutMs: SESSION_TIMEOUT_MS,
          broken: message => this.fail('the client protocol is kept', message),
        },
        { window: own.between(1, 3), thinkMaxUs: 90_000, closeOneIn: 80 },
      )
    })
  }

  server(id: number): SimulatedServer {
    return this.machines[id - 1]
  }

  client(number: number) {
    const workload = this.clients[number - 1]
    return {
      disconnect: () => workload?.client.disconnect(),
      die: () => workload?.die(),
    }
  }

  async run(): Promise<SimulationResult> {
    const { schedule, timeline } = this
    for (const machine of this.machines) machine.start()
    for (const { client } of this.clients) client.start()
    for (const fault of schedule.faults) inject(fault, this)
    await this.advance(this.faultsEndMs())
    for (const machine of this.machines) machine.heal()
    await this.advance(HEALED_WORK_MS)
    for (const client of this.clients) client.finish()
    await this.advance(HEALING_MAX_MS, () => this.clients.every(client => client.isFinished))
    const waiting = this.violations.length > 0 ? [] : this.clients.entries()
    for (const [index, client] of waiting) {
      if (!client.isFinished)
        this.fail('the service heals', `client ${index + 1} has no answers ${HEALING_MAX_MS} ms after the last fault`)
    }
    await this.advance(EXPIRY_MS)
    if (this.violations.length === 0) this.conclude()
    return {
      schedule,
      violations: this.violations,
      events: timeline.executed,
      operations: this.recorder.operations.length,
      commits: this.recorder.commits.length,
      simulatedMs: Math.round(timeline.nowUs / 1000),
      fingerprint: this.fingerprint(),
    }
  }

  private faultsEndMs(): number {
    const ends = this.schedule.faults.map(fault => fault.atMs + ('durationMs' in fault ? fault.durationMs : 0) + 1)
    return Math.max(this.schedule.durationMs, ...ends)
  }

  /** Lets simulated time pass, until `enough` or the first violation. */
  private async advance(ms: number, enough: () => boolean = () => false): Promise<void> {
    const untilUs = this.timeline.nowUs + ms * 1000
    const { drain } = this.environment
    while (this.violations.length === 0 && !enough()) {
      let event: ReturnType<Timeline['step']>
      try {
        event = this.timeline.step(untilUs)
      } catch (error) {
        this.blownUp(error)
        continue
      }
      if (event === undefined) return
      // Only servers run on promises; clients and the network are plain calls.
      if (event.process !== null) await drain()
      if (this.invariants.violations.length > 0) this.violations.push(...this.invariants.violations)
    }
  }

  private blownUp(error: unknown): void {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.fail('servers keep running', `an exception came out of an event: ${message}`)
  }

  private delivered(server: SimulatedServer, { header, txn }: CommittedTransaction): void {
    this.commit(server, header, txn)
  }

  private commit(server: SimulatedServer, header: TxnHeader, txn: Txn): void {
    const { writer, invariants } = this
    const isNew = header.zxid > invariants.last
    writer.clear()
    writeTxn(writer, header, txn, null)
    const hash = hashBytes(writer.bytes, writer.position)
    invariants.delivered(server.id, { zxid: header.zxid, hash })
    if (!isNew) return
    const session = joinHalves(header.clientHigh, header.clientLow)
    this.recorder.commit({ zxid: header.zxid, session, cxid: header.cxid, txn })
  }

  /** A process is about to load its disk. Without an ensemble what the log holds is committed. */
  private recover(server: SimulatedServer): void {
    const { records } = server.disk
    const last = records.at(-1)?.zxid ?? 0
    if (this.machines.length > 1) {
      this.invariants.restarted(server.id, 0)
      return
    }
    const { last: delivered } = this.invariants
    if (last < delivered) {
      this.fail(
        'no acknowledged write is lost',
        `server ${server.id} starts with a log that ends at 0x${zxidHex(last)}; it had delivered 0x${zxidHex(delivered)}`,
      )
      return
    }
    const reader = new TxnReader()
    for (let i = firstAtLeast(records, delivered + 1); i < records.length; i++) {
      const { header, txn } = reader.read(records[i].bytes)
      this.commit(server, header, txn)
    }
  }

  private conclude(): void {
    const { recorder } = this
    for (const client of this.clients) if (client.held !== null) recorder.held.add(client.held)
    for (const machine of this.machines) {
      const { store } = machine
      if (store === null) this.fail('the service heals', `server ${machine.id} does not run at the end`)
      else recorder.finals.push(readFinalTree(machine.id, this.invariants.lastAt(machine.id), store))
    }
    this.violations.push(...checkHistory(recorder, REGISTERS))
  }

  private fail(property: string, message: string): void {
    this.violations.push({ property, message: `${message} (at ${(this.timeline.nowUs / 1000).toFixed(1)} ms)` })
  }

  private fingerprint(): number {
    const { writer, recorder, timeline } = this
    writer.clear()
    for (const value of [timeline.executed, timeline.nowUs, this.network.delivered]) writer.long(value)
    for (const { beganUs, endedUs, reply } of recorder.operations) {
      writer.long(beganUs)
      writer.long(Number.isFinite(endedUs) ? endedUs : -1)
      writer.long(reply?.zxid ?? -1)
      writer.int(reply?.code ?? 1)
    }
    for (const { atUs, type } of recorder.events) {
      writer.long(atUs)
      writer.int(type)
    }
    for (const { zxid, atUs } of recorder.commits) {
      writer.long(zxid)
      writer.long(atUs)
    }
    return hashBytes(writer.bytes, writer.position)
  }
}
