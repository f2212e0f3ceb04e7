/** Gates and double barriers under faults: nobody passes early, nobody is forgotten. */
import { Barrier, DoubleBarrier } from '@menagerie/recipes'
import { Persistent } from './persistence.js'
import { type Machine, World } from './world.js'

const FAULTS_MS = 6000
const LIMIT_MS = 90_000
const ROUNDS = 6

export interface BarrierRun {
  readonly violations: readonly string[]
  readonly passed: number
}

/** Three machines enter and leave together, round by round. */
export async function doubleBarrierRun(
  seed: number,
  dialect: 'curator' | 'kazoo',
  servers: 1 | 3 = 1,
): Promise<BarrierRun> {
  const world = new World(seed, servers)
  const machines = [1, 2, 3].map(number => world.machine(`machine ${number}`))
  const rounds = Array.from({ length: ROUNDS }, (_, number) => new Round(world, `/barrier/${number}`, machines.length))
  world.trouble(FAULTS_MS)
  if (
    !(await world.run(
      machines.map(machine => takePart(machine, rounds, dialect)),
      LIMIT_MS,
    ))
  )
    world.fail('somebody waits for ever')
  return { violations: world.violations, passed: rounds.reduce((sum, { passed }) => sum + passed, 0) }
}

class Round {
  readonly #begun = new Set<Machine>()
  /** Who is inside, and who has left without waiting for it: wrongly, unless its session turns out to be over. */
  readonly #inside = new Map<Machine, string[]>()
  /** Who has failed here before: for the others it had left, and what it enters again is another time inside. */
  readonly #gone = new Set<Machine>()
  /** Who leaves, and who has come back since: too late, maybe, to be seen among those that are waited for. */
  readonly #leaving = new Map<Machine, Set<Machine>>()
  /** Aborted once somebody has left: who is not inside then cannot count on the others any more. */
  readonly over = new AbortController()
  passed = 0

  constructor(
    private readonly world: World,
    readonly path: string,
    private readonly members: number,
  ) {}

  begin(machine: Machine): void {
    this.#begun.add(machine)
  }

  entered(machine: Machine): void {
    this.passed++
    if (this.#gone.has(machine)) for (const later of this.#leaving.values()) later.add(machine)
    this.#inside.set(machine, [])
    if (this.#begun.size < this.members) this.world.fail(`${machine.name} has entered ${this.path} without the others`)
  }

  /** It has begun to leave: from now on others may be gone before it knows. */
  leaving(machine: Machine): string[] {
    const without = this.#inside.get(machine) ?? []
    this.#inside.delete(machine)
    this.#leaving.set(machine, new Set())
    return without
  }

  left(machine: Machine, without: readonly string[]): void {
    for (const name of without) this.world.fail(`${name} has left ${this.path} while ${machine.name} was inside`)
    const later = this.#leaving.get(machine)
    for (const [other, early] of this.#inside) if (later?.has(other) !== true) early.push(machine.name)
    this.over.abort()
  }

  /** It has failed: the others need not have waited for it. */
  gone(machine: Machine): void {
    this.#inside.delete(machine)
    this.#leaving.delete(machine)
    this.#gone.add(machine)
  }
}

async function takePart(machine: Machine, rounds: readonly Round[], dialect: 'curator' | 'kazoo'): Promise<void> {
  const process = new Persistent(machine)
  for (const round of rounds) {
    for (let done = false; !done && !round.over.signal.aborted; ) {
      done =
        (await process.attempt(
          async client => {
            const barrier = new DoubleBarrier(client, round.path, { ...machine.options, members: 3, dialect })
            round.begin(machine)
            try {
              await barrier.enter({ signal: round.over.signal })
            } catch (error) {
              if (round.over.signal.aborted) return true
              throw error
            }
            round.entered(machine)
            await machine.sleep(machine.random.between(1, 200))
            const without = round.leaving(machine)
            await barrier.leave()
            round.left(machine, without)
            return true
          },
          () => round.gone(machine),
        )) ?? false
    }
  }
  await process.close()
}

/** One closes the gate and opens it again, the others wait before it. */
export async function barrierRun(seed: number, servers: 1 | 3 = 1): Promise<BarrierRun> {
  const world = new World(seed, servers)
  const keeper = world.machine('keeper')
  const others = [1, 2, 3].map(number => world.machine(`machine ${number}`))
  const gates = Array.from({ length: ROUNDS }, (_, number) => new Gate(`/gate/${number}`))
  let passed = 0
  world.trouble(FAULTS_MS)
  const keep = async () => {
    const process = new Persistent(keeper)
    for (const gate of gates) {
      await process.insist(client => new Barrier(client, gate.path).close())
      gate.closed.resolve()
      await keeper.sleep(keeper.random.between(1, 1200))
      gate.isOpening = true
      await process.insist(client => new Barrier(client, gate.path).open())
    }
    await process.close()
  }
  const wait = async (machine: Machine) => {
    const process = new Persistent(machine)
    for (const gate of gates) {
      await gate.closed.promise
      await process.insist(async client => {
        // A server that lags behind does not know yet that it is closed.
        await client.sync()
        await new Barrier(client, gate.path).wait()
      })
      passed++
      if (!gate.isOpening) world.fail(`${machine.name} has passed ${gate.path}, which is closed`)
    }
    await process.close()
  }
  if (!(await world.run([keep(), ...others.map(wait)], LIMIT_MS))) world.fail('somebody waits for ever')
  return { violations: world.violations, passed }
}

class Gate {
  readonly closed = withResolvers()
  isOpening = false
  constructor(readonly path: string) {}
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>(done => {
    resolve = done
  })
  return { promise, resolve }
}
