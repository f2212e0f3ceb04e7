import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import type { ListenAddress, ListenerLimits } from '@menagerie/core'
import { ConnectionRecorder, framed, until } from '@menagerie/core/contract'
import type { TcpListenerOptionsInput } from '@menagerie/transport-tcp'
import t, { type Test } from 'tap'
import { TestAuthority } from './support/certificates.js'
import { SocketDialer } from './support/socket-dialer.js'
import { dialTls, type TcpBench, tcpBench } from './support/tcp-bench.js'

const limits: ListenerLimits = {
  frameBytesMax: 100_000,
  connectionsPerAddressMax: 0,
  connectionsMax: 0,
  firstFrameTimeoutMs: 10_000,
}
const authority = new TestAuthority()
const stranger = new TestAuthority('Another CA')
const { caFile } = authority
const server = authority.issue('/CN=server', { san: 'IP:127.0.0.1' })
const client = authority.issue('/CN=client')
t.teardown(() => {
  authority.remove()
  stranger.remove()
})

type TlsInput = NonNullable<TcpListenerOptionsInput['tls']>
const stores: TlsInput = { keyStore: { location: server }, trustStore: { location: caFile } }

/** A listener on one TLS port, with what it accepted. */
async function listening(test: Test, tls: Partial<TlsInput> = {}, protocol: 'tls' | 'detect' = 'tls') {
  const port = [{ port: 0 }]
  const listen = protocol === 'tls' ? { secureListen: port } : { listen: port, portUnification: true }
  const bench = tcpBench({ ...listen, tls: { ...stores, ...tls } })
  test.teardown(() => bench.dispose())
  const handlers: ConnectionRecorder[] = []
  const waiting: (() => void)[] = []
  const [address] = await bench.listener.listen(limits, connection => {
    const recorder = new ConnectionRecorder(connection)
    handlers.push(recorder)
    for (const wake of waiting.splice(0)) wake()
    return recorder
  })
  const accepted = async (count: number) => {
    while (handlers.length < count) await new Promise<void>(resolve => waiting.push(resolve))
    return handlers[count - 1]
  }
  return { bench, address, handlers, accepted, listener: bench.listener }
}

const dialed = async (bench: TcpBench, dial: Promise<SocketDialer>) => {
  const dialer = await dial
  bench.dialers.push(dialer)
  return dialer
}
/** What a refused client receives: nothing, and the end. With TLS 1.3 it learns so after its handshake. */
const refusal = (dial: Promise<SocketDialer>) =>
  dial.then(
    dialer => dialer.receiveAll().then(bytes => bytes.length),
    () => 0,
  )
const plainDial = ({ port }: ListenAddress) => SocketDialer.connect(port)

t.test('the subject and issuer of a client certificate are told in the form of RFC 2253', async t => {
  const { bench, address, accepted } = await listening(t)
  const file = authority.issue('/DC=org/DC=example/O=Org, Inc./CN=kafka')
  await dialed(bench, dialTls(address.port, caFile, file))
  const { connection } = await accepted(1)
  t.strictSame(connection.certificate, { subject: 'CN=kafka,O=Org\\, Inc.,DC=example,DC=org', issuer: 'CN=Test CA' })
  t.equal(connection.secure, true)
})

t.test('clientAuth need refuses a client without certificate or with one of another authority', async t => {
  const { address, handlers, listener } = await listening(t)
  t.equal(await refusal(dialTls(address.port, caFile)), 0)
  t.equal(await refusal(dialTls(address.port, caFile, stranger.issue('/CN=client'))), 0)
  t.equal(handlers.length, 0)
  await listener.close()
  t.equal(listener.connectionCount, 0)
})

t.test('clientAuth want takes a client without certificate, and refuses one of another authority', async t => {
  const { bench, address, handlers, accepted } = await listening(t, { clientAuth: 'want' })
  t.equal(await refusal(dialTls(address.port, caFile, stranger.issue('/CN=client'))), 0)
  t.equal(handlers.length, 0)
  await dialed(bench, dialTls(address.port, caFile))
  t.equal((await accepted(1)).connection.certificate, undefined)
  await dialed(bench, dialTls(address.port, caFile, client))
  t.equal((await accepted(2)).connection.certificate?.subject, 'CN=client')
})

t.test('clientAuth none needs no trust store and asks for no certificate', async t => {
  const { bench, address, accepted } = await listening(t, { clientAuth: 'none', trustStore: undefined })
  await dialed(bench, dialTls(address.port, caFile, client))
  t.equal((await accepted(1)).connection.certificate, undefined)
})

t.test("a trust store may hold a client's own certificate, if that is signed by itself", async t => {
  const selfSigned = new TestAuthority('client')
  t.teardown(() => selfSigned.remove())
  const { bench, address, accepted } = await listening(t, { trustStore: { location: selfSigned.caFile } })
  t.equal(await refusal(dialTls(address.port, caFile, client)), 0)
  await dialed(bench, dialTls(address.port, caFile, selfSigned.caKeyStore))
  t.equal((await accepted(1)).connection.certificate?.subject, 'CN=client')
})

t.test('an older version than those enabled is refused', async t => {
  const { bench, address, accepted } = await listening(t, { protocols: ['TLSv1.3'] })
  await t.rejects(dialTls(address.port, caFile, client, { maxVersion: 'TLSv1.2' }))
  await dialed(bench, dialTls(address.port, caFile, client))
  await accepted(1)
})

t.test('cipher suites are taken under their Java names', async t => {
  const { bench, address } = await listening(t, {
    protocols: ['TLSv1.2'],
    cipherSuites: ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'],
  })
  await t.rejects(dialTls(address.port, caFile, client, { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' }))
  const dialer = await dialed(bench, dialTls(address.port, caFile, client))
  const socket = dialer.socket as unknown as { getCipher(): { name: string }; getProtocol(): string }
  t.equal(socket.getCipher().name, 'ECDHE-ECDSA-AES256-GCM-SHA384')
  t.equal(socket.getProtocol(), 'TLSv1.2')
})

t.test('a handshake that does not end is broken off in time, and one that is nonsense at once', async t => {
  const { bench, address, handlers, listener } = await listening(t, { handshakeTimeoutMs: 3000 })
  const silent = await dialed(bench, plainDial(address))
  const partial = await dialed(bench, plainDial(address))
  partial.send(Uint8Array.of(0x16, 3, 1))
  const nonsense = await dialed(bench, plainDial(address))
  nonsense.send(framed(new Uint8Array(45)))
  await nonsense.receiveAll()
  t.equal(listener.connectionCount, 2)
  bench.advance(2999)
  t.equal(listener.connectionCount, 2)
  bench.advance(200)
  t.equal((await silent.receiveAll()).length, 0)
  t.equal((await partial.receiveAll()).length, 0)
  t.equal(handlers.length, 0)
  await listener.close()
  t.equal(listener.connectionCount, 0)
})

t.test('handshakes above their limit are refused and counted', async t => {
  const { bench, address, listener, accepted } = await listening(t, { handshakesMax: 1 })
  const slow = await dialed(bench, plainDial(address))
  const refused = await dialed(bench, plainDial(address))
  t.equal((await refused.receiveAll()).length, 0)
  t.equal(listener.rejectedCount, 1)
  slow.send(Uint8Array.of(1, 2, 3, 4, 5, 6))
  await slow.receiveAll()
  await dialed(bench, dialTls(address.port, caFile, client))
  await accepted(1)
})

t.test('close ends handshakes that are under way', async t => {
  const { bench, address, listener } = await listening(t)
  const nonsense = async () => {
    const dialer = await dialed(bench, plainDial(address))
    dialer.send(Uint8Array.of(1, 2, 3, 4, 5, 6))
    await dialer.receiveAll()
  }
  const silent = await dialed(bench, plainDial(address))
  await nonsense()
  t.equal(listener.connectionCount, 1)
  await listener.close()
  t.equal(listener.connectionCount, 0)
  t.equal((await silent.receiveAll()).length, 0)
})

t.test('one port for both', async t => {
  t.test('tells TLS, frames and words apart, whatever the pieces', async t => {
    const { bench, address, accepted } = await listening(t, {}, 'detect')
    await dialed(bench, dialTls(address.port, caFile, client))
    t.equal((await accepted(1)).connection.certificate?.subject, 'CN=client')

    const frames = await dialed(bench, plainDial(address))
    frames.send(framed(new Uint8Array(45).fill(7)))
    const second = await accepted(2)
    await until(second, () => second.frames.length === 1 && second.endsOfChunk === 1)
    t.equal(second.connection.secure, false)
    frames.send(framed(new Uint8Array(9)))
    await until(second, () => second.frames.length === 2)

    const word = await dialed(bench, plainDial(address))
    word.send(Buffer.from('r'))
    const third = await accepted(3)
    word.send(Buffer.from('uok\n'))
    word.end()
    await until(third, () => third.words.length === 1)
    third.connection.write(Buffer.from('imok'))
    third.connection.end()
    t.equal(Buffer.from(await word.receiveAll()).toString(), 'imok')
  })

  t.test('a client that says nothing, or only closes, leaves nothing behind', async t => {
    const { bench, address, handlers, listener } = await listening(t, {}, 'detect')
    const silent = await dialed(bench, plainDial(address))
    const closing = await dialed(bench, plainDial(address))
    closing.end()
    await closing.receiveAll()
    t.equal(listener.connectionCount, 1)
    bench.advance(6000)
    t.equal((await silent.receiveAll()).length, 0)
    await listener.close()
    t.equal(listener.connectionCount, 0)
    t.equal(handlers.length, 0)
  })

  t.test('a plain client that is paused at once gets nothing delivered', async t => {
    const bench = tcpBench({ listen: [{ port: 0 }], portUnification: true, tls: stores })
    t.teardown(() => bench.dispose())
    let recorder: ConnectionRecorder | undefined
    const arrived = new Promise<void>(resolve => {
      void bench.listener
        .listen(limits, connection => {
          recorder = new ConnectionRecorder(connection)
          resolve()
          return recorder
        })
        .then(async ([address]) => {
          const socket = connect(address.port, '127.0.0.1')
          bench.dialers.push(new SocketDialer(socket))
          await once(socket, 'connect')
          socket.write(framed(new Uint8Array(45)))
        })
    })
    await arrived
    await until(recorder!, () => recorder!.frames.length === 1)
    t.equal(recorder!.closings, 0)
  })
})

t.test('clientHostnameVerification compares the certificate with the address of the client', async t => {
  const { bench, address, handlers, accepted } = await listening(t, { clientHostnameVerification: true })
  t.equal(await refusal(dialTls(address.port, caFile, authority.issue('/CN=c', { san: 'IP:192.0.2.1' }))), 0)
  t.equal(handlers.length, 0)
  await dialed(bench, dialTls(address.port, caFile, authority.issue('/CN=c', { san: 'IP:127.0.0.1' })))
  await accepted(1)
})

t.test('a certificate on the revocation list is refused', async t => {
  const revoked = authority.issue('/CN=revoked')
  const crl = [authority.revocationList(revoked)]
  const { bench, address, handlers, accepted } = await listening(t, { crl })
  t.equal(await refusal(dialTls(address.port, caFile, revoked)), 0)
  t.equal(handlers.length, 0)
  await dialed(bench, dialTls(address.port, caFile, client))
  await accepted(1)
})

t.test('keys are read encrypted, with the password given or in a file, and from PKCS12', async t => {
  const encrypted = authority.issue('/CN=server', { san: 'IP:127.0.0.1', password: 'secret' })
  const p12 = authority.file('server.p12')
  authority.openssl(['pkcs12', '-export', '-in', server, '-out', p12, '-passout', 'pass:secret'])
  const passwordPath = authority.write('password', 'secret\n')
  for (const keyStore of [
    { location: encrypted, password: 'secret' },
    { location: encrypted, password: 'not used', passwordPath },
    { location: p12, password: 'secret' },
  ]) {
    const { bench, address, accepted } = await listening(t, { keyStore })
    await dialed(bench, dialTls(address.port, caFile, client))
    t.equal((await accepted(1)).connection.certificate?.subject, 'CN=client')
  }
})

t.test('certReload uses changed files for new connections, and keeps the old ones while the new are wrong', async t => {
  const location = authority.write('reloaded.pem', readFileSync(server, 'utf8'))
  const { bench, address, accepted } = await listening(t, { keyStore: { location }, certReload: true })
  let count = 0
  const serverName = async () => {
    const dialer = await dialed(bench, dialTls(address.port, caFile, client))
    await accepted(++count)
    const socket = dialer.socket as unknown as { getPeerCertificate(): { subject: { CN: string } } }
    return socket.getPeerCertificate().subject.CN
  }
  t.equal(await serverName(), 'server')
  authority.write('reloaded.pem', 'half a file')
  const refused = bench.nextLogLine()
  bench.advance(10_000)
  t.match(await refused, /keys and certificates in use stay.*reloaded\.pem holds no certificate/)
  t.equal(await serverName(), 'server')
  authority.write('reloaded.pem', readFileSync(authority.issue('/CN=renewed', { san: 'IP:127.0.0.1' }), 'utf8'))
  const used = bench.nextLogLine()
  bench.advance(10_000)
  t.match(await used, /new keys and certificates are in use/)
  t.equal(await serverName(), 'renewed')
})
