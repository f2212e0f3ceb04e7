/** Two-phase commit under faults: one decision for all, and none to commit that somebody did not vote for. */
import { TwoPhaseCommit, type Vote } from '@menagerie/recipes'
import { Persistent } from './persistence.js'
import { type Machine, World } from './world.js'

const FAULTS_MS = 5000
const LIMIT_MS = 60_000
const TRANSACTIONS = 6
const SITES = ['a', 'b', 'c']

export interface CommitRun {
  readonly violations: readonly string[]
  readonly commits: number
  readonly aborts: number
}

/** Two coordinators, the second for the first one's death, and three sites, transaction by transaction. */
export async function commitRun(seed: number, servers: 1 | 3 = 1): Promise<CommitRun> {
  const world = new World(seed, servers)
  const coordinators = [1, 2].map(number => world.machine(`coordinator ${number}`))
  const sites = SITES.map(site => world.machine(`site ${site}`))
  const transactions = Array.from({ length: TRANSACTIONS }, (_, number) => new Transaction(world, `/tx/${number}`))
  world.trouble(FAULTS_MS)
  const coordinate = async (machine: Machine) => {
    const process = new Persistent(machine)
    for (const transaction of transactions) {
      const content = new TextEncoder().encode(transaction.path)
      await process.insist(client => new TwoPhaseCommit(client, transaction.path).propose(content, SITES))
      const decision = await process.insist(client => new TwoPhaseCommit(client, transaction.path).decide())
      transaction.decided(machine, decision)
      await machine.sleep(machine.random.between(1, 800))
    }
    await process.close()
  }
  const take = async (machine: Machine, index: number) => {
    const process = new Persistent(machine)
    for (const transaction of transactions) {
      await machine.sleep(machine.random.between(1, 300))
      const vote = machine.random.chance(0.15) ? 'abort' : 'commit'
      transaction.votes.set(machine, vote)
      // Until there is something to vote on.
      await process.insist(client => new TwoPhaseCommit(client, transaction.path).vote(SITES[index], vote))
      const decision = await process.insist(client => new TwoPhaseCommit(client, transaction.path).decision())
      transaction.decided(machine, decision)
    }
    await process.close()
  }
  if (!(await world.run([...coordinators.map(coordinate), ...sites.map(take)], LIMIT_MS))) {
    world.fail('somebody waits for ever')
  }
  const made = transactions.map(({ decision }) => decision)
  const count = (wanted: Vote) => made.filter(decision => decision === wanted).length
  return { violations: world.violations, commits: count('commit'), aborts: count('abort') }
}

class Transaction {
  readonly votes = new Map<Machine, Vote>()
  decision: Vote | undefined

  constructor(
    private readonly world: World,
    readonly path: string,
  ) {}

  decided(machine: Machine, decision: Vote): void {
    this.decision ??= decision
    if (decision !== this.decision) {
      this.world.fail(`${machine.name} was told ${decision} of ${this.path}, others ${this.decision}`)
    }
    const votes = [...this.votes.values()]
    if (decision === 'commit' && (votes.length < SITES.length || votes.includes('abort'))) {
      this.world.fail(`${machine.name} was told to commit ${this.path}, where the votes are ${votes}`)
    }
  }
}
