/** Shared values under faults: every change happens once, and is seen by all. */

import type { Client } from '@menagerie/client'
import { AtomicLong, ConfigStore, Counter, IdGenerator, int64Codec, RateLimiter, SharedValue } from '@menagerie/recipes'
import { isUnknown, Persistent } from './persistence.js'
import { type Machine, World } from './world.js'

const FAULTS_MS = 5000
const LIMIT_MS = 60_000
const CHANGES = 12
const PATH = '/shared/value'
const PER_SECOND = 20

export interface SharedRun {
  readonly violations: readonly string[]
  readonly changes: number
  readonly unknown: number
}

const parseNumber = (value: unknown): number => {
  if (value !== undefined && typeof value !== 'number') throw new Error(`no number: ${value}`)
  return value ?? 0
}
const config = (client: Client) => new ConfigStore(client, '/shared', { value: parseNumber })
const shared = (client: Client) => new SharedValue(client, PATH, { codec: int64Codec, initial: 0n })

/** How one is added, with the result, and how the sum is read. */
const NUMBERS = {
  counter: {
    add: async (client: Client) => (await new Counter(client, PATH).increment()).after,
    get: (client: Client) => new Counter(client, PATH).get(),
  },
  'kazoo counter': {
    add: async (client: Client) => (await new Counter(client, PATH, { dialect: 'kazoo' }).increment()).after,
    get: (client: Client) => new Counter(client, PATH, { dialect: 'kazoo' }).get(),
  },
  'atomic long': {
    add: async (client: Client) => Number((await new AtomicLong(client, PATH).increment()).after),
    get: async (client: Client) => Number(await new AtomicLong(client, PATH).get()),
  },
  'shared value': {
    add: async (client: Client) => Number((await shared(client).update(value => value + 1n)).value),
    get: async (client: Client) => Number((await shared(client).get()).value),
  },
  'configuration store': {
    add: async (client: Client) => await config(client).update('value', value => value + 1),
    get: async (client: Client) => (await config(client).get('value')).value,
  },
} as const

export type NumberKind = keyof typeof NUMBERS
export const NUMBER_KINDS = Object.keys(NUMBERS) as NumberKind[]

/** Three machines count together. A fourth follows the value, and has to end with the last one. */
export async function numberRun(seed: number, kind: NumberKind, servers: 1 | 3 = 1): Promise<SharedRun> {
  const world = new World(seed, servers)
  const machines = [1, 2, 3].map(number => world.machine(`machine ${number}`))
  const follower = world.machine('follower')
  const { add, get } = NUMBERS[kind]
  const seen = new Set<number>()
  let unknown = 0
  let counting = machines.length
  let sum = 0
  world.trouble(FAULTS_MS)
  const count = async (machine: Machine) => {
    const process = new Persistent(machine)
    for (let done = 0; done < CHANGES; ) {
      const failed = (error: unknown) => {
        if (isUnknown(error)) unknown++
      }
      const after = await process.attempt(add, failed)
      if (after !== undefined) {
        done++
        if (seen.has(after)) world.fail(`two additions made ${after}`)
        seen.add(after)
      }
      await machine.sleep(machine.random.between(1, 400))
    }
    sum = await process.insist(async client => {
      await client.sync()
      return await get(client)
    })
    counting--
    await process.close()
  }
  const work = [...machines.map(count), follow(follower, () => (counting === 0 ? sum : undefined))]
  if (!(await world.run(work, LIMIT_MS))) world.fail('somebody waits for ever')
  if (sum < seen.size || sum > seen.size + unknown) {
    world.fail(`${sum} after ${seen.size} additions and ${unknown} unknown ones`)
  }
  return { violations: world.violations, changes: seen.size, unknown }
}

/** Follows the bytes of the value until it has the last one; its tokens have to rise within a session. */
async function follow(machine: Machine, last: () => number | undefined): Promise<void> {
  const process = new Persistent(machine)
  await process.insist(async client => {
    const raw = { codec: { encode: (text: string) => new TextEncoder().encode(text), decode: decodeText }, initial: '' }
    let fencingToken = 0
    let failure: unknown
    const subscription = new SharedValue(client, PATH, raw).value$.subscribe({
      next: value => {
        if (value.fencingToken < fencingToken) machine.world.fail(`token ${value.fencingToken} after ${fencingToken}`)
        ;({ fencingToken } = value)
      },
      error: error => {
        failure = error
      },
    })
    try {
      for (;;) {
        if (failure !== undefined) throw failure
        if (last() !== undefined) {
          await client.sync()
          const { stat } = await client.getData(PATH)
          if (stat.mzxid === fencingToken) return
        }
        await machine.sleep(50)
      }
    } finally {
      subscription.unsubscribe()
    }
  })
  await process.close()
}

const decodeText = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** Three machines draw numbers: none is drawn twice, each sees its own rise. */
export async function idRun(seed: number, servers: 1 | 3 = 1): Promise<SharedRun> {
  const world = new World(seed, servers)
  const machines = [1, 2, 3].map(number => world.machine(`machine ${number}`))
  const drawn = new Set<bigint>()
  world.trouble(FAULTS_MS)
  const draw = async (machine: Machine) => {
    const process = new Persistent(machine)
    for (let done = 0; done < 4 * CHANGES; ) {
      await process.attempt(async client => {
        const generator = new IdGenerator(client, PATH, { block: 3 })
        for (let before = -1n; done < 4 * CHANGES; done++) {
          const id = await generator.next()
          if (drawn.has(id)) world.fail(`${id} was drawn twice`)
          if (id <= before) world.fail(`${id} came after ${before}`)
          drawn.add(id)
          before = id
          await machine.sleep(machine.random.between(1, 100))
        }
      })
    }
    await process.close()
  }
  if (!(await world.run(machines.map(draw), LIMIT_MS))) world.fail('somebody waits for ever')
  return { violations: world.violations, changes: drawn.size, unknown: 0 }
}

/** Three machines share a rate: by any moment no more calls were let through than the rate allows. */
export async function rateRun(seed: number, servers: 1 | 3 = 1): Promise<SharedRun> {
  const world = new World(seed, servers)
  const machines = [1, 2, 3].map(number => world.machine(`machine ${number}`))
  let through = 0
  let beganAt: number | undefined
  world.trouble(FAULTS_MS)
  const call = async (machine: Machine) => {
    const process = new Persistent(machine)
    for (let done = 0; done < 2 * CHANGES; ) {
      await process.attempt(async client => {
        const limiter = new RateLimiter(client, PATH, { perSecond: PER_SECOND, burst: 2, clock: machine.clock })
        for (; done < 2 * CHANGES; done++) {
          beganAt ??= machine.clock.wallTime()
          await limiter.acquire()
          through++
          const allowed = 2 + ((machine.clock.wallTime() - beganAt) / 1000) * PER_SECOND
          if (through > allowed + 0.01) world.fail(`${through} calls, where ${allowed.toFixed(2)} are allowed`)
        }
      })
    }
    await process.close()
  }
  if (!(await world.run(machines.map(call), LIMIT_MS))) world.fail('somebody waits for ever')
  return { violations: world.violations, changes: through, unknown: 0 }
}
