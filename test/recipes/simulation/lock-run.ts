/** Mutual exclusion under faults: what one seed has to show. */
import type { Client } from '@menagerie/client'
import {
  type Grant,
  LeaderElection,
  LeaderLatch,
  MultiLock,
  Mutex,
  ReadWriteLock,
  ReentrantMutex,
  Semaphore,
} from '@menagerie/recipes'
import { Persistent } from './persistence.js'
import { type Held, Resource } from './resource.js'
import { type Machine, World } from './world.js'

const FAULTS_MS = 8000
const LIMIT_MS = 60_000
const PATH = '/lock'

export interface LockRun {
  readonly violations: readonly string[]
  readonly grants: number
  /** Entries that the resource refused by their tokens. */
  readonly refused: number
  readonly lostGrants: number
}

/** A recipe that is set up wrongly, to see that it shows. */
export interface Fault {
  readonly suspendedMs?: number
}

interface Settings extends Fault {
  readonly clock: Machine['options']['clock']
  readonly uuid: () => string
}

/** Takes the lock, and runs the work with it. */
type Take = (client: Client, machine: Machine, settings: Settings, work: (held: Held) => Promise<void>) => Promise<void>

/** How each kind of lock is taken, and what is held then. */
const TAKES = {
  mutex: acquired((client, _, settings) => new Mutex(client, PATH, settings).acquire()),
  'kazoo mutex': acquired((client, _, settings) =>
    new Mutex(client, PATH, { ...settings, dialect: 'kazoo' }).acquire(),
  ),
  'zookeeper mutex': acquired((client, _, settings) =>
    new Mutex(client, PATH, { ...settings, dialect: 'zookeeper' }).acquire(),
  ),
  'write lock': acquired((client, _, settings) => new ReadWriteLock(client, PATH, settings).write.acquire()),
  'read-write lock': readOrWrite('curator'),
  'kazoo read-write lock': readOrWrite('kazoo'),
  'zookeeper read-write lock': readOrWrite('zookeeper'),
  semaphore: acquired((client, _, settings) => new Semaphore(client, PATH, { ...settings, leases: 1 }).acquire()),
  'kazoo semaphore': acquired((client, _, settings) =>
    new Semaphore(client, PATH, { ...settings, leases: 1, dialect: 'kazoo' }).acquire(),
  ),
  'semaphore of two': acquired(async (client, _, settings) => {
    return new Semaphore(client, PATH, { ...settings, leases: 2 }).acquire()
  }, 2),
  election: acquired(async (client, machine, settings) => {
    const { value } = await new LeaderElection(client, PATH, { ...settings, id: machine.name }).terms().next()
    if (value === undefined) throw new Error('the election has ended')
    return value
  }),
  'leader latch': (async (client, machine, settings, work) => {
    await using latch = new LeaderLatch(client, PATH, { ...settings, id: machine.name })
    await work({ grant: await latch.untilLeading(), room: 1 })
  }) satisfies Take,
  're-entrant mutex': (async (client, _, settings, work) => {
    const mutex = new ReentrantMutex(client, PATH, settings)
    await mutex.run(() => mutex.run(grant => work({ grant, room: 1 })))
  }) satisfies Take,
  'multi-lock': (async (client, _, settings, work) => {
    const locks = ['/lock-a', '/lock-b'].map(path => new Mutex(client, path, settings))
    await using grant = await new MultiLock(locks).acquire()
    // Two locks, of which the first is asked for first: its token rises from holder to holder.
    const [{ fencingToken }] = grant.grants
    await work({
      grant: {
        path: PATH,
        fencingToken,
        get held() {
          return grant.held
        },
      },
      room: 1,
    })
  }) satisfies Take,
} as const

export type LockKind = keyof typeof TAKES
export const LOCK_KINDS = Object.keys(TAKES) as LockKind[]

/** Four machines for one lock while things break; then everything heals, and everybody gets it once more. */
export async function lockRun(seed: number, kind: LockKind, fault: Fault = {}, servers: 1 | 3 = 1): Promise<LockRun> {
  const world = new World(seed, servers)
  const resource = new Resource(world)
  const machines = [1, 2, 3, 4].map(number => world.machine(`machine ${number}`))
  world.trouble(FAULTS_MS)
  const work = machines.map(machine => contend(machine, TAKES[kind], resource, fault))
  if (!(await world.run(work, LIMIT_MS))) world.fail('somebody waits for ever')
  return { violations: world.violations, ...resource.counts }
}

async function contend(machine: Machine, take: Take, resource: Resource, fault: Fault): Promise<void> {
  const process = new Persistent(machine)
  const settings = { ...machine.options, ...fault }
  // Until the faults are over, and once more when all has healed.
  for (let healed = false; !healed; ) {
    const last = machine.world.timeline.nowUs > FAULTS_MS * 1000
    const done = await process.attempt(async client => {
      await take(client, machine, settings, async held => {
        resource.enter(machine, held)
        await machine.sleep(
          machine.random.chance(0.1) ? machine.random.between(500, 2000) : machine.random.between(1, 60),
        )
        resource.write(held)
        resource.leave(held)
      })
      return true
    })
    healed = last && done === true
  }
  await process.close()
}

function acquired(acquire: (client: Client, machine: Machine, settings: Settings) => Promise<Grant>, room = 1): Take {
  return async (client, machine, settings, work) => {
    const grant = await acquire(client, machine, settings)
    await work({ grant, room })
    await grant.release()
  }
}

function readOrWrite(dialect: 'curator' | 'kazoo' | 'zookeeper'): Take {
  return async (client, machine, settings, work) => {
    const lock = new ReadWriteLock(client, PATH, { ...settings, dialect })
    const reads = machine.random.chance(0.6)
    const grant: Grant = await (reads ? lock.read : lock.write).acquire()
    // Readers leave each other all the room there is.
    await work({ grant, room: reads ? Number.POSITIVE_INFINITY : 1 })
    await grant.release()
  }
}
