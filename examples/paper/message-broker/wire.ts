/** What brokers, producers and subscribers say to each other: one JSON object on each line of a TCP connection. */

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'
import { z } from 'zod'

const entry = z.object({ id: z.string(), text: z.string() })
/** A message as the logs keep it. The id is its producer's, and makes sending it again harmless. */
export type Entry = z.infer<typeof entry>

const said = z.discriminatedUnion('type', [
  // to a primary, from producers and subscribers
  z.object({ type: z.literal('publish'), topic: z.string(), entry }),
  z.object({ type: z.literal('subscribe'), topic: z.string(), from: z.number() }),
  // and back
  z.object({ type: z.literal('acknowledged'), id: z.string() }),
  z.object({ type: z.literal('message'), position: z.number(), entry }),
  // to a backup, from the primary: everything there is, then what comes
  z.object({ type: z.literal('copy'), topic: z.string(), epoch: z.number(), entries: z.array(entry) }),
  z.object({ type: z.literal('append'), topic: z.string(), epoch: z.number(), position: z.number(), entry }),
  // and back: how many messages its log holds for good
  z.object({ type: z.literal('stored'), length: z.number() }),
])
export type Message = z.infer<typeof said>

/** One end. Iterate once, to hear what the other one says; leaving the loop closes it. */
export class Connection implements AsyncIterable<Message>, Disposable {
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket.setNoDelay().setEncoding('utf8')
    socket.on('error', () => {}) // the loop ends
  }

  send(message: Message): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(message)}\n`)
  }

  close(): void {
    this.#socket.destroy()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** Ends when the connection does, for whatever reason. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, undefined> {
    let rest = ''
    try {
      for await (const chunk of this.#socket) {
        const lines = (rest + chunk).split('\n')
        rest = lines.pop()!
        for (const line of lines) yield said.parse(JSON.parse(line))
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error
    }
  }
}

/** @throws what Node's sockets do */
export async function dial({ host, port }: { host: string; port: number }, signal: AbortSignal): Promise<Connection> {
  const socket = connect({ host, port })
  const connection = new Connection(socket)
  await once(socket, 'connect', { signal }).catch(error => {
    connection.close()
    throw error
  })
  return connection
}

export interface Listener extends AsyncDisposable {
  readonly host: string
  readonly port: number
}

/** @param serve one connection; when it has settled, the connection is closed */
export async function listen(serve: (connection: Connection) => Promise<void>): Promise<Listener> {
  const connections = new Set<Connection>()
  const server = createServer(async socket => {
    const connection = new Connection(socket)
    connections.add(connection)
    await serve(connection).catch(error => console.log(`closes a connection: ${error.message}`))
    connection.close()
    connections.delete(connection)
  })
  const host = '127.0.0.1'
  server.listen(0, host)
  await once(server, 'listening')
  return {
    host,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const connection of connections) connection.close()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
