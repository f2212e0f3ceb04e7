/**
 * How long an ensemble of three is without writes when its leader goes: `npm run bench:failover -- --kills 20`.
 *
 * Apache's and Menagerie's ensembles run beside each other, with the same zoo.cfg but for ports and directories, and lose
 * their leaders in turn. Two clients write a znode again and again, one request at a time: one is connected to a server
 * that survives, the other to the leader. Measured is the time from the signal to each client's first acknowledgement of
 * a write that it sent after it.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Client, connect, NodeExistsError } from '@menagerie/client'
import { Ensemble } from '../support/ensemble.js'
import type { EnsembleServer, ServerKind } from '../support/ensemble-server.js'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    stops: { type: 'string', default: '10' },
    tick: { type: 'string', default: '2000' },
    kinds: { type: 'string', default: 'apache,menagerie' },
    json: { type: 'boolean', default: false },
  },
})

type Signal = 'SIGKILL' | 'SIGTERM'
interface Sample {
  readonly survivorMs: number
  readonly leaderMs: number
}

const PATH = '/failover'
/** Between two attempts of a client that has no connection. */
const RETRY_MS = 2

/** Resolves with the time since `start` at the first acknowledgement of a write that began after it. */
async function firstWrite(client: Client, start: number): Promise<number> {
  for (;;) {
    try {
      await client.setData(PATH, null)
      return performance.now() - start
    } catch {
      await delay(RETRY_MS)
    }
  }
}

/** A client of one server that goes to the others, without delays, when that is gone. */
function clientOf(server: EnsembleServer, others: readonly EnsembleServer[]): Promise<Client> {
  const servers = [server, ...others].map(({ address }) => address).join()
  return connect({ servers, shuffleServers: false, reconnect: { initialDelayMs: 5, maxDelayMs: 20 } })
}

async function measure(ensemble: Ensemble, signal: Signal): Promise<Sample> {
  const leader = await ensemble.leader()
  const followers = await ensemble.followers()
  const ofSurvivor = await clientOf(followers[0], [followers[1]])
  const ofLeader = await clientOf(leader, followers)
  await ofSurvivor.create(PATH, null).catch((error: unknown) => {
    if (!(error instanceof NodeExistsError)) throw error
  })
  for (let i = 0; i < 20; i++) await Promise.all([ofSurvivor.setData(PATH, null), ofLeader.setData(PATH, null)])
  const start = performance.now()
  const gone = signal === 'SIGKILL' ? leader.kill9() : leader.stop()
  const [survivorMs, leaderMs] = await Promise.all([firstWrite(ofSurvivor, start), firstWrite(ofLeader, start)])
  await gone
  await Promise.all([ofSurvivor.close(), ofLeader.close()])
  leader.start()
  await ensemble.untilServing()
  // The one that came back is in step once the leader has it among its followers.
  const next = await ensemble.leader()
  while ((await next.metric('synced_followers')) !== '2') await delay(50)
  return { survivorMs, leaderMs }
}

function quantile(numbers: readonly number[], q: number): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]
}

function show(kind: ServerKind, signal: Signal, samples: readonly Sample[]): void {
  for (const which of ['survivorMs', 'leaderMs'] as const) {
    const times = samples.map(sample => sample[which])
    const [median, p90, max] = [quantile(times, 0.5), quantile(times, 0.9), Math.max(...times)].map(Math.round)
    const client = which === 'survivorMs' ? 'client of a survivor  ' : "the dead leader's own "
    console.log(`${kind.padEnd(10)} ${signal}  ${client}  median ${median} ms, p90 ${p90} ms, max ${max} ms`)
  }
}

const kinds = values.kinds.split(',') as ServerKind[]
const ensembles: Ensemble[] = []
try {
  for (const kind of kinds) {
    ensembles.push(await Ensemble.start([kind, kind, kind], { config: { tickTime: values.tick } }))
  }
  for (const [signal, count] of [
    ['SIGKILL', Number(values.kills)],
    ['SIGTERM', Number(values.stops)],
  ] as const) {
    const samples: Sample[][] = kinds.map(() => [])
    for (let n = 0; n < count; n++) {
      for (const [at, ensemble] of ensembles.entries()) samples[at].push(await measure(ensemble, signal))
    }
    if (values.json)
      console.log(JSON.stringify({ signal, ...Object.fromEntries(kinds.map((k, at) => [k, samples[at]])) }))
    else if (count > 0) for (const [at, kind] of kinds.entries()) show(kind, signal, samples[at])
  }
} finally {
  for (const ensemble of ensembles) await ensemble[Symbol.asyncDispose]()
}
