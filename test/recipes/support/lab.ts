import 'reflect-metadata'
import { type Client, type ClientOptions, type ClientState, connect } from '@menagerie/client'
import { Server } from '@menagerie/core'
import { transportTcp } from '@menagerie/transport-tcp'
import { filter, firstValueFrom } from 'rxjs'
import t, { type Test } from 'tap'
import { startApache } from '../../support/apache.js'
import { apacheTools } from '../../support/tools.js'
import { WireProxy } from './wire-proxy.js'

/** Short ticks: a session timeout of a second is granted, and containers go soon. */
const TICK_MS = 500
/** What is granted at most: for tests that must not depend on how busy the machine is. */
export const LONG_SESSION_MS = 120_000
/** Of clients that ask for nothing else. */
const SESSION_MS = 10_000

/** A server for the tests of one file. */
export interface LabServer extends AsyncDisposable {
  readonly port: number
}

/** What one test has to itself: a folder of a server, as many clients as it likes, and a hand on the wire. */
export class Lab {
  readonly #clients: Client[] = []
  readonly #proxies: WireProxy[] = []

  constructor(
    readonly port: number,
    /** All clients are chrooted here. */
    readonly root: string,
  ) {}

  async client(options: Partial<ClientOptions> = {}): Promise<Client> {
    const client = await connect({
      servers: `127.0.0.1:${this.port}${this.root}`,
      sessionTimeoutMs: SESSION_MS,
      ...options,
    })
    this.#clients.push(client)
    return client
  }

  async clients(count: number, options: Partial<ClientOptions> = {}): Promise<Client[]> {
    return await Promise.all(Array.from({ length: count }, () => this.client(options)))
  }

  /** A client whose connection can be cut. */
  async proxied(options: Partial<ClientOptions> = {}): Promise<{ client: Client; proxy: WireProxy }> {
    const proxy = await WireProxy.start(this.port)
    this.#proxies.push(proxy)
    const reconnect = { initialDelayMs: 5, maxDelayMs: 50 }
    const client = await this.client({ servers: `127.0.0.1:${proxy.port}${this.root}`, reconnect, ...options })
    return { client, proxy }
  }

  /** Ends a client's session behind its back, as the server does when it has heard nothing for too long. */
  async expire(client: Client): Promise<void> {
    const { session } = client
    let isOver = false
    const expired = inState(client, 'expired').then(() => {
      isOver = true
    })
    while (!isOver) {
      const heir = connect({ servers: `127.0.0.1:${this.port}`, session, lastZxidSeen: client.lastZxid })
      await heir.then(
        heir => heir.close(),
        () => {},
      )
      // The client may have been faster to come back than the heir was to close: once more then.
      await Promise.race([expired, client.sync().catch(() => expired)])
    }
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#clients.map(client => client.close()))
    await Promise.all(this.#proxies.map(proxy => proxy[Symbol.asyncDispose]()))
  }
}

/** Resolves when the client is in this state, now or later. */
export async function inState(client: Client, wanted: ClientState): Promise<void> {
  await firstValueFrom(client.state$.pipe(filter(state => state === wanted)))
}

/** Resolves when the signal is aborted, with the reason. */
export function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise(resolve => {
    if (signal.aborted) resolve(signal.reason)
    else signal.addEventListener('abort', () => resolve(signal.reason), { once: true })
  })
}

/** Looks at every change below a path until the condition holds. Fails with the test's own timeout. */
export async function until(client: Client, path: string, holds: (children: string[]) => boolean): Promise<string[]> {
  for (;;) {
    let wake = () => {}
    const changed = new Promise<void>(resolve => {
      wake = resolve
    })
    const children =
      (await client.exists(path, { watch: wake })) === null ? [] : await client.getChildren(path, { watch: wake })
    if (holds(children)) return children
    await changed
  }
}

export type On = (name: string, body: (t: Test, lab: Lab) => Promise<void>) => void
/** Tests that any server has to pass. */
export type Cases = (on: On) => void

/** Runs the same tests on a server of Menagerie's in this process, or on Apache's. */
export async function runCases(kind: 'menagerie' | 'apache', groups: Record<string, Cases>): Promise<void> {
  t.setTimeout(240_000)
  const skip = kind === 'apache' ? apacheTools() : {}
  if (skip.skip !== undefined) {
    t.test('against Apache ZooKeeper', skip, async () => {})
    return
  }
  const server = kind === 'apache' ? await apache() : await menagerie()
  t.teardown(() => server[Symbol.asyncDispose]())
  const root = await connect(`127.0.0.1:${server.port}`)
  t.teardown(() => root.close())
  let count = 0
  for (const [group, cases] of Object.entries(groups)) {
    t.test(group, async t => {
      const tests: Promise<unknown>[] = []
      cases((name, body) => {
        tests.push(
          t.test(name, async t => {
            const lab = new Lab(server.port, `/t${++count}`)
            await root.create(lab.root)
            try {
              await body(t, lab)
            } finally {
              await lab.dispose()
            }
          }),
        )
      })
      await Promise.all(tests)
    })
  }
}

/** The server that other languages' tests are held against: as everywhere, MENAGERIE_TEST_TARGET says which. */
export function startLab(): Promise<LabServer> {
  return process.env.MENAGERIE_TEST_TARGET === 'apache' ? apache() : menagerie()
}

async function menagerie(): Promise<LabServer> {
  const server = await Server.start({
    settings: {
      tickTimeMs: TICK_MS,
      maxSessionTimeoutMs: LONG_SESSION_MS,
      maxClientCnxns: 0,
      extendedTypesEnabled: true,
    },
    plugins: [transportTcp({ listen: [{ port: 0 }] })],
  })
  return { port: server.addresses[0].port, [Symbol.asyncDispose]: () => server.close() }
}

async function apache(): Promise<LabServer> {
  return await startApache({
    config: { tickTime: TICK_MS, maxSessionTimeout: LONG_SESSION_MS, extendedTypesEnabled: true },
  })
}
