/** A server and clients in simulated time, from one seed: the recipes' own code, on a network that breaks. */
import { type Client, connect, type Dialer, type Link, type LinkHandler } from '@menagerie/client'
import {
  ClientDoors,
  FIRST_CLIENT,
  SeededRandom,
  SimulatedNetwork,
  SimulatedProcess,
  SimulatedServer,
  Timeline,
  VirtualClock,
  type WireEnd,
} from '@menagerie/core/simulation'

const SERVER = 1
export const SESSION_MS = 1000
const TICK_MS = 100

/** One client process: it can be paused, or cut off. */
export class Machine {
  readonly process: SimulatedProcess
  readonly clock: VirtualClock
  readonly random: SeededRandom
  readonly node: number
  #uuids = 0

  constructor(
    readonly world: World,
    readonly name: string,
    number: number,
  ) {
    this.node = FIRST_CLIENT + number
    this.process = new SimulatedProcess(name)
    this.clock = new VirtualClock(world.timeline, this.process)
    this.random = world.random.split(name)
  }

  /** Recipe options: everything from the seed. */
  get options() {
    return { clock: this.clock, uuid: () => this.#uuid() }
  }

  connect(): Promise<Client> {
    const { clock } = this
    return connect({ servers: 'simulated:1', sessionTimeoutMs: SESSION_MS, clock, dialer: this.#dialer() })
  }

  sleep(ms: number): Promise<void> {
    return new Promise(resolve => {
      this.clock.schedule(ms, resolve)
    })
  }

  #uuid(): string {
    const hex = [...this.random.bytes(12)].map(byte => byte.toString(16).padStart(2, '0')).join('')
    const unique = `${hex}${String(this.node * 1000 + this.#uuids++).padStart(8, '0')}`
    return unique.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  }

  #dialer(): Dialer {
    const { world, process, node } = this
    const later = (run: () => void) => world.timeline.after(0, process, run)
    return {
      dial(_address, handler: LinkHandler): Link {
        let end: WireEnd<Uint8Array> | undefined
        let over = false
        const closed = (error?: Error) => {
          if (over) return
          over = true
          later(() => handler.closed(error))
        }
        const connected = (near: WireEnd<Uint8Array>) => {
          if (over) {
            near.break()
            return
          }
          end = near
          later(() => over || handler.open())
          near.receive({
            item: bytes => later(() => over || handler.data(bytes, 0, bytes.length)),
            ended: how => later(() => closed(new Error(`the connection was ${how}`))),
          })
        }
        later(() => world.doors.dial(node, SERVER, connected, () => later(() => closed(new Error('nobody answers')))))
        return {
          write(bytes) {
            end?.send(bytes.slice(), bytes.length)
            return true
          },
          destroy() {
            end?.break()
            closed()
          },
        }
      },
    }
  }
}

export class World {
  readonly timeline = new Timeline()
  readonly random: SeededRandom
  readonly network: SimulatedNetwork
  readonly doors: ClientDoors
  readonly server: SimulatedServer
  readonly violations: string[] = []
  readonly machines: Machine[] = []

  constructor(readonly seed: number) {
    this.random = new SeededRandom(seed)
    this.network = new SimulatedNetwork(this.timeline, this.random.split('network'))
    this.doors = new ClientDoors(this.network)
    this.server = new SimulatedServer({
      id: SERVER,
      timeline: this.timeline,
      network: this.network,
      doors: this.doors,
      random: this.random.split('server'),
      settings: { tickTimeMs: TICK_MS, maxClientCnxns: 0, containerCheckIntervalMs: 300, fourLetterWords: [] },
      mutation: null,
      peers: null,
      ensemble: null,
      starting: () => {},
      delivered: () => {},
      changedRole: () => {},
      failed: (_server, error) => this.fail(`the server ended: ${error.stack ?? error}`),
    })
    this.server.start()
  }

  machine(name: string): Machine {
    const machine = new Machine(this, name, this.machines.length)
    this.machines.push(machine)
    return machine
  }

  fail(message: string): void {
    this.violations.push(`${message} (seed ${this.seed}, at ${(this.timeline.nowUs / 1000).toFixed(1)} ms)`)
  }

  /** Schedules faults up to a time: broken connections, one- and two-way partitions, pauses, crashes of the server. */
  trouble(untilMs: number): void {
    const { random, timeline, network } = this
    const chance = random.split('faults')
    for (let atMs = chance.between(50, 400); atMs < untilMs; atMs += chance.between(100, 900)) {
      const machine = this.machines[chance.below(this.machines.length)]
      const { node, process } = machine
      // Some end before anybody's session does, some after.
      const lastsMs = chance.chance(0.5)
        ? chance.between(10, SESSION_MS / 2)
        : chance.between(SESSION_MS / 2, SESSION_MS * 2)
      const kind = chance.below(7)
      const at = (ms: number, run: () => void) => timeline.after(ms * 1000, null, run)
      const during = (begin: () => void, end: () => void) => {
        at(atMs, begin)
        at(atMs + lastsMs, end)
      }
      if (kind <= 1) at(atMs, () => network.breakBetween(node, SERVER))
      else if (kind === 2)
        during(
          () => network.block(node, SERVER),
          () => network.unblock(node, SERVER),
        )
      else if (kind === 3)
        during(
          () => network.block(SERVER, node),
          () => network.unblock(SERVER, node),
        )
      else if (kind === 4) {
        during(
          () => this.#partition(node, 'block'),
          () => this.#partition(node, 'unblock'),
        )
      } else if (kind === 5)
        during(
          () => process.pause(),
          () => timeline.resume(process),
        )
      else {
        const downMs = chance.between(10, 300)
        const crash = { kind: 'crash', server: SERVER, atMs, downMs, tail: 0.5, progress: 0.5, silent: false } as const
        at(atMs, () => this.server.crash(crash))
      }
    }
  }

  #partition(node: number, what: 'block' | 'unblock'): void {
    this.network[what](node, SERVER)
    this.network[what](SERVER, node)
  }

  /** Lets time pass until all is done. @returns whether it was done in time */
  async run(work: readonly Promise<unknown>[], limitMs: number): Promise<boolean> {
    let done = false
    Promise.all(work).then(
      () => {
        done = true
      },
      error => {
        done = true
        this.fail(`unexpected: ${error instanceof Error ? error.stack : error}`)
      },
    )
    while (!done && this.timeline.step(limitMs * 1000) !== undefined) {
      // Promises of the client and the recipes run to their end between two events.
      await new Promise(resolve => setImmediate(resolve))
    }
    return done
  }
}
