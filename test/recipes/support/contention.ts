import { type Client, connect } from '@menagerie/client'
import type { Grant, LeaderElection } from '@menagerie/recipes'
import type { Test } from 'tap'
import { HoldingLog, judge } from './holding-log.js'
import type { Peer } from './peer.js'

const ROUNDS = 20
const CONTENDERS = 2

/** One attempt of ours. */
export interface Attempt {
  readonly client: Client
  /** Differs from one attempt to the next. */
  readonly number: number
}

export interface ContendOptions {
  /** How many may share what is no lock of its own. Default: any number of S, one X. */
  readonly sharers?: number
}

/** Tests of one recipe at one path, with another language's process and clients of ours. */
export function contention(t: Test, port: number, peer: Peer) {
  const withClient = async (body: (client: Client) => Promise<void>) => {
    const client = await connect(`127.0.0.1:${port}`)
    try {
      await body(client)
    } finally {
      await client.close()
    }
  }

  return {
    /** A test with a client of ours. */
    on: (name: string, body: (t: Test, client: Client) => Promise<void>) =>
      t.test(name, t => withClient(client => body(t, client))),

    /** Both sides take turns, and the log that both append to says whether anybody was where nobody may be. */
    contend: (
      command: string,
      path: string,
      acquire: (attempt: Attempt) => Promise<Grant>,
      { sharers }: ContendOptions = {},
    ) =>
      t.test(`${command}: nobody holds what another one holds, and tokens rise`, async t => {
        using log = new HoldingLog()
        const theirs = peer.run(`${command} ${path} ${log.file} ${ROUNDS} ${CONTENDERS} ${sharers ?? ''}`.trim())
        const ours = Array.from({ length: CONTENDERS }, (_, index) =>
          withClient(async client => {
            // Theirs takes longer to begin: wait until it has.
            while (log.text === '') await client.sync()
            for (let round = 0; round < ROUNDS; round++) {
              const number = index + round
              const grant = await acquire({ client, number })
              const kind = sharers !== undefined || /__READ__|__rlock__/.test(grant.path) ? 'S' : 'X'
              log.enter(kind, grant.fencingToken)
              await client.sync()
              log.leave(kind, grant.fencingToken)
              await grant.release()
            }
          }),
        )
        await Promise.all([theirs, ...ours])
        const { violations, entries } = judge(log.text, { sharers })
        t.strictSame(violations, [])
        const counts = Object.values(entries)
        t.equal(counts.length, 2)
        t.ok(counts.every(count => count >= ROUNDS * CONTENDERS))
        t.ok(handovers(log.text) > 2, 'both sides have waited for each other')
      }),
  }
}

/** The first term of an election, as a grant: releasing it resigns. */
export async function firstTerm(election: LeaderElection): Promise<Grant> {
  const { value } = await election.terms().next()
  if (value === undefined) throw new Error('the election has ended without a term')
  return value
}

function handovers(text: string): number {
  const entered = text.split('\n').filter(line => line.startsWith('enter '))
  const parties = entered.map(line => line.split(' ')[3])
  return parties.filter((party, index) => index > 0 && party !== parties[index - 1]).length
}
