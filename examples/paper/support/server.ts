/** Where an example runs: on a server of its own in memory, or below a fresh znode of an ensemble that is there already. */
import { type Client, CreateMode, connect, NodeExistsError, NoNodeError } from '@menagerie/client'
import { Server } from '@menagerie/core'
import { transportTcp } from '@menagerie/transport-tcp'

export interface OpenServer extends AsyncDisposable {
  /** A connect string, with a chroot if the example does not have the server for itself. */
  readonly servers: string
}

/**
 * @param name of the example, and of what it creates on somebody's ensemble
 * @param ensemble connect string of Menagerie or Apache ZooKeeper. Without it, a server starts in this process on a free
 * port of the loopback, which keeps everything in memory
 */
export function openServer(name: string, ensemble?: string): Promise<OpenServer> {
  return ensemble === undefined ? startServer() : borrow(ensemble, name)
}

async function startServer(): Promise<OpenServer> {
  // Ticks are the grain of session timeouts: with short ones, a dead part is missed soon.
  const settings = { tickTimeMs: 250 }
  const plugins = [transportTcp({ listen: [{ host: '127.0.0.1', port: 0 }] })]
  const server = await Server.start({ settings, plugins })
  const [{ host, port }] = server.addresses
  return { servers: `${host}:${port}`, [Symbol.asyncDispose]: () => server.close() }
}

/** Each run has a znode of its own, so that runs do not meet, and removes it at the end. */
async function borrow(ensemble: string, name: string): Promise<OpenServer> {
  await ensureChroot(ensemble)
  const client = await connect(ensemble, { renewSession: true })
  const folder = await client.create(`/${name}-`, null, { mode: CreateMode.PERSISTENT_SEQUENTIAL })
  return {
    servers: ensemble + folder,
    async [Symbol.asyncDispose]() {
      await removeTree(client, folder)
      await client.close()
    },
  }
}

async function ensureChroot(ensemble: string): Promise<void> {
  const [hosts, ...names] = ensemble.split('/')
  await using client = await connect(hosts)
  for (let depth = 1; depth <= names.length; depth++) {
    await client.create(`/${names.slice(0, depth).join('/')}`).catch(error => {
      if (!(error instanceof NodeExistsError)) throw error
    })
  }
}

async function removeTree(client: Client, path: string): Promise<void> {
  const missing = (error: unknown) => {
    if (!(error instanceof NoNodeError)) throw error
  }
  const names = (await client.getChildren(path).catch(missing)) ?? []
  await Promise.all(names.map(name => removeTree(client, `${path}/${name}`)))
  await client.delete(path).catch(missing)
}
