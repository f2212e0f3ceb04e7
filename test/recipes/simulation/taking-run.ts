/** Queues whose items go as they are taken: none twice, none lost but those of an unknown outcome. */
import { type Client, KeeperCode } from '@menagerie/client'
import { DelayQueue, PriorityQueue, Queue, textCodec } from '@menagerie/recipes'
import { isUnknown, Persistent } from './persistence.js'
import { type Machine, World } from './world.js'

const FAULTS_MS = 5000
const LIMIT_MS = 60_000
const ITEMS = 12
const PATH = '/queue'

export interface TakingRun {
  readonly violations: readonly string[]
  readonly taken: number
  /** Items of which nobody can say whether they are in the queue, or who has taken them. */
  readonly unknown: number
}

interface AnyQueue {
  put(item: string, at: number): Promise<string>
  poll(): Promise<string | undefined>
  size(): Promise<number>
}

const QUEUES = {
  queue: (client: Client) => new Queue(client, PATH, { codec: textCodec }),
  'kazoo queue': (client: Client) => new Queue(client, PATH, { codec: textCodec, dialect: 'kazoo' }),
  'zookeeper queue': (client: Client) => new Queue(client, PATH, { codec: textCodec, dialect: 'zookeeper' }),
  'priority queue': (client: Client) => new PriorityQueue(client, PATH, { codec: textCodec }),
  'delay queue': (client: Client, machine: Machine) =>
    new DelayQueue(client, PATH, { codec: textCodec, ...machine.options }),
} satisfies Record<string, (client: Client, machine: Machine) => AnyQueue>

export type QueueKind = keyof typeof QUEUES
export const QUEUE_KINDS = Object.keys(QUEUES) as QueueKind[]

export async function takingRun(seed: number, kind: QueueKind, servers: 1 | 3 = 1): Promise<TakingRun> {
  const world = new World(seed, servers)
  const ledger = new Ledger(world)
  const producers = [1, 2].map(number => world.machine(`producer ${number}`))
  const consumers = [1, 2, 3].map(number => world.machine(`consumer ${number}`))
  world.trouble(FAULTS_MS)
  const work = [
    ...producers.map(machine => produce(machine, kind, ledger)),
    ...consumers.map(machine => consume(machine, kind, ledger)),
  ]
  if (!(await world.run(work, LIMIT_MS))) world.fail('the queue does not run empty')
  ledger.close()
  return { violations: world.violations, taken: ledger.taken, unknown: ledger.unknown }
}

async function produce(machine: Machine, kind: QueueKind, ledger: Ledger): Promise<void> {
  const process = new Persistent(machine)
  for (let number = 0; number < ITEMS; number++) {
    const delayMs = machine.random.between(0, 600)
    const dueAt = Math.floor(machine.clock.wallTime()) + delayMs
    const item = `${machine.name} ${number} ${dueAt}`
    // A delay queue takes the due time, a priority queue a priority; the plain ones overlook it.
    const rank = kind === 'delay queue' ? dueAt : delayMs
    await process.attempt(
      async client => {
        await (QUEUES[kind](client, machine) as AnyQueue).put(item, rank)
        ledger.put(item)
      },
      error => {
        // A client without a session knows that it has sent nothing.
        if (isUnknown(error)) ledger.maybePut(item)
      },
    )
    await machine.sleep(machine.random.between(1, 500))
  }
  ledger.producersDone++
  await process.close()
}

async function consume(machine: Machine, kind: QueueKind, ledger: Ledger): Promise<void> {
  const process = new Persistent(machine)
  for (let done = false; !done; ) {
    await process.attempt(
      async client => {
        const queue = QUEUES[kind](client, machine) as AnyQueue
        const item = await queue.poll()
        if (item !== undefined) {
          ledger.take(machine, item, kind === 'delay queue')
          return
        }
        if (ledger.producersDone === 2) await client.sync()
        done = ledger.producersDone === 2 && (await queue.size()) === 0
        if (!done) await machine.sleep(30)
      },
      error => {
        // Its items may be this consumer's.
        for (const item of (error as { items?: string[] }).items ?? []) ledger.maybeTaken(item)
        if ((error as { code?: unknown }).code === KeeperCode.NoNode) ledger.fail(`unexpected: ${error}`)
      },
    )
  }
  await process.close()
}

class Ledger {
  readonly #put = new Set<string>()
  readonly #maybePut = new Set<string>()
  readonly #taken = new Set<string>()
  readonly #maybeTaken = new Set<string>()
  producersDone = 0

  constructor(private readonly world: World) {}

  get taken(): number {
    return this.#taken.size
  }

  get unknown(): number {
    return this.#maybePut.size + this.#maybeTaken.size
  }

  put(item: string): void {
    this.#put.add(item)
  }

  maybePut(item: string): void {
    this.#maybePut.add(item)
  }

  take(machine: Machine, item: string, delayed: boolean): void {
    if (this.#taken.has(item)) this.fail(`${item} was taken twice`)
    this.#taken.add(item)
    const dueAt = Number(item.split(' ').at(-1))
    if (delayed && machine.clock.wallTime() < dueAt) this.fail(`${item} was taken before its time`)
  }

  maybeTaken(item: string): void {
    this.#maybeTaken.add(item)
  }

  fail(message: string): void {
    this.world.fail(message)
  }

  close(): void {
    for (const item of this.#put) {
      if (!this.#taken.has(item) && !this.#maybeTaken.has(item)) this.fail(`${item} was lost`)
    }
    for (const item of this.#taken) {
      if (!this.#put.has(item) && !this.#maybePut.has(item)) this.fail(`${item} was never put`)
    }
  }
}
