import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import type { Logger } from '@menagerie/core'
import { type ListenerBench, ManualClock } from '@menagerie/core/contract'
import { TcpListener, type TcpListenerOptionsInput, tcpListenerOptions } from '@menagerie/transport-tcp'
import { SocketDialer } from './socket-dialer.js'

export interface TcpBench extends ListenerBench {
  readonly listener: TcpListener
  readonly clock: ManualClock
  readonly dialers: SocketDialer[]
  /** What was logged so far. */
  readonly lines: string[]
  /** The next line that is logged. */
  nextLogLine(): Promise<string>
}

/** A listener on free ports under a clock that stands, and dialers that go when it goes. */
export function tcpBench(
  options: TcpListenerOptionsInput = { listen: [{ port: 0 }] },
  dial: (port: number) => Promise<SocketDialer> = port => SocketDialer.connect(port),
): TcpBench {
  const clock = new ManualClock()
  const lines: string[] = []
  const waiting: ((line: string) => void)[] = []
  const log = (_fields: unknown, line: string) => {
    lines.push(line)
    for (const wake of waiting.splice(0)) wake(line)
  }
  const logger: Logger = { debug: log, info: log, warn: log, error: log }
  const listener = new TcpListener(tcpListenerOptions.parse(options), clock, logger)
  const dialers: SocketDialer[] = []
  return {
    listener,
    clock,
    dialers,
    lines,
    nextLogLine: () => new Promise(resolve => waiting.push(resolve)),
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
