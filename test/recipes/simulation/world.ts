/** A server or an ensemble, and clients, in simulated time, from one seed: the recipes' own code, on a network that breaks. */
import { type Client, connect, type Dialer, type Link, type LinkHandler } from '@menagerie/client'
import {
  ClientDoors,
  FIRST_CLIENT,
  SeededRandom,
  SimulatedNetwork,
  SimulatedPeers,
  SimulatedProcess,
  SimulatedServer,
  simulatedEnsemble,
  Timeline,
  VirtualClock,
  type WireEnd,
} from '@menagerie/core/simulation'

export const SESSION_MS = 1000
/**
 * A follower that is cut off from its leader answers its clients, pings included, until it notices (syncLimit, 5 ticks, and
 * up to two more): so much longer a session may seem to live than it does.
 */
const ENSEMBLE_SESSION_MS = 2000
const TICK_MS = 100

/** One client process: it can be paused, or cut off. */
export class Machine {
  readonly process: SimulatedProcess
  readonly clock: VirtualClock
  readonly random: SeededRandom
  readonly node: number
  /** Whether its client goes on with a new session by itself. */
  readonly renews: boolean
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
    this.renews = world.servers.length > 1 && this.random.split('renews').chance(0.5)
  }

  /** Recipe options: everything from the seed. */
  get options() {
    return { clock: this.clock, uuid: () => this.#uuid() }
  }

  connect(): Promise<Client> {
    const { clock } = this
    const { sessionMs, servers } = this.world
    const hosts = servers.map(({ id }) => `simulated:${id}`).join()
    return connect({
      servers: hosts,
      sessionTimeoutMs: sessionMs,
      renewSession: this.renews,
      clock,
      random: this.random.split('client'),
      dialer: this.#dialer(),
    })
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
      dial({ port }, handler: LinkHandler): Link {
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
        later(() => world.doors.dial(node, port, connected, () => later(() => closed(new Error('nobody answers')))))
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
  readonly servers: readonly SimulatedServer[]
  readonly sessionMs: number
  readonly violations: string[] = []
  readonly machines: Machine[] = []

  constructor(
    readonly seed: number,
    servers: 1 | 3 = 1,
  ) {
    this.random = new SeededRandom(seed)
    this.network = new SimulatedNetwork(this.timeline, this.random.split('network'))
    this.doors = new ClientDoors(this.network)
    this.sessionMs = servers === 1 ? SESSION_MS : ENSEMBLE_SESSION_MS
    const ensemble = simulatedEnsemble(servers)
    const peers = ensemble === null ? null : new SimulatedPeers(this.network)
    this.servers = Array.from({ length: servers }, (_, i) => this.#server(i + 1, peers, ensemble))
    for (const server of this.servers) server.start()
  }

  #server(id: number, peers: SimulatedPeers | null, ensemble: ReturnType<typeof simulatedEnsemble>): SimulatedServer {
    return new SimulatedServer({
      id,
      timeline: this.timeline,
      network: this.network,
      doors: this.doors,
      random: this.random.split(ensemble === null ? 'server' : `server ${id}`),
      settings: { tickTimeMs: TICK_MS, maxClientCnxns: 0, containerCheckIntervalMs: 300, fourLetterWords: [] },
      mutation: null,
      peers,
      ensemble,
      starting: () => {},
      delivered: () => {},
      changedRole: () => {},
      failed: (_server, error) => this.fail(`server ${id} ended: ${error.stack ?? error}`),
    })
  }

  machine(name: string): Machine {
    const machine = new Machine(this, name, this.machines.length)
    this.machines.push(machine)
    return machine
  }

  fail(message: string): void {
    this.violations.push(`${message} (seed ${this.seed}, at ${(this.timeline.nowUs / 1000).toFixed(1)} ms)`)
  }

  /**
   * Schedules faults up to a time: broken connections, one- and two-way partitions, pauses, crashes of servers; in an ensemble
   * also servers that are paused, or cut off from each other while their clients reach them.
   */
  trouble(untilMs: number): void {
    const { random, sessionMs } = this
    const chance = random.split('faults')
    for (let atMs = chance.between(50, 400); atMs < untilMs; atMs += chance.between(100, 900)) {
      const machine = this.machines[chance.below(this.machines.length)]
      // Some end before anybody's session does, some after.
      const lastsMs = chance.chance(0.5)
        ? chance.between(10, sessionMs / 2)
        : chance.between(sessionMs / 2, sessionMs * 2)
      const kind = chance.below(this.servers.length === 1 ? 7 : 10)
      if (kind < 6) this.#hurtMachine(machine, kind, atMs, lastsMs)
      else this.#hurtServer(kind, atMs, lastsMs, chance)
    }
  }

  #hurtMachine({ node, process }: Machine, kind: number, atMs: number, lastsMs: number): void {
    const { timeline, network } = this
    const ids = this.servers.map(({ id }) => id)
    const each = (change: (id: number) => void) => () => ids.forEach(change)
    const during = (begin: () => void, end: () => void) => this.#during(atMs, lastsMs, begin, end)
    if (kind <= 1)
      this.#at(
        atMs,
        each(id => network.breakBetween(node, id)),
      )
    else if (kind === 2)
      during(
        each(id => network.block(node, id)),
        each(id => network.unblock(node, id)),
      )
    else if (kind === 3)
      during(
        each(id => network.block(id, node)),
        each(id => network.unblock(id, node)),
      )
    else if (kind === 4)
      during(
        each(id => this.#partition(node, id, 'block')),
        each(id => this.#partition(node, id, 'unblock')),
      )
    else
      during(
        () => process.pause(),
        () => timeline.resume(process),
      )
  }

  #hurtServer(kind: number, atMs: number, lastsMs: number, chance: SeededRandom): void {
    const server = this.servers[this.servers.length === 1 ? 0 : chance.below(this.servers.length)]
    const others = this.servers.filter(other => other !== server).map(({ id }) => id)
    const during = (begin: () => void, end: () => void) => this.#during(atMs, lastsMs, begin, end)
    if (kind <= 7) {
      const downMs = chance.between(10, 300)
      const crash = { kind: 'crash', server: server.id, atMs, downMs, tail: 0.5, progress: 0.5, silent: false } as const
      this.#at(atMs, () => server.crash(crash))
    } else if (kind === 8)
      during(
        () => server.pause(),
        () => server.resume(),
      )
    else {
      const cut = (what: 'block' | 'unblock') => () => {
        for (const other of others) this.#partition(server.id, other, what)
      }
      during(cut('block'), cut('unblock'))
    }
  }

  #at(ms: number, run: () => void): void {
    this.timeline.after(ms * 1000, null, run)
  }

  #during(atMs: number, lastsMs: number, begin: () => void, end: () => void): void {
    this.#at(atMs, begin)
    this.#at(atMs + lastsMs, end)
  }

  #partition(a: number, b: number, what: 'block' | 'unblock'): void {
    this.network[what](a, b)
    this.network[what](b, a)
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
