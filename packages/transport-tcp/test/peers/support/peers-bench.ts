import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import type { Logger, PeerAddress, ServerId } from '@menagerie/core'
import { systemClock } from '@menagerie/platform-node'
import { type TcpPeersOptionsInput, TcpPeerTransport, tcpPeersOptions } from '@menagerie/transport-tcp'

/** Below the ports from which systems take those of outgoing connections, so that none of them comes in between. */
const PORTS = { from: 10_000, to: 32_000 }

/** Given out before: whoever got one may not listen on it yet. */
const given = new Set<number>()

/** A port of 127.0.0.1 that nobody listens on: peers' addresses are fixed before anybody does. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.to)
    if (given.has(port)) continue
    given.add(port)
    const probe = createServer()
    const free = await new Promise<boolean>(resolve => {
      probe.once('error', () => resolve(false))
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
    })
    if (free) return port
  }
}

export async function loopbackPeers(
  ids: readonly ServerId[],
  host = '127.0.0.1',
): Promise<Map<ServerId, PeerAddress[]>> {
  const peers = new Map<ServerId, PeerAddress[]>()
  for (const id of ids) peers.set(id, [{ host, quorumPort: await freePort(), electionPort: await freePort() }])
  return peers
}

/** A logger that keeps its lines and tells of each. */
export class LogLines implements Logger {
  readonly lines: string[] = []
  private readonly waiters = new Set<() => void>()

  debug = (_fields: unknown, line: string) => this.add(line)
  info = this.debug
  warn = this.debug
  error = this.debug

  /** Resolves with the first line that matches, past or to come. */
  async find(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.lines.find(line => pattern.test(line))
      if (found !== undefined) return found
      await this.next()
    }
  }

  /** Resolves once there are so many lines. */
  async reaches(count: number): Promise<void> {
    while (this.lines.length < count) await this.next()
  }

  private next(): Promise<void> {
    return new Promise(resolve => this.waiters.add(resolve))
  }

  private add(line: string): void {
    this.lines.push(line)
    for (const wake of this.waiters) wake()
    this.waiters.clear()
  }
}

export function peerTransport(
  options: TcpPeersOptionsInput = {},
  logger: Logger = new LogLines(),
  clock = systemClock,
) {
  return new TcpPeerTransport(tcpPeersOptions.parse(options), clock, logger)
}
