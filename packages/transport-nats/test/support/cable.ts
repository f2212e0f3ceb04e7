import { createServer, type Server, type Socket, connect as tcpConnect } from 'node:net'

/** Between one client and its nats-server, to be cut. */
export interface Cable {
  readonly url: string
  /** Ends the connections that pass here. With `forGood`, new ones are turned away. */
  cut(forGood?: boolean): void
  /** Connections stay and carry nothing, as over a network that swallows packets. */
  swallow(): void
  close(): Promise<void>
}

export async function layCable(port: number): Promise<Cable> {
  const sockets = new Set<Socket>()
  let open = true
  let swallowing = false
  const server: Server = createServer(client => {
    if (!open || swallowing) {
      client.destroy()
      return
    }
    const upstream = tcpConnect(port, '127.0.0.1')
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ]) {
      sockets.add(from)
      from.on('data', chunk => {
        if (!swallowing) to.write(chunk)
      })
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address() as { port: number }
  return {
    url: `nats://127.0.0.1:${address.port}`,
    cut(forGood = false) {
      open = !forGood
      for (const socket of [...sockets]) socket.destroy()
    },
    swallow() {
      swallowing = true
    },
    async close() {
      open = false
      for (const socket of [...sockets]) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
