import { expectAllBytes, framed, payload, until } from './connection-recorder.js'
import { expect, expectEqual } from './harness.js'
import { first, type ListeningServer, nobody } from './listening-server.js'

type On = (name: string, body: (server: ListeningServer) => Promise<void>) => void

/** What {@link ClientListener.move} promises, of listeners that have it. Nobody moves an address that is `secure`. */
export function movingContract(on: On): void {
  const onMoving = (name: string, body: (server: ListeningServer) => Promise<void>) =>
    on(`move: ${name}`, async server => {
      if (server.listener.move !== undefined && !server.address.secure) await body(server)
    })

  onMoving('clients are accepted at the new place alone', async server => {
    const before = server.address
    const to = await server.listener.move!(before, { host: before.host, port: 0 })
    expectEqual([to.host, to.secure], [before.host, false], 'host and security of the new address')
    expect(to.port !== 0 && to.port !== before.port, `a port of its own, found ${to.port}`)
    expectEqual(await server.refused(), nobody, 'what a client receives at the place that was left')
    server.address = to
    const { dialer, handler } = await server.connect()
    expectEqual(handler.connection.localPort, to.port, 'local port')
    dialer.send(framed(first))
    await until(handler, () => handler.frames.length === 1)
  })

  onMoving('connections that are open stay, and count', async server => {
    const stayed = await server.connect()
    server.address = await server.listener.move!(server.address, { host: server.address.host, port: 0 })
    const came = await server.connect()
    expectEqual(server.listener.connectionCount, 2, 'connectionCount')
    for (const { dialer, handler } of [stayed, came]) {
      dialer.send(framed(first))
      await until(handler, () => handler.frames.length === 1)
      expectAllBytes(handler.frames, [first], 'frames')
      handler.connection.write(payload(9))
      expectEqual(await dialer.receive(9), payload(9), 'the reply')
      expectEqual(handler.closings, 0, 'closings')
    }
    await server.listener.close()
    for (const { handler } of [stayed, came]) expectEqual(handler.closings, 1, 'closings once the listener is closed')
    expectEqual(await server.refused(), nobody, 'what a client receives from a closed listener')
  })

  onMoving('may be done again, and back', async server => {
    const there = server.address
    const away = await server.listener.move!(there, { host: there.host, port: 0 })
    server.address = await server.listener.move!(away, { host: there.host, port: there.port })
    expectEqual(server.address, there, 'the address that was moved back to')
    await server.connect()
  })

  onMoving('where it cannot be, clients are accepted where they were', async server => {
    const code = await server.listener.move!(server.address, { host: 'nowhere.invalid', port: 0 }).then(
      () => 'none',
      error => (error as { code?: unknown }).code,
    )
    expectEqual(code, 'LISTEN_FAILED', 'the code of the failure')
    await server.connect()
  })

  onMoving('from an address that is none of its own is refused', async server => {
    const { host, port } = server.address
    const moved = await server.listener.move!({ host, port: port + 1, secure: false }, { host, port: 0 }).then(
      () => true,
      () => false,
    )
    expect(!moved, 'moving from an address that was never bound should be refused')
    await server.connect()
  })
}
