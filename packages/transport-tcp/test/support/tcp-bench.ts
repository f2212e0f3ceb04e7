import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { silentLogger } from '@menagerie/core'
import { type ListenerBench, ManualClock } from '@menagerie/core/contract'
import { TcpListener, type TcpListenerOptionsInput, tcpListenerOptions } from '@menagerie/transport-tcp'
import { SocketDialer } from './socket-dialer.js'

export interface TcpBench extends ListenerBench {
  readonly listener: TcpListener
  readonly clock: ManualClock
  readonly dialers: SocketDialer[]
}

/** A listener on free ports under a clock that stands, and dialers that go when it goes. */
export function tcpBench(
  options: TcpListenerOptionsInput = { listen: [{ port: 0 }] },
  dial: (port: number) => Promise<SocketDialer> = port => SocketDialer.connect(port),
): TcpBench {
  const clock = new ManualClock()
  const listener = new TcpListener(tcpListenerOptions.parse(options), clock, silentLogger)
  const dialers: SocketDialer[] = []
  return {
    listener,
    clock,
    dialers,
    dial: async ({ port }) => {
      const dialer = await dial(port)
      dialers.push(dialer)
      return dialer
    },
    advance: ms => clock.advance(ms),
    dispose: async () => {
      for (const dialer of dialers) dialer.socket.destroy()
      await listener.close()
    },
  }
}

/** Connects over TLS with the certificate in a PEM file, if one is given. */
export async function dialTls(port: number, caFile: string, keyStore?: string, more: ConnectionOptions = {}) {
  const identity = keyStore === undefined ? undefined : readFileSync(keyStore)
  const socket = connectTls({
    port,
    host: '127.0.0.1',
    ca: readFileSync(caFile),
    key: identity,
    cert: identity,
    allowHalfOpen: true,
    ...more,
  } as ConnectionOptions)
  await once(socket, 'secureConnect')
  return new SocketDialer(socket)
}
