import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { type Client, connect } from '@menagerie/client'
import t, { type Test } from 'tap'
import { dataAndStat } from './support/fake-client.js'
import { reply, welcome } from './support/fake-server.js'

const DATA = new Uint8Array(400_000).map((_, i) => i)

/** Welcomes the session, then answers the n-th further frame with DATA under xid n. */
function serve(socket: Socket): void {
  let pending = Buffer.alloc(0)
  let frames = 0
  socket.on('error', () => {})
  socket.on('data', chunk => {
    pending = Buffer.concat([pending, chunk])
    while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE()) {
      pending = pending.subarray(4 + pending.readInt32BE())
      socket.write(frames === 0 ? welcome() : reply(frames, dataAndStat(DATA)))
      frames++
    }
  })
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function exchange(t: Test, client: Client): Promise<void> {
  const written = new Uint8Array(3_000_000)
  const replies = await Promise.all([
    client.getData('/a'),
    client.getData(`/${'long'.repeat(100_000)}`),
    client.request(5, written).then(({ body }) => ({ data: body.subarray(4, 4 + DATA.length) })),
    client.getData('/b'),
  ])
  for (const { data } of replies) t.ok(data !== null && Buffer.from(data).equals(DATA))
}

t.test('sockets carry requests and replies of any size', async t => {
  const server = createServer(serve)
  const port = await listening(server)
  const client = await connect(`127.0.0.1:${port}`)
  await exchange(t, client)
  client.detach()
  server.close()
  await once(server, 'close')
})

t.test('so do TLS sockets', async t => {
  // A pre-shared key needs no certificate.
  const key = Buffer.alloc(16, 1)
  const options = { ciphers: 'PSK-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' } as const
  const server = createTlsServer({ ...options, pskCallback: () => key }, serve)
  const port = await listening(server)
  const client = await connect({
    servers: `127.0.0.1:${port}`,
    tls: { ...options, pskCallback: () => ({ psk: key, identity: 'test' }), checkServerIdentity: () => undefined },
  })
  await exchange(t, client)
  client.detach()
  server.close()
  await once(server, 'close')
})

t.test('a TLS server without a trusted certificate is refused by name', async t => {
  const server = createTlsServer({}, serve)
  const port = await listening(server)
  await t.rejects(connect({ servers: `127.0.0.1:${port}`, tls: {} }), {
    name: 'ConnectionLossError',
    message: new RegExp(`127.0.0.1:${port}: `),
  })
  server.close()
  await once(server, 'close')
})

t.test('a port where nobody listens is a lost connection', async t => {
  const server = createServer()
  const port = await listening(server)
  server.close()
  await once(server, 'close')
  await t.rejects(connect(`127.0.0.1:${port}`), { name: 'ConnectionLossError', message: /ECONNREFUSED/ })
})

t.test('a server that ends its side has closed the connection', async t => {
  const server = createServer(socket => {
    socket.once('data', () => {
      socket.write(welcome())
      socket.end()
    })
  })
  const port = await listening(server)
  const client = await connect({ servers: `127.0.0.1:${port}`, reconnect: false })
  await t.rejects(client.getData('/a'), { name: 'ConnectionLossError' })
  t.equal(client.state, 'suspended')
  client.detach()
  server.close()
  await once(server, 'close')
})
