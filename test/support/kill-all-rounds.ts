import { Ensemble } from './ensemble.js'
import { differencesShown, storedStates } from './ensemble-agreement.js'
import { Load } from './ensemble-load.js'

/** Writes between two kills, at least, of each client; and by how many more it may be. */
const WRITES_MIN = 20
const WRITES_SPREAD = 80

/**
 * Kills all servers of an ensemble at once in the middle of writes, starts them again, and looks on each for all that
 * was acknowledged; then the next round, on the same directories. At the end their disks are compared.
 *
 * @returns a sentence for each acknowledged write that is missing and each difference; empty is good.
 */
export async function killAllRounds(
  rounds: number,
  tell: (line: string) => void,
  random: () => number = Math.random,
): Promise<string[]> {
  await using ensemble = await Ensemble.start(['menagerie', 'menagerie', 'menagerie'], {
    config: { snapCount: 500, preAllocSize: 64 },
  })
  const addresses = ensemble.servers.map(({ address }) => address)
  for (let round = 1; round <= rounds; round++) {
    const load = await Load.start([0, 1, 2].map(at => [...addresses.slice(at), ...addresses.slice(0, at)].join()))
    await load.more(WRITES_MIN + Math.floor(random() * WRITES_SPREAD))
    await Promise.all(ensemble.servers.map(server => server.kill9()))
    for (const server of ensemble.servers) server.start()
    await ensemble.untilServing()
    await load.more(5)
    await load.end()
    const problems: string[] = []
    for (const address of addresses) problems.push(...(await load.missingOn(address)))
    problems.push(...(await differencesShown(ensemble)))
    await load.close()
    const written = load.writers.map(({ acknowledged }) => acknowledged.size)
    tell(`round ${round}: ${written.join(' + ')} writes were acknowledged, ${problems.length} problems`)
    if (problems.length > 0) return problems
  }
  for (const server of ensemble.servers) await server.stop()
  const [first, ...others] = (await storedStates(ensemble)).map(state => JSON.stringify(state))
  return others.filter(other => other !== first).map(other => `the disks differ: ${first} and ${other}`)
}
