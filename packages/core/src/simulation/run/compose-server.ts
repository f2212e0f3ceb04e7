import { z } from 'zod'
import { MemoryListener } from '../../memory/memory-listener.js'
import { MetricsRegistry } from '../../monitor/index.js'
import { type ConfiguredPlugin, definePlugin } from '../../plugins/index.js'
import { CLIENT_LISTENER, type ClientListener, type ListenerLimits } from '../../seams/client-listener.js'
import { CLOCK } from '../../seams/clock.js'
import { LOG_STORAGE } from '../../seams/log-storage.js'
import { METRICS } from '../../seams/metrics.js'
import { PEER_TRANSPORT } from '../../seams/peer-transport.js'
import { RANDOM } from '../../seams/random.js'
import { SNAPSHOTTER } from '../../seams/snapshotter.js'
import { WATCH_DISPATCHER } from '../../seams/watch-dispatcher.js'
import { ZNODE_STORE } from '../../seams/znode-store.js'
import { CompactStore } from '../../tree/compact-store.js'
import { HashWatchDispatcher } from '../../watches/index.js'
import { type SimulatedDisk, SimulatedLog, SimulatedSnapshotter } from '../disk/index.js'
import type { SimulatedPeers } from '../network/index.js'
import { type ClockSkew, type SeededRandom, type SimulatedProcess, type Timeline, VirtualClock } from '../time/index.js'
import type { Mutation, MutationContext } from './mutation.js'

/** What one process of a server is made of. */
export interface ServerMachine {
  readonly id: number
  readonly timeline: Timeline
  readonly process: SimulatedProcess
  readonly disk: SimulatedDisk
  readonly skew: ClockSkew
  readonly random: SeededRandom
  readonly mutation: Mutation | null
  /** Its peers; null for a server that is alone. */
  readonly peers: SimulatedPeers | null
}

export interface ComposedServer {
  readonly plugin: ConfiguredPlugin
  readonly listener: MemoryListener
}

const NO_OPTIONS = z.object({})

/** Fills the seams of a server with simulated parts. */
export function composeServer(machine: ServerMachine): ComposedServer {
  const { id, timeline, process, disk, mutation } = machine
  const plain = new VirtualClock(timeline, process, machine.skew)
  const clock = mutation?.clock?.(plain) ?? plain
  const context: MutationContext = { server: id, clock, random: machine.random.split('mutation') }
  const random = machine.random.split('kernel')
  const listener = new MemoryListener(clock)
  const log = new SimulatedLog(disk, timeline, process)
  const snapshotter = new SimulatedSnapshotter(disk, timeline, process)
  const metrics = new MetricsRegistry()
  const watches = new HashWatchDispatcher(metrics)
  const transport = machine.peers?.transport(id, process)
  const plugin = definePlugin({
    name: 'simulation',
    core: '^0.1.0',
    provides: [
      CLOCK,
      RANDOM,
      LOG_STORAGE,
      SNAPSHOTTER,
      CLIENT_LISTENER,
      ZNODE_STORE,
      WATCH_DISPATCHER,
      METRICS,
      ...(transport === undefined ? [] : [PEER_TRANSPORT]),
    ],
    options: NO_OPTIONS,
    register(container) {
      container.registerInstance(CLOCK, clock)
      container.registerInstance(RANDOM, random)
      container.registerInstance(METRICS, metrics)
      container.registerInstance(LOG_STORAGE, mutation?.log?.(log, context) ?? log)
      container.registerInstance(SNAPSHOTTER, mutation?.snapshotter?.(snapshotter, context) ?? snapshotter)
      container.registerInstance(WATCH_DISPATCHER, mutation?.watches?.(watches, context) ?? watches)
      container.registerInstance(CLIENT_LISTENER, mutation === null ? listener : mutated(listener, mutation, context))
      container.registerInstance(ZNODE_STORE, (seed: number) => {
        const store = new CompactStore(seed)
        return mutation?.store?.(store, context) ?? store
      })
      if (transport === undefined) return
      container.registerInstance(PEER_TRANSPORT, mutation?.transport?.(transport, context) ?? transport)
    },
  })
  return { plugin: plugin(), listener }
}

function mutated(listener: MemoryListener, mutation: Mutation, context: MutationContext): ClientListener {
  return {
    listen: (limits: ListenerLimits, accept) =>
      listener.listen(limits, connection => {
        const handler = accept(mutation.connection?.(connection, context) ?? connection)
        return mutation.handler?.(handler, context) ?? handler
      }),
    get connectionCount() {
      return listener.connectionCount
    },
    get rejectedCount() {
      return listener.rejectedCount
    },
    close: () => listener.close(),
  }
}
