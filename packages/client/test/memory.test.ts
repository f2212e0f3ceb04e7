/** A process may hold many sessions: what each of them costs. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { connect } from '@menagerie/client'
import t from 'tap'
import { welcome } from './support/fake-server.js'

const CONNECTIONS = 100
const BYTES_EACH = 4096

t.test('a connection holds no buffer of its own to read into, and none to speak of to write from', async t => {
  const sockets: Socket[] = []
  const server = createServer(socket => {
    sockets.push(socket)
    socket.once('data', () => socket.write(welcome()))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const target = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const clients = [await connect(target)]
  const before = process.memoryUsage().arrayBuffers
  for (let i = 0; i < CONNECTIONS; i++) clients.push(await connect(target))
  const each = (process.memoryUsage().arrayBuffers - before) / CONNECTIONS
  t.ok(each < BYTES_EACH, `${each} bytes each`)
  for (const client of clients) client.detach()
  for (const socket of sockets) socket.destroy()
  server.close()
})
