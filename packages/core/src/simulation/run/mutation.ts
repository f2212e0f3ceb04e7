import type { ClientConnection, ConnectionHandler } from '../../seams/client-listener.js'
import type { Clock } from '../../seams/clock.js'
import type { LogStorage } from '../../seams/log-storage.js'
import type { PeerTransport } from '../../seams/peer-transport.js'
import type { Snapshotter } from '../../seams/snapshotter.js'
import type { WatchDispatcher } from '../../seams/watch-dispatcher.js'
import type { ZnodeStore } from '../../seams/znode-store.js'
import type { SeededRandom } from '../time/index.js'

/** What a mutation may need to misbehave with. */
export interface MutationContext {
  readonly server: number
  readonly clock: Clock
  readonly random: SeededRandom
}

/**
 * A deliberate bug, put into a server by wrapping what fills its seams. A simulation that is worth its name finds
 * it; which ones it finds, and within how many seeds, is what tests of the simulation are about.
 */
export interface Mutation {
  readonly name: string
  log?(log: LogStorage, context: MutationContext): LogStorage
  snapshotter?(snapshotter: Snapshotter, context: MutationContext): Snapshotter
  clock?(clock: Clock): Clock
  store?(store: ZnodeStore, context: MutationContext): ZnodeStore
  watches?(watches: WatchDispatcher, context: MutationContext): WatchDispatcher
  transport?(transport: PeerTransport, context: MutationContext): PeerTransport
  /** What the kernel sends replies to. */
  connection?(connection: ClientConnection, context: MutationContext): ClientConnection
  /** What the listener hands frames to. */
  handler?(handler: ConnectionHandler, context: MutationContext): ConnectionHandler
}
