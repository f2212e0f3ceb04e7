/**
 * Contends for locks from a process of its own, as CuratorPeer.java and kazoo_peer.py do: `node typescript-peer.js ADDRESS LABEL
 * SESSION_MS`, then a line `lock PATH LOG ROUNDS CLIENTS` or `kazoo-lock …` on its standard input.
 */
import { appendFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { type Client, connect } from '@menagerie/client'
import { type Dialect, Mutex } from '@menagerie/recipes'

const [address, label, sessionMs] = process.argv.slice(2)

for await (const line of createInterface({ input: process.stdin })) {
  const [command, path, log, rounds, clients] = line.split(' ')
  const dialect = command === 'kazoo-lock' ? 'kazoo' : 'curator'
  await Promise.all(
    Array.from({ length: Number(clients) }, () => contend({ path, log, rounds: Number(rounds), dialect })),
  )
  console.log(`done ${command}`)
}

interface Contest {
  readonly path: string
  readonly log: string
  readonly rounds: number
  readonly dialect: Dialect
}

async function contend({ path, log, rounds, dialect }: Contest): Promise<void> {
  let client: Client | undefined
  for (let round = 0; round < rounds; round++) {
    try {
      client ??= await connect(address, { sessionTimeoutMs: Number(sessionMs) })
      await using grant = await new Mutex(client, path, { dialect }).acquire()
      const note = (what: string) => appendFileSync(log, `${what} X ${grant.fencingToken} ${label}\n`)
      note('enter')
      await delay(1)
      if (grant.held) note('leave')
    } catch {
      // The session has expired, or no server could be reached: both are done on purpose here.
      await client?.close()
      client = undefined
      await delay(50)
    }
  }
}
