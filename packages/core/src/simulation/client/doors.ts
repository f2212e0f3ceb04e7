import type { MemoryClient, MemoryListener } from '../../memory/memory-listener.js'
import type { NetworkNode, SimulatedNetwork, WireEnd } from '../network/index.js'
import type { SimulatedProcess } from '../time/index.js'

/** How long connecting to a machine that does not answer takes before it fails, in microseconds. */
const CONNECT_TIMEOUT_US = 1_000_000

interface Door {
  readonly listener: MemoryListener
  readonly process: SimulatedProcess
}

/**
 * Where clients are let in: puts the simulated network between clients and each server's listener. The
 * listener itself is the one for memory, so frames, limits and back-pressure are those of a real one.
 */
export class ClientDoors {
  private readonly doors = new Map<NetworkNode, Door>()

  constructor(private readonly network: SimulatedNetwork) {}

  /** The process at `server` takes clients by this listener. */
  open(server: NetworkNode, listener: MemoryListener, process: SimulatedProcess): void {
    this.doors.set(server, { listener, process })
  }

  /** Connects; exactly one of the two is called, later. */
  dial(
    client: NetworkNode,
    server: NetworkNode,
    connected: (end: WireEnd<Uint8Array>) => void,
    failed: () => void,
  ): void {
    const { network } = this
    const { timeline } = network
    if (network.isBlocked(client, server) || network.isBlocked(server, client)) {
      timeline.after(CONNECT_TIMEOUT_US, null, failed)
      return
    }
    timeline.after(network.latencyUs(client, server), null, () => {
      const door = this.doors.get(server)
      if (door === undefined || door.process.isDead) {
        timeline.after(network.latencyUs(server, client), null, failed)
        return
      }
      const [near, far] = network.connect<Uint8Array>(
        { node: client, process: null },
        { node: server, process: door.process },
        concat,
      )
      // The system accepts, whether or not the process gets to it.
      timeline.after(0, door.process, () => this.enter(door, client, far))
      timeline.after(network.latencyUs(server, client), null, () => connected(near))
    })
  }

  private enter(door: Door, client: NetworkNode, end: WireEnd<Uint8Array>): void {
    let inside: MemoryClient
    try {
      inside = door.listener.dial(
        { data: bytes => end.send(bytes, bytes.length), closed: () => end.close() },
        `10.0.${client >> 8}.${client & 0xff}`,
      )
    } catch {
      // Nobody listens yet, or any more.
      end.break()
      return
    }
    end.receive({ item: bytes => inside.send(bytes), ended: () => inside.destroy() })
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
