/**
 * 20 contenders of two languages for one lock, while processes are killed, stopped for longer than their sessions, and the
 * server is restarted: `npm run soak:recipes -- [SECONDS] [curator|kazoo]`, by default a minute for each dialect.
 * MENAGERIE_TEST_TARGET=apache takes Apache's server. Ends with 1 if the fencing log is broken or nobody can lock any more.
 */
import { appendFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from '@menagerie/client'
import { Mutex } from '@menagerie/recipes'
import { startTarget } from '../support/target.js'
import { judgeFencing } from './support/fencing.js'
import { HoldingLog } from './support/holding-log.js'
import { compileCurator, Peer } from './support/peer.js'

const SESSION_MS = 3000
const HARM_EVERY_MS = 5000
/** Longer than the session, its rounding up to a tick included. */
const STOPPED_MS = 6000
const RESTART_EVERY_MS = 20_000
const PROCESSES = 4
const CONTENDERS_EACH = 5
const ROUNDS = 1_000_000
const PATH = '/soak'

type SoakDialect = 'curator' | 'kazoo'

const [seconds = '60', only] = process.argv.slice(2)
const dialects: SoakDialect[] = only === undefined ? ['curator', 'kazoo'] : [only as SoakDialect]
let failed = false
for (const dialect of dialects) failed = !(await soak(dialect, Number(seconds) * 1000)) || failed
process.exit(failed ? 1 : 0)

async function soak(dialect: SoakDialect, durationMs: number): Promise<boolean> {
  await using server = await startTarget({ config: { tickTime: 500 } })
  using log = new HoldingLog()
  using java = dialect === 'curator' ? await compileCurator() : undefined
  let count = 0
  const start = (slot: number) => {
    const typescript = slot % 2 === 0
    const label = `${typescript ? 'typescript' : dialect}-${++count}`
    const args = [server.address, label, `${SESSION_MS}`]
    const peer = typescript
      ? Peer.typescript(...args)
      : java !== undefined
        ? Peer.started(java, args)
        : Peer.kazoo(...args)
    const command = typescript && dialect === 'kazoo' ? 'kazoo-lock' : 'lock'
    peer.run(`${command} ${PATH} ${log.file} ${ROUNDS} ${CONTENDERS_EACH}`).catch(() => {}) // ends by being killed
    return { peer, label }
  }
  const slots = Array.from({ length: PROCESSES }, (_, slot) => start(slot))
  const endAt = Date.now() + durationMs
  let kills = 0
  let stops = 0
  let restarts = 0
  let restartAt = Date.now() + RESTART_EVERY_MS
  for (let step = 0; Date.now() < endAt; step++) {
    await delay(HARM_EVERY_MS)
    const slot = step % PROCESSES
    const { peer, label } = slots[slot]
    appendFileSync(log.file, `harmed ${label}\n`)
    if (step % 3 === 2) {
      stops++
      peer.signal('SIGSTOP')
      await delay(STOPPED_MS)
      peer.signal('SIGCONT')
    } else {
      kills++
      await peer[Symbol.asyncDispose]()
      slots[slot] = start(slot)
    }
    if (Date.now() > restartAt) {
      restarts++
      await server.kill9()
      await server.restart()
      restartAt = Date.now() + RESTART_EVERY_MS
    }
  }
  for (const { peer, label } of slots) {
    appendFileSync(log.file, `harmed ${label}\n`)
    await peer[Symbol.asyncDispose]()
  }
  const report = judgeFencing(log.text)
  const alive = await canStillLock(server.address, dialect)
  const all = PROCESSES * CONTENDERS_EACH
  console.log(`${dialect}: ${all} contenders, ${kills} kills, ${stops} stops, ${restarts} restarts of ${server.name}`)
  console.log(
    `  grants ${JSON.stringify(report.taken)}, overtaken ${report.overtaken}, refused by fence ${report.refused}`,
  )
  for (const violation of report.violations.slice(0, 20)) console.log(`  VIOLATION ${violation}`)
  if (!alive) console.log('  VIOLATION nobody can lock any more')
  return alive && report.violations.length === 0 && Object.keys(report.taken).length === 2
}

/** Whether the lock is free once all sessions of the dead have expired. */
async function canStillLock(address: string, dialect: SoakDialect): Promise<boolean> {
  await using client = await connect(address)
  const lock = new Mutex(client, PATH, { dialect })
  const grant = await lock.acquire({ signal: AbortSignal.timeout(30_000) }).catch(() => undefined)
  await grant?.release()
  return grant !== undefined && (await lock.participants()).length === 0
}
