/** Nothing lost, nothing handled twice after its acknowledgement: what one seed has to show. */
import type { Client } from '@menagerie/client'
import { Counter, textCodec, WorkQueue } from '@menagerie/recipes'
import { isExpected, isUnknown } from './persistence.js'
import { type Machine, World } from './world.js'

const FAULTS_MS = 5000
const LIMIT_MS = 60_000
const ITEMS = 12
const PATH = '/queue'
const COUNTER = '/counter'

export interface QueueRun {
  readonly violations: readonly string[]
  readonly acknowledged: number
  readonly deliveries: number
  readonly unknown: number
}

/** Two producers and three consumers while things break; then everything heals, and the queue has to run empty. */
export async function queueRun(seed: number, dialect: 'curator' | 'kazoo', servers: 1 | 3 = 1): Promise<QueueRun> {
  const world = new World(seed, servers)
  const ledger = new Ledger(world)
  const producers = [1, 2].map(number => world.machine(`producer ${number}`))
  const consumers = [1, 2, 3].map(number => world.machine(`consumer ${number}`))
  world.trouble(FAULTS_MS)
  const work = [
    ...producers.map(machine => produce(machine, dialect, ledger)),
    ...consumers.map(machine => consume(machine, dialect, ledger)),
  ]
  if (!(await world.run(work, LIMIT_MS))) world.fail('the queue does not run empty')
  ledger.close()
  return { violations: world.violations, ...ledger.counts }
}

async function produce(machine: Machine, dialect: 'curator' | 'kazoo', ledger: Ledger): Promise<void> {
  let client: Client | undefined
  for (let number = 0, attempt = 0; number < ITEMS; attempt++) {
    // Names of entries come again when an empty folder has been removed: items are told apart by what they say.
    const item = `${machine.name} ${attempt}`
    try {
      client ??= await machine.connect()
      await new WorkQueue(client, PATH, { ...machine.options, codec: textCodec, dialect }).put(item)
      ledger.put(item)
      number++
      await new Counter(client, COUNTER).increment()
      ledger.counted++
    } catch (error) {
      if (!isExpected(error)) throw error
      if (isUnknown(error)) ledger.maybeCounted++
      client = client?.state === 'expired' && !machine.renews ? undefined : client
    }
    await machine.sleep(machine.random.between(1, 500))
  }
  ledger.producersDone++
  await client?.close()
}

async function consume(machine: Machine, dialect: 'curator' | 'kazoo', ledger: Ledger): Promise<void> {
  let client: Client | undefined
  for (;;) {
    try {
      client ??= await machine.connect()
      const queue = new WorkQueue(client, PATH, { ...machine.options, codec: textCodec, dialect })
      const delivery = await queue.tryReceive()
      if (delivery === undefined) {
        // A server that lags behind knows nothing of the last items yet.
        if (ledger.producersDone === 2) await client.sync()
        if (ledger.producersDone === 2 && (await queue.size()) === 0) break
        await machine.sleep(30)
        continue
      }
      const { item } = delivery
      ledger.delivered(item)
      await machine.sleep(machine.random.between(1, 80))
      if (machine.random.chance(0.1)) await delivery.giveBack()
      else {
        await delivery.acknowledge().then(
          () => ledger.acknowledge(item),
          error => {
            if (isUnknown(error)) ledger.counts.unknown++
            throw error
          },
        )
      }
    } catch (error) {
      if (!isExpected(error)) throw error
      client = client?.state === 'expired' && !machine.renews ? undefined : client
      await machine.sleep(20)
    }
  }
  if (client !== undefined) {
    await client.sync().catch(() => {})
    ledger.count = await new Counter(client, COUNTER).get().catch(() => ledger.count)
    await client.close()
  }
}

class Ledger {
  readonly #put = new Set<string>()
  readonly #acknowledged = new Set<string>()
  readonly #delivered = new Set<string>()
  producersDone = 0
  counted = 0
  maybeCounted = 0
  count = 0
  counts = { acknowledged: 0, deliveries: 0, unknown: 0 }

  constructor(private readonly world: World) {}

  put(name: string): void {
    this.#put.add(name)
  }

  delivered(name: string): void {
    this.counts.deliveries++
    this.#delivered.add(name)
    if (this.#acknowledged.has(name)) this.world.fail(`${name} was handed out after it was acknowledged`)
  }

  acknowledge(name: string): void {
    this.counts.acknowledged++
    if (this.#acknowledged.has(name)) this.world.fail(`${name} was acknowledged twice`)
    this.#acknowledged.add(name)
  }

  close(): void {
    for (const name of this.#put) if (!this.#delivered.has(name)) this.world.fail(`${name} was lost`)
    const missing = [...this.#put].filter(name => !this.#acknowledged.has(name)).length
    if (missing > this.counts.unknown) this.world.fail(`${missing} items were put and not acknowledged, and are gone`)
    if (this.count < this.counted || this.count > this.counted + this.maybeCounted) {
      this.world.fail(
        `the counter shows ${this.count} after ${this.counted} additions and ${this.maybeCounted} unknown ones`,
      )
    }
  }
}
