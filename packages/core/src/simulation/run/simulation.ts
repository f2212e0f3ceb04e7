import type { ServerSettingsInput } from '../../config/settings.js'
import type { Role } from '../../events/index.js'
import type { LogFields, Logger } from '../../seams/logger.js'
import { quorumVerifier } from '../../zab/quorum/index.js'
import { checkHistory } from '../checkers/index.js'
import { ClientDoors } from '../client/index.js'
import { clientNode, endMsOf, type FaultTargets, inject, type Reconfig, type Schedule } from '../faults/index.js'
import { HistoryRecorder, type Violation } from '../history/index.js'
import { SimulatedNetwork, SimulatedPeers } from '../network/index.js'
import { CommitQuorums } from '../probes/index.js'
import { type Script, Stage, Trace, UNREACHED } from '../staging/index.js'
import { SeededRandom, Timeline } from '../time/index.js'
import { REGISTERS, WorkloadClient } from '../workload/index.js'
import { Administration } from './administration.js'
import { Deliveries } from './deliveries.js'
import { optionsOf, simulatedEnsemble } from './ensemble.js'
import type { SimulationEnvironment, SimulationResult } from './environment.js'
import { readFinalTree } from './final-tree.js'
import { fingerprintOf } from './fingerprint.js'
import { SimulatedServer } from './simulated-server.js'
import {
  CONTACT_LAG_MS,
  EXPIRY_MS,
  HEALED_WORK_MS,
  HEALING_MAX_MS,
  SCRIPT_MAX_MS,
  SESSION_TIMEOUT_MS,
  TICK_MS,
} from './timing.js'
import { isUndecidable } from './undecidable.js'

const SETTINGS: ServerSettingsInput = {
  tickTimeMs: TICK_MS,
  snapCount: 40,
  maxClientCnxns: 0,
  fourLetterWords: [],
}

/** Runs a schedule. The same schedule gives the same result, to the last event. */
export function simulate(schedule: Schedule, environment: SimulationEnvironment): Promise<SimulationResult> {
  return new Simulation(schedule, environment).run()
}

const NONE = { violations: [] as Violation[] }

class Simulation implements FaultTargets {
  readonly timeline = new Timeline()
  readonly network: SimulatedNetwork
  readonly servers: readonly number[]
  private readonly recorder = new HistoryRecorder(this.timeline)
  private readonly deliveries: Deliveries
  private readonly machines: readonly SimulatedServer[]
  private readonly clients: readonly WorkloadClient[]
  private readonly violations: Violation[] = []
  /** Terms that have begun, of leaders or of a server that is alone. */
  private terms = 0
  private readonly stage: Stage | null
  private readonly quorums: CommitQuorums | null
  /** Null for an ensemble that stays what it is. */
  private readonly administration: Administration | null

  constructor(
    private readonly schedule: Schedule,
    private readonly environment: SimulationEnvironment,
  ) {
    const { timeline } = this
    const random = new SeededRandom(schedule.seed)
    this.network = new SimulatedNetwork(timeline, random.split('network'))
    const peers = new SimulatedPeers(this.network)
    const { script } = environment
    const options = new Map([...optionsOf(schedule), ...(script?.options ?? [])])
    const ensemble = simulatedEnsemble(schedule.servers, schedule.observers, options)
    const trace = script === undefined ? null : new Trace()
    this.quorums =
      ensemble === null
        ? null
        : new CommitQuorums(
            quorumVerifier(ensemble),
            zxid => new Set(this.servers.filter(id => this.server(id).disk.hasHeld(zxid))),
          )
    this.deliveries = new Deliveries(this.recorder, schedule.servers === 1, this.quorums)
    this.stage = trace === null ? null : new Stage(this, trace)
    if (trace !== null)
      peers.onPacket = (on, from, to, { type, zxid }) => trace.record({ kind: 'packet', on, from, to, type, zxid })
    const doors = new ClientDoors(this.network)
    const { servers, observers = 0, spares } = schedule
    this.servers = Array.from({ length: servers + observers + (spares ?? 0) }, (_, i) => i + 1)
    const clientParts = {
      timeline,
      doors,
      servers: this.servers,
      recorder: this.recorder,
      timeoutMs: SESSION_TIMEOUT_MS,
      broken: (message: string) => this.fail('the client protocol is kept', message),
    }
    this.administration =
      spares === undefined || this.quorums === null
        ? null
        : new Administration({
            schedule,
            random,
            client: clientParts,
            machine: id => this.server(id),
            current: () => this.quorums!.current,
          })
    this.machines = this.servers.map(
      id =>
        new SimulatedServer({
          id,
          timeline,
          network: this.network,
          doors,
          random: random.split(`server ${id}`),
          settings: this.administration === null ? SETTINGS : { ...SETTINGS, ...Administration.settings },
          mutation: environment.mutation ?? null,
          logger: this.loggerOf(id),
          peers: ensemble === null ? null : peers,
          ensemble,
          config: this.administration?.storeOf(id),
          starting: server => {
            trace?.record({ kind: 'starts', server: id })
            this.deliveries.starting(server)
          },
          delivered: (server, transaction) => {
            trace?.record({ kind: 'delivered', server: id, zxid: transaction.header.zxid })
            this.deliveries.delivered(server, transaction)
          },
          changedRole: (server, role) => {
            trace?.record({ kind: 'role', server: id, role })
            if (hasSay(role)) this.terms++
            if (role === 'leading') this.administration?.noteFirst(this.recorder, server)
            this.deliveries.changedRole(server, role)
          },
          ended: () => trace?.record({ kind: 'ends', server: id }),
          failed: (server, error) => this.fail('servers keep running', `server ${server.id}: ${String(error)}`),
        }),
    )
    for (const { disk } of this.machines) disk.onRecord = record => this.deliveries.archive.add(record)
    if (trace !== null) {
      for (const { id, disk } of this.machines)
        disk.onStep = (step, on, value) => trace.record({ kind: 'disk', server: id, step, on, value })
    }
    this.clients = Array.from({ length: schedule.clients }, (_, i) => {
      const name = `client ${i + 1}`
      const own = random.split(name)
      return new WorkloadClient(
        name,
        { ...clientParts, node: clientNode(i + 1), random: own },
        {
          window: own.between(1, 3),
          thinkMaxUs: 90_000,
          closeOneIn: 80,
          watchesConfig: this.administration !== null,
        },
      )
    })
  }

  server(id: number): SimulatedServer {
    return this.machines[id - 1]
  }

  /** A client by its number; 0 is the administrator. */
  client(number: number) {
    const workload = this.clients[number - 1]
    const client = number === 0 ? this.administration?.admin.client : workload?.client
    return {
      sessionId: client?.sessionId ?? 0n,
      disconnect: () => client?.disconnect(),
      die: () => workload?.die(),
    }
  }

  private loggerOf(id: number): Logger | undefined {
    const { log } = this.environment
    if (log === undefined) return undefined
    const say = (fields: LogFields, message: string) => log(id, this.timeline.nowUs / 1000, message, fields)
    return { debug() {}, info: say, warn: say, error: say }
  }

  reconfigure(change: Reconfig): void {
    this.administration?.reconfigure(change)
  }

  async run(): Promise<SimulationResult> {
    const { schedule, timeline, recorder } = this
    for (const machine of this.machines) machine.start()
    for (const { client } of this.clients) client.start()
    this.administration?.admin.client.start()
    for (const fault of schedule.faults) inject(fault, this)
    await this.advance(endMsOf(schedule))
    if (this.stage !== null) await this.play(this.stage, this.environment.script!)
    for (const machine of this.machines) machine.heal()
    this.administration?.heal()
    await this.advance(HEALED_WORK_MS)
    for (const client of this.clients) client.finish()
    this.administration?.admin.finish()
    await this.advance(HEALING_MAX_MS, () => this.isHealed)
    if (this.isHealed || !this.mayWait) await this.end()
    return {
      schedule,
      violations: this.violations,
      events: timeline.executed,
      operations: recorder.operations.length,
      commits: recorder.commits.length,
      simulatedMs: Math.round(timeline.nowUs / 1000),
      fingerprint: fingerprintOf(recorder, [timeline.executed, timeline.nowUs, this.network.delivered]),
    }
  }

  /** The end of a run, in which everything has to be as it should. */
  private async end(): Promise<void> {
    const waiting = this.violations.length > 0 ? [] : this.clients.entries()
    for (const [index, client] of waiting) {
      if (!client.isFinished)
        this.fail('the service heals', `client ${index + 1} has no answers ${HEALING_MAX_MS} ms after the last fault`)
    }
    if (this.violations.length === 0 && !this.isSettled) this.reportUnsettled()
    await this.expire()
    // A packet that the network has delayed may have cut a learner off just now.
    await this.advance(HEALING_MAX_MS, () => this.isInStep)
    if (this.violations.length === 0) this.conclude()
  }

  private get isHealed(): boolean {
    return this.clients.every(client => client.isFinished) && this.isSettled
  }

  /** Whether it is right that nobody leads. */
  private get mayWait(): boolean {
    const { machines, quorums, deliveries } = this
    return quorums !== null && isUndecidable(machines, quorums.current.voters, deliveries.last)
  }

  /** Whether the ensemble is what its last configuration says, and can be changed again. */
  private get isSettled(): boolean {
    const { administration } = this
    return administration === null || (administration.admin.isFinished && administration.deviation === null)
  }

  /** Those who belong to the ensemble; others may be behind, or have lost sight of it. */
  private get members(): readonly SimulatedServer[] {
    const { administration, machines } = this
    return administration === null ? machines : machines.filter(({ id }) => administration.members.includes(id))
  }

  private get isInStep(): boolean {
    const [first, ...others] = this.members.map(({ server }) => server?.lastZxid)
    return first !== undefined && others.every(zxid => zxid === first)
  }

  /**
   * Lets the sessions expire that nobody holds. Each leader gives all of them their full timeout again: it takes a term
   * that lasts.
   */
  private async expire(): Promise<void> {
    const { timeline } = this
    const endsUs = timeline.nowUs + HEALING_MAX_MS * 1000
    const stands = () => this.members.filter(({ role }) => hasSay(role)).length === 1
    for (;;) {
      await this.advance((endsUs - timeline.nowUs) / 1000, stands)
      const { terms } = this
      await this.advance(EXPIRY_MS)
      if (this.violations.length > 0 || (stands() && terms === this.terms)) return
      if (timeline.nowUs >= endsUs)
        this.fail('the service heals', `no term lasts within ${HEALING_MAX_MS} ms after the last answer`)
    }
  }

  private reportUnsettled(): void {
    const { admin, deviation } = this.administration!
    const why = admin.isFinished ? deviation : `no reconfiguration succeeds (${deviation ?? 'all have their roles'})`
    this.fail('the ensemble becomes what its configuration says', `${HEALING_MAX_MS} ms after the last fault: ${why}`)
  }

  /** Runs a script until it has come to its end, or to none. */
  private async play(stage: Stage, script: Script): Promise<void> {
    let isOver = false
    const running = script.run(stage).then(
      () => {
        isOver = true
      },
      error => this.blownUp(error),
    )
    await this.environment.drain()
    await this.advance(SCRIPT_MAX_MS, () => isOver)
    stage.endAll()
    if (isOver) await running
    else if (this.violations.length === 0)
      this.fail(UNREACHED, `after ${SCRIPT_MAX_MS} ms the script still waits: ${stage.waitsFor}`)
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
      while (this.stage?.goOn()) await drain()
      for (const { property, message } of this.stage?.violations.splice(0) ?? []) this.fail(property, message)
      for (const { violations } of [this.deliveries, this.quorums ?? NONE]) {
        if (violations.length > 0)
          for (const { property, message } of violations.splice(0)) this.fail(property, message)
      }
    }
  }

  private blownUp(error: unknown): void {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.fail('servers keep running', `an exception came out of an event: ${message}`)
  }

  private conclude(): void {
    const { recorder } = this
    const { administration } = this
    for (const client of this.clients) if (client.held !== null) recorder.held.add(client.held)
    if (administration?.admin.held) recorder.held.add(administration.admin.held)
    for (const { id, server } of this.members) {
      if (server === null) this.fail('the service heals', `server ${id} does not run at the end`)
      else recorder.finals.push(readFinalTree(id, server.lastZxid, server.store))
    }
    this.violations.push(
      ...checkHistory(recorder, {
        registers: REGISTERS,
        contactLagMs: this.machines.length === 1 ? 0 : CONTACT_LAG_MS,
      }),
    )
  }

  private fail(property: string, message: string): void {
    this.violations.push({ property, message: `${message} (at ${(this.timeline.nowUs / 1000).toFixed(1)} ms)` })
  }
}

/** Whether a server decides over sessions. */
function hasSay(role: Role): boolean {
  return role === 'leading' || role === 'standalone'
}
