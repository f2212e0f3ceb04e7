/**
 * `npm run bench:client`: `@menagerie/client` and node-zookeeper-client in turn, against one server in memory, each in a
 * process of its own. Rounds are interleaved, and medians are printed with their ratio.
 *
 *   npm run bench:client -- [rounds, default 5] [only rows whose names begin so: 'getData, 1 ', 'memory']
 */
import 'reflect-metadata'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Server } from '@menagerie/core'
import { transportTcp } from '@menagerie/transport-tcp'
import type { Library, Operation, Outcome, Task } from './client-worker.js'
import { median } from './statistics.js'

const WORKER = fileURLToPath(new URL('./client-worker.js', import.meta.url))
const LIBRARIES: readonly Library[] = ['menagerie', 'node-zookeeper-client']
const LOADS: readonly [Operation, outstanding: number, operations: number][] = [
  ['getData', 1, 2000],
  ['getData', 100, 20_000],
  ['setData', 1, 500],
  ['setData', 100, 8000],
  ['create', 1, 500],
  ['create', 100, 8000],
]
const CONNECTIONS = 1000

const rounds = Number(process.argv[2] ?? 5)
const only = process.argv[3] ?? ''
const server = await Server.start({
  settings: { maxClientCnxns: 0 },
  plugins: [transportTcp({ listen: [{ port: 0 }] })],
})
const { port } = server.addresses[0]
const workers = new Map<Library, ChildProcess>()
try {
  for (const library of LIBRARIES) workers.set(library, await startWorker(library))
  console.log(`medians of ${rounds} interleaved rounds; @menagerie/client, node-zookeeper-client, ratio of the two\n`)
  for (const [operation, outstanding, operations] of LOADS) {
    const name = `${operation}, ${outstanding} outstanding`
    if (!name.startsWith(only)) continue
    const task: Task = { kind: 'load', operation, outstanding, operations }
    const outcomes = await interleaved(task)
    print(`${name}: operations/s`, outcomes, ({ seconds }) => operations / seconds, 0)
    print(`${name}: CPU in us/operation`, outcomes, ({ cpuSeconds }) => (cpuSeconds * 1e6) / operations, 1)
  }
  if ('memory'.startsWith(only)) {
    const outcomes = await interleaved({ kind: 'connections', count: CONNECTIONS }, true)
    print('memory, held: KiB/connection', outcomes, ({ heldBytes }) => heldBytes / 1024 / CONNECTIONS, 1)
    print('memory, resident: KiB/connection', outcomes, ({ residentBytes }) => residentBytes / 1024 / CONNECTIONS, 1)
  }
} finally {
  for (const worker of workers.values()) worker.kill('SIGKILL')
  await server.close()
}

async function startWorker(library: Library): Promise<ChildProcess> {
  const worker = fork(WORKER, [library, `127.0.0.1:${port}`], { execArgv: ['--expose-gc'] })
  await once(worker, 'message')
  return worker
}

/**
 * @param fresh each round in a process of its own: one that has used memory before gives little of it back
 *
 * One round for warmth, then as many as asked for,
 * the libraries in turn and each first every other time.
 */
async function interleaved(task: Task, fresh = false): Promise<Map<Library, Outcome[]>> {
  const outcomes = new Map<Library, Outcome[]>(LIBRARIES.map(library => [library, []]))
  for (let round = -1; round < rounds; round++) {
    const order = round % 2 === 0 ? LIBRARIES : [...LIBRARIES].reverse()
    for (const library of order) {
      const outcome = await perform(library, task, fresh)
      if (round >= 0) outcomes.get(library)?.push(outcome)
    }
  }
  return outcomes
}

async function perform(library: Library, task: Task, fresh: boolean): Promise<Outcome> {
  if (fresh) {
    workers.get(library)?.kill('SIGKILL')
    workers.set(library, await startWorker(library))
  }
  const worker = workers.get(library) as ChildProcess
  worker.send(task)
  const waiting = new AbortController()
  const { signal } = waiting
  const ended = once(worker, 'exit', { signal }).then(() =>
    Promise.reject(new Error(`the process of ${library} ended`)),
  )
  const [outcome] = (await Promise.race([once(worker, 'message', { signal }), ended])) as [Outcome]
  ended.catch(() => {})
  waiting.abort()
  return outcome
}

function print(
  name: string,
  outcomes: ReadonlyMap<Library, readonly Outcome[]>,
  value: (outcome: Outcome) => number,
  digits: number,
): void {
  const [own, old] = LIBRARIES.map(library => median((outcomes.get(library) ?? []).map(value)))
  const cell = (number: number) => number.toFixed(digits).padStart(9)
  console.log(`${name.padEnd(42)} ${cell(own)} ${cell(old)} ${(own / old).toFixed(2).padStart(7)}x`)
}
