import { clientListenerContract } from '@menagerie/core/contract'
import t from 'tap'
import { TestAuthority } from './support/certificates.js'
import { dialTls, tcpBench } from './support/tcp-bench.js'

const authority = new TestAuthority()
const server = authority.issue('/CN=server', { san: 'IP:127.0.0.1' })
const client = authority.issue('/CN=client')
const tls = { keyStore: { location: server }, trustStore: { location: authority.caFile } }
t.teardown(() => authority.remove())

t.test('plain', async t => {
  clientListenerContract(
    (name, body) => {
      t.test(name, body)
    },
    async () => tcpBench(),
  )
})

t.test('plain, over sockets of Node.js', async t => {
  clientListenerContract(
    (name, body) => {
      t.test(name, body)
    },
    async () => tcpBench({ listen: [{ port: 0 }], nodeSockets: true }),
  )
})

t.test('tls', async t => {
  clientListenerContract(
    (name, body) => {
      t.test(name, body)
    },
    async () => tcpBench({ secureListen: [{ port: 0 }], tls }, port => dialTls(port, authority.caFile, client)),
  )
})

t.test('tls where both are understood', async t => {
  clientListenerContract(
    (name, body) => {
      t.test(name, body)
    },
    async () => {
      const bench = tcpBench({ listen: [{ port: 0 }], portUnification: true, tls }, port =>
        dialTls(port, authority.caFile, client),
      )
      return { ...bench, secure: true }
    },
  )
})
