/** Mutual exclusion under faults: what one seed has to show. */
import type { Client } from '@menagerie/client'
import { type Grant, LeaderElection, Mutex, ReadWriteLock, Semaphore } from '@menagerie/recipes'
import { type Machine, World } from './world.js'

const FAULTS_MS = 8000
const LIMIT_MS = 60_000

export type LockKind = 'mutex' | 'kazoo mutex' | 'write lock' | 'semaphore' | 'election'

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

/** Four machines for one lock while things break; then everything heals, and everybody gets it once more. */
export async function lockRun(seed: number, kind: LockKind, fault: Fault = {}, servers: 1 | 3 = 1): Promise<LockRun> {
  const world = new World(seed, servers)
  const resource = new Resource(world)
  const machines = [1, 2, 3, 4].map(number => world.machine(`machine ${number}`))
  world.trouble(FAULTS_MS)
  const work = machines.map(machine => contend(machine, kind, resource, fault))
  if (!(await world.run(work, LIMIT_MS))) world.fail('somebody waits for ever')
  return { violations: world.violations, ...resource.counts }
}

async function contend(machine: Machine, kind: LockKind, resource: Resource, fault: Fault): Promise<void> {
  let client: Client | undefined
  // Until the faults are over, and once more when all has healed.
  for (let healed = false; !healed; ) {
    healed = machine.world.timeline.nowUs > FAULTS_MS * 1000
    try {
      client ??= await machine.connect()
      const grant = await acquire(machine, client, kind, fault)
      resource.enter(machine, grant)
      await machine.sleep(
        machine.random.chance(0.1) ? machine.random.between(500, 2000) : machine.random.between(1, 60),
      )
      resource.write(machine, grant)
      resource.leave(grant)
      await grant.release()
    } catch (error) {
      if (typeof (error as { code?: unknown }).code !== 'number' && (error as { code?: string }).code !== 'RECIPE_LOST')
        throw error
      if (client?.state === 'expired' && !machine.renews) client = undefined
      healed = false
      await machine.sleep(20)
    }
  }
  await client?.close()
}

async function acquire(machine: Machine, client: Client, kind: LockKind, fault: Fault): Promise<Grant> {
  const options = { ...machine.options, ...fault }
  if (kind === 'semaphore') return await new Semaphore(client, '/lock', { ...options, leases: 1 }).acquire()
  if (kind === 'write lock') return await new ReadWriteLock(client, '/lock', options).write.acquire()
  if (kind === 'election') {
    const { value } = await new LeaderElection(client, '/lock', { ...options, id: machine.name }).terms().next()
    if (value === undefined) throw new Error('the election has ended')
    return value
  }
  return await new Mutex(client, '/lock', { ...options, dialect: kind === 'mutex' ? 'curator' : 'kazoo' }).acquire()
}

/** What the lock protects: it refuses tokens below the highest, and watches who believes what. */
class Resource {
  readonly #inside = new Map<Grant, Machine>()
  #highest = 0
  counts = { grants: 0, refused: 0, lostGrants: 0 }

  constructor(private readonly world: World) {}

  enter(machine: Machine, grant: Grant): void {
    this.counts.grants++
    if (!grant.held) return
    if (grant.fencingToken <= this.#highest)
      this.world.fail(`${machine.name} got token ${grant.fencingToken} after ${this.#highest}`)
    // Whoever is still inside has to know that he holds nothing any more, unless he cannot know anything.
    for (const [other, where] of this.#inside) {
      if (other.held && !where.process.isPaused) {
        this.world.fail(`${machine.name} holds ${grant.path} beside ${where.name}, which holds ${other.path}`)
      }
    }
    this.#inside.set(grant, machine)
    this.write(machine, grant)
  }

  write(_machine: Machine, { fencingToken }: Grant): void {
    if (fencingToken < this.#highest) this.counts.refused++
    this.#highest = Math.max(this.#highest, fencingToken)
  }

  leave(grant: Grant): void {
    if (!grant.held) this.counts.lostGrants++
    this.#inside.delete(grant)
  }
}
