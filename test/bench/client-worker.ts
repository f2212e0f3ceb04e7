/**
 * One client library under load, in a process of its own: reads tasks from its parent, one at a time, and answers with
 * what they took. CPU is that of this process alone, so a busy machine makes rounds longer, not dearer.
 */
import { createRequire } from 'node:module'
import { type Client, connect } from '@menagerie/client'

export type Library = 'menagerie' | 'node-zookeeper-client'
export type Operation = 'getData' | 'setData' | 'create'

export type Task =
  | { readonly kind: 'load'; readonly operation: Operation; readonly outstanding: number; readonly operations: number }
  | { readonly kind: 'connections'; readonly count: number }

export interface Outcome {
  readonly seconds: number
  /** User and system. */
  readonly cpuSeconds: number
  /** Growth of resident memory, for `connections`. */
  readonly bytes: number
}

/** What both libraries can do, as promises for set-up and as callbacks for the load. */
interface Driver {
  ready(): Promise<void>
  run(operation: Operation, path: string, done: (error?: unknown) => void): void
  close(): Promise<void>
}

const DATA = Buffer.alloc(100, 'x')

/** The parts of node-zookeeper-client used here: it has no types. */
interface OldClient {
  once(event: string, listener: () => void): void
  connect(): void
  close(): void
  getData(path: string, callback: (error?: unknown) => void): void
  setData(path: string, data: Buffer, callback: (error?: unknown) => void): void
  create(path: string, data: Buffer, callback: (error?: unknown) => void): void
}

function oldDriver(address: string): Driver {
  const library = createRequire(import.meta.url)('node-zookeeper-client') as {
    createClient(address: string, options: object): OldClient
  }
  const client = library.createClient(address, { sessionTimeout: 30_000 })
  return {
    ready: () =>
      new Promise(resolve => {
        client.once('connected', resolve)
        client.connect()
      }),
    run(operation, path, done) {
      if (operation === 'getData') client.getData(path, done)
      else if (operation === 'setData') client.setData(path, DATA, done)
      else client.create(path, DATA, done)
    },
    close: () =>
      new Promise(resolve => {
        client.once('disconnected', resolve)
        client.close()
      }),
  }
}

function ownDriver(address: string): Driver {
  let client: Client
  return {
    async ready() {
      client = await connect(address)
    },
    run(operation, path, done) {
      if (operation === 'getData') client.getData(path).then(() => done(), done)
      else if (operation === 'setData') client.setData(path, DATA).then(() => done(), done)
      else client.create(path, DATA).then(() => done(), done)
    },
    close: () => client.close(),
  }
}

/** Keeps so many operations under way until all are done. */
function load(driver: Driver, folder: string, { operation, outstanding, operations }: Task & { kind: 'load' }) {
  return new Promise<void>((resolve, reject) => {
    let begun = 0
    let finished = 0
    const next = () => {
      if (begun === operations) return
      driver.run(operation, operation === 'create' ? `${folder}/${begun}` : folder, done)
      begun++
    }
    const done = (error?: unknown) => {
      if (error) reject(error)
      else if (++finished === operations) resolve()
      else next()
    }
    for (let i = 0; i < outstanding; i++) next()
  })
}

function memory(): number {
  ;(globalThis as { gc?: () => void }).gc?.()
  return process.memoryUsage.rss()
}

async function measure(work: () => Promise<void>): Promise<Outcome> {
  const cpu = process.cpuUsage()
  const since = performance.now()
  await work()
  const seconds = (performance.now() - since) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { seconds, cpuSeconds: (user + system) / 1e6, bytes: 0 }
}

async function main(library: Library, address: string): Promise<void> {
  const make = library === 'menagerie' ? ownDriver : oldDriver
  const driver = make(address)
  await driver.ready()
  let folders = 0
  const perform = async (task: Task): Promise<Outcome> => {
    if (task.kind === 'load') {
      const folder = `/${library}-${process.pid}-${folders++}`
      await new Promise<void>((resolve, reject) => {
        driver.run('create', folder, error => (error ? reject(error) : resolve()))
      })
      return measure(() => load(driver, folder, task))
    }
    const before = memory()
    const drivers = Array.from({ length: task.count }, () => make(address))
    const outcome = await measure(async () => {
      for (const each of drivers) await each.ready()
    })
    const bytes = memory() - before
    await Promise.all(drivers.map(each => each.close()))
    return { ...outcome, bytes }
  }
  process.on('message', (task: Task) => {
    perform(task).then(
      outcome => process.send?.(outcome),
      error => {
        console.error(error)
        process.exit(1)
      },
    )
  })
  process.on('disconnect', () => process.exit(0))
  process.send?.('ready')
}

const [library, address] = process.argv.slice(2)
await main(library as Library, address)
