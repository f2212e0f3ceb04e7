import type { ClientConnection, ClientListener, ConnectionHandler, ListenerLimits } from '@menagerie/core'
import { clientListenerContract, ManualClock } from '@menagerie/core/contract'
import { MemoryListener } from '@menagerie/core/memory'
import t from 'tap'
import { memoryBench } from '../memory/memory-bench.js'

/** Turns what the kernel or the listener does on one connection into something a little wrong. */
type Wrap = (handler: ConnectionHandler, connection: ClientConnection) => Partial<ConnectionHandler>
type Bend = (connection: ClientConnection) => Partial<ClientConnection>

interface Mutant {
  readonly handler?: Wrap
  readonly connection?: Bend
  readonly limits?: (limits: ListenerLimits) => ListenerLimits
}

/** Listeners that break one promise each. */
const mutants: Readonly<Record<string, Mutant>> = {
  'frames with their length': {
    handler: handler => ({ frame: (bytes, start, end) => handler.frame(bytes, start - 4, end) }),
  },
  'no end of a chunk': { handler: () => ({ endOfChunk: () => {} }) },
  'closed twice': {
    handler: handler => ({
      closed: reason => {
        handler.closed(reason)
        handler.closed(reason)
      },
    }),
  },
  'never closed': { handler: () => ({ closed: () => {} }) },
  'closed from within destroy': {
    connection: connection => ({
      destroy: () => {
        handlerOf.get(connection)?.closed()
        connection.destroy()
      },
    }),
  },
  'no drained': { handler: () => ({ drained: () => {} }) },
  'drained too early': {
    connection: connection => ({
      write: bytes => {
        const sent = connection.write(bytes)
        if (!sent) void Promise.resolve().then(() => handlerOf.get(connection)?.drained())
        return sent
      },
    }),
  },
  'write that always says true': {
    connection: connection => ({
      write: bytes => {
        connection.write(bytes)
        return true
      },
    }),
  },
  'pause that does nothing': { connection: () => ({ pause: () => {} }) },
  'resume that does nothing': { connection: () => ({ resume: () => {} }) },
  'end that drops what is queued': { connection: connection => ({ end: () => connection.destroy() }) },
  'destroy that waits for the peer to read': { connection: connection => ({ destroy: () => connection.end() }) },
  'a word without its argument': { handler: handler => ({ word: text => handler.word(text, new Uint8Array(0)) }) },
  'no limit of frames': { limits: limits => ({ ...limits, frameBytesMax: limits.frameBytesMax + 1 }) },
  'a limit of frames that is one less': { limits: limits => ({ ...limits, frameBytesMax: limits.frameBytesMax - 1 }) },
  'no limit for an address': { limits: limits => ({ ...limits, connectionsPerAddressMax: 0 }) },
  'no limit in all': { limits: limits => ({ ...limits, connectionsMax: 0 }) },
  'no deadline': { limits: limits => ({ ...limits, firstFrameTimeoutMs: 1e9 }) },
  'a deadline that is too early': { limits: limits => ({ ...limits, firstFrameTimeoutMs: 5000 }) },
}
const handlerOf = new WeakMap<ClientConnection, ConnectionHandler>()

function mutate(listener: MemoryListener, mutant: Mutant): ClientListener {
  return {
    listen: (limits, accept) =>
      listener.listen(mutant.limits?.(limits) ?? limits, connection => {
        const bent = inherit(connection, mutant.connection?.(connection))
        const handler = accept(bent)
        handlerOf.set(connection, handler)
        return inherit(handler, mutant.handler?.(handler, connection))
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

/** `base` with some members replaced. */
function inherit<T extends object>(base: T, changes: Partial<T> = {}): T {
  return new Proxy(base, {
    get: (target, name) => {
      if (Object.hasOwn(changes, name)) return changes[name as keyof T]
      const value = target[name as keyof T]
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** Whether any test of the kit fails, or waits for something that does not come. */
async function caught(mutant: Mutant): Promise<boolean> {
  const tests: (() => Promise<void>)[] = []
  clientListenerContract(
    (_name, body) => tests.push(body),
    async () => {
      const clock = new ManualClock()
      const listener = new MemoryListener(clock)
      return { ...memoryBench(clock, listener), listener: mutate(listener, mutant), dispose: async () => {} }
    },
  )
  for (const test of tests) {
    const outcome = await Promise.race([
      test().then(
        () => 'passed',
        () => 'failed',
      ),
      idle(),
    ])
    if (outcome !== 'passed') return true
  }
  return false
}

/** Resolves once nothing in memory is under way any more: everything there is a chain of microtasks. */
async function idle(): Promise<string> {
  await new Promise(resolve => setImmediate(resolve))
  return 'waiting'
}

for (const [name, mutant] of Object.entries(mutants)) {
  t.test(`the kit catches ${name}`, async t => {
    t.equal(await caught(mutant), true)
  })
}

t.test('the kit passes the listener that the mutants are made of', async t => {
  t.equal(await caught({}), false)
})
