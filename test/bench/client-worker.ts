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
  /** How memory has grown, for `connections`: all that is resident, and what JavaScript holds, its buffers included. */
  readonly residentBytes: number
  readonly heldBytes: number
}

/** What both libraries can do, as promises for set-up and as callbacks for the load. */
interface Driver {
  ready(): Promise<void>
  run(operation: Operation, path: string, done: (error?: unknown) => void): void
  close(): Promise<void>
}

const DATA = Buffer.alloc(100, 'x')
const WARM_CONNECTIONS = 100

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

/** What is left after everything that nobody holds was collected, in a process started with `--expose-gc`. */
function memory(): { resident: number; held: number } {
  const { gc } = globalThis as { gc?: () => void }
  if (gc === undefined) throw new Error('memory is measured in a process with --expose-gc')
  gc()
  gc()
  const { rss, heapUsed, external } = process.memoryUsage()
  return { resident: rss, held: heapUsed + external }
}

/** Connections that have each carried a request, one after the other. */
async function connected(make: () => Driver, count: number): Promise<Driver[]> {
  const drivers: Driver[] = []
  for (let i = 0; i < count; i++) {
    const driver = make()
    await driver.ready()
    await new Promise<void>((resolve, reject) => {
      driver.run('getData', '/', error => (error ? reject(error) : resolve()))
    })
    drivers.push(driver)
  }
  return drivers
}

async function measure(work: () => Promise<void>): Promise<Outcome> {
  const cpu = process.cpuUsage()
  const since = performance.now()
  await work()
  const seconds = (performance.now() - since) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { seconds, cpuSeconds: (user + system) / 1e6, residentBytes: 0, heldBytes: 0 }
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
    // What the first ones need stays for all: code, tables of the libraries and of Node.
    const first = await connected(() => make(address), WARM_CONNECTIONS)
    const before = memory()
    let drivers: Driver[] = []
    const outcome = await measure(async () => {
      drivers = await connected(() => make(address), task.count)
    })
    const { resident, held } = memory()
    await Promise.all([...first, ...drivers].map(each => each.close()))
    return { ...outcome, residentBytes: resident - before.resident, heldBytes: held - before.held }
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
