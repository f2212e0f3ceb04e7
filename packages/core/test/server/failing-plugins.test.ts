/** Plugins that throw while a server starts or stops, without having put it into words. */
import {
  AUDIT_LOG,
  CLIENT_LISTENER,
  CLOCK,
  type ConfiguredPlugin,
  definePlugin,
  LOG_STORAGE,
  type Logger,
  MemoryListener,
  MemoryLog,
  MemorySnapshotter,
  MenagerieError,
  RANDOM,
  Server,
  SNAPSHOTTER,
  ZNODE_STORE,
} from '@menagerie/core'
import { ManualClock } from '@menagerie/core/contract'
import t from 'tap'
import { z } from 'zod'
import { TestClient } from './harness.js'

type Token = symbol

/** A plugin called `name` that fills each seam with what its factory makes. */
function filling(name: string, parts: ReadonlyMap<Token, () => unknown>): ConfiguredPlugin {
  return definePlugin({
    name,
    core: '^0.1.0',
    provides: [...parts.keys()],
    options: z.strictObject({}),
    register(container) {
      for (const [token, make] of parts) container.register(token, { useFactory: make })
    },
  })()
}

const machine = filling(
  'machine',
  new Map<Token, () => unknown>([
    [CLOCK as Token, () => new ManualClock()],
    [RANDOM as Token, () => ({ below: () => 1, bytes: (length: number) => new Uint8Array(length) })],
  ]),
)

const storage = (name: string, log: Partial<MemoryLog> = {}, snapshotter: Partial<MemorySnapshotter> = {}) =>
  filling(
    name,
    new Map<Token, () => unknown>([
      [LOG_STORAGE as Token, () => Object.assign(new MemoryLog(), log)],
      [SNAPSHOTTER as Token, () => Object.assign(new MemorySnapshotter(), snapshotter)],
    ]),
  )

const fails = (thrown: unknown) => async () => {
  throw thrown
}

const failsToIterate = (thrown: unknown) => () => ({ [Symbol.asyncIterator]: () => ({ next: fails(thrown) }) }) as never

/** A function that throws an Error when it is called. */
const throws = (message: string) => () => {
  throw new Error(message)
}

function collecting() {
  const warnings: unknown[] = []
  const logger: Logger = {
    debug() {},
    info() {},
    error() {},
    warn: (fields, message) => void warnings.push([message, fields]),
  }
  return { logger, warnings }
}

t.test('a plugin that throws while a server starts is named', async t => {
  const listener = (listen: () => Promise<never>) =>
    filling(
      'ears',
      new Map([[CLIENT_LISTENER as Token, () => Object.assign(new MemoryListener(new ManualClock()), { listen })]]),
    )
  const cases: [ConfiguredPlugin, plugin: string, message: string][] = [
    [
      storage('disk', { open: fails(new Error('no table')) }),
      'disk',
      'the plugin "disk" failed while its log was opened: no table',
    ],
    [storage('disk', { open: fails('a text') }), 'disk', 'the plugin "disk" failed while its log was opened: a text'],
    [
      storage('disk', {
        open() {
          throw new Error('at once')
        },
      }),
      'disk',
      'the plugin "disk" failed while its log was opened: at once',
    ],
    [
      storage('disk', { open: undefined as never }),
      'disk',
      'the plugin "disk" lacks the method open() of its seam; tell its author',
    ],
    [
      storage('disk', {}, { open: fails(new Error('no table')) }),
      'disk',
      'the plugin "disk" failed while its snapshots were opened: no table',
    ],
    [
      storage('disk', {}, { list: fails(new Error('no table')) }),
      'disk',
      'the plugin "disk" failed while its snapshots were listed: no table',
    ],
    [
      storage('disk', {}, { write: fails(new Error('no room')) }),
      'disk',
      'the plugin "disk" failed while a snapshot was written: no room',
    ],
    [
      storage('disk', { read: failsToIterate(new Error('no row')) }),
      'disk',
      'the plugin "disk" failed while its log was read: no row',
    ],
    [
      filling('leaves', new Map<Token, () => unknown>([[ZNODE_STORE as Token, () => throws('no leaf')]])),
      'leaves',
      'the plugin "leaves" failed while a store was made: no leaf',
    ],
    [
      listener(fails(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })) as never),
      'ears',
      'the plugin "ears" failed while it began to listen: connect ECONNREFUSED',
    ],
  ]
  for (const [configured, plugin, message] of cases) {
    const { logger, warnings } = collecting()
    const starting = Server.start({ plugins: [machine, configured], logger })
    await t.rejects(starting, { code: 'PLUGIN_INVALID', plugin, message })
    t.strictSame(warnings, [], 'what is not there closes cleanly')
  }
})

t.test('a plugin that throws while it makes its part is named once, and the rest is closed', async t => {
  const throws = () => {
    throw new Error('no driver')
  }
  const broken = filling(
    'broken',
    new Map<Token, () => unknown>([
      [LOG_STORAGE as Token, throws],
      [SNAPSHOTTER as Token, () => new MemorySnapshotter()],
    ]),
  )
  const { logger, warnings } = collecting()
  await t.rejects(Server.start({ plugins: [machine, broken], logger }), {
    plugin: 'broken',
    message: 'the plugin "broken" failed while it made its LogStorage: no driver',
  })
  t.strictSame(warnings, [])
})

t.test('what a plugin says in its own words is what a start ends with', async t => {
  const own = new MenagerieError('DATA_DIR_LOCKED', 'the table is taken by another server')
  await t.rejects(Server.start({ plugins: [machine, storage('disk', { open: fails(own) })] }), own)
})

t.test('a storage that throws while it is closed is named, and the server has stopped all the same', async t => {
  const { logger, warnings } = collecting()
  const closed: string[] = []
  const plugin = storage(
    'disk',
    { close: fails(new Error('still busy')) },
    { close: async () => void closed.push('snapshots') },
  )
  const server = await Server.start({ plugins: [machine, plugin], logger })
  await server.close()
  const failure = await server.stopped
  t.match(failure, { plugin: 'disk', message: 'the plugin "disk" failed while its log was closed: still busy' })
  t.strictSame(closed, ['snapshots'])
  t.equal(warnings.length, 1)
})

t.test('a log that throws while a server runs is named as what it stopped for', async t => {
  const cases: [Partial<MemoryLog>, message: string][] = [
    [{ sync: fails(new Error('no room')) }, 'the plugin "disk" failed while its log was made durable: no room'],
    [{ append: throws('no room') }, 'the plugin "disk" failed while a record was appended to its log: no room'],
  ]
  for (const [log, message] of cases) {
    const clock = new ManualClock()
    const listener = new MemoryListener(clock)
    const ears = filling('ears', new Map<Token, () => unknown>([[CLIENT_LISTENER as Token, () => listener]]))
    const server = await Server.start({ plugins: [machine, ears, storage('disk', log)] })
    await new TestClient(listener).connect()
    t.match(await server.stopped, { code: 'PLUGIN_INVALID', plugin: 'disk', message })
  }
})

t.test('an audit log that throws keeps nothing open', async t => {
  const closed: string[] = []
  const audit = filling(
    'book',
    new Map<Token, () => unknown>([[AUDIT_LOG as Token, () => ({ record: throws('no ink'), close: async () => {} })]]),
  )
  const disk = storage('disk', { close: async () => void closed.push('log') })
  await t.rejects(Server.start({ plugins: [machine, disk, audit] }), {
    plugin: 'book',
    message: 'the plugin "book" failed while it was told of the start: no ink',
  })
  t.strictSame(closed, ['log'])
})
