import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MenagerieError, type ServerOptions, silentLogger } from '@menagerie/core'
import t, { type Test } from 'tap'
import { type StartParts, start } from '../dist/commands/start.js'
import { compose } from '../dist/plugins/compose.js'

/** A start whose server, signals and terminal belong to the test. */
function bench(t: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'menagerie-start-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const started: ServerOptions[] = []
  let err = ''
  let signal: (name: string) => void = () => {}
  let stop: (failure?: Error) => void = () => {}
  let announced: () => void = () => {}
  const running = new Promise<void>(resolve => {
    announced = resolve
  })
  const stopped = new Promise<Error | undefined>(resolve => {
    stop = resolve
  })
  const first = new Promise<string>(resolve => {
    signal = resolve
  })
  const parts: StartParts = {
    startServer: async options => {
      started.push(options)
      return { addresses: [{ host: '127.0.0.1', port: 2181, secure: false }], stopped, close: async () => stop() }
    },
    createSignals: () => ({ first, release() {} }),
    createLogger: async () => silentLogger,
    compose: async () => ({ plugins: [], fileStorage: true, tcpListener: true, warnings: [] }),
  }
  const io = {
    out: () => {},
    err: (text: string) => {
      err += text
      if (text.includes('connect')) announced()
    },
    env: {},
  }
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const run = (config: string | undefined, options = {}, changed: Partial<StartParts> = {}, env = {}) =>
    start(config, options, { ...io, env }, { ...parts, ...changed })
  return { run, file, started, running, signal, stop, error: () => err }
}

t.test('start', async t => {
  t.test('says where it is, and ends with 0 on a signal', async t => {
    const { run, running, signal, error } = bench(t)
    const code = run(undefined, { dataDir: '/tmp/d' })
    await running
    signal('SIGTERM')
    t.equal(await code, 0)
    t.match(error(), /^Menagerie 0\.\d+\.\d+ \(pid \d+, Node\.js v\d+/)
    t.match(error(), /clients +127\.0\.0\.1:2181\n/)
    t.match(error(), /data +\/tmp\/d\n/)
    t.match(error(), /connect +zkCli\.sh -server 127\.0\.0\.1:2181\n/)
  })
  t.test('says where the data is of a storage that the file names', async t => {
    const plugins = (use: string, options: string) => `plugins: [{ use: "${use}", with: ${options} }]`
    const cases: [yaml: string, rows: RegExp][] = [
      [
        plugins('@menagerie/storage-file', '{ dataDir: /d, dataLogDir: /l }'),
        /data +\/d \(storage-file\)\n +log +\/l\n/,
      ],
      [plugins('@menagerie/storage-rocksdb', '{ path: /d }'), /data +\/d \(storage-rocksdb\)\n/],
      [plugins('@menagerie/core/memory', '{}'), /data +storage-memory\n/],
    ]
    for (const [yaml, rows] of cases) {
      const { run, file, running, signal, error } = bench(t)
      const code = run(file('s.yaml', yaml), {}, { compose })
      await running
      signal('SIGTERM')
      await code
      t.match(error(), rows)
    }
  })
  t.test('gives the settings of the file to the server', async t => {
    const { run, file, started, running, signal } = bench(t)
    const code = run(file('zoo.cfg', 'dataDir=/d\nclientPort=0\ntickTime=77'))
    await running
    signal('SIGINT')
    await code
    t.match(started, [{ settings: { tickTimeMs: 77 } }])
  })
  t.test('ends with 1 and the reason when the server stops by itself', async t => {
    const { run, running, stop, error } = bench(t)
    const code = run(undefined)
    await running
    stop(new MenagerieError('LOG_IO', '/data/log.1: no space left on device'))
    t.equal(await code, 1)
    t.match(error(), /menagerie: \/data\/log\.1: no space left on device\n$/)
  })
  t.test('ends with 1 and one sentence when the server does not start, with the stack at level debug', async t => {
    const failing: Partial<StartParts> = {
      startServer: async () => {
        throw new MenagerieError('LISTEN_FAILED', '127.0.0.1:2181 is in use')
      },
    }
    const quiet = bench(t)
    t.equal(await quiet.run(undefined, {}, failing), 1)
    t.equal(quiet.error(), 'menagerie: 127.0.0.1:2181 is in use\n')
    const loud = bench(t)
    t.equal(await loud.run(undefined, { logLevel: 'debug' }, failing), 1)
    t.match(loud.error(), /127\.0\.0\.1:2181 is in use\n +at /)
  })
  t.test('starts a member of an ensemble with the list of its servers', async t => {
    const { run, file, started, running, signal } = bench(t)
    const yaml = file(
      'e.yaml',
      `server: { id: 2 }
ensemble:
  1: { host: a, peer: 1, election: 2 }
  2: { host: b, peer: 1, election: 2 }
  3: { host: c, peer: 1, election: 2 }
`,
    )
    const code = run(yaml)
    await running
    signal('SIGTERM')
    t.equal(await code, 0)
    t.match(started[0]?.ensemble, { myId: 2, distributed: true })
    t.strictSame([...(started[0]?.ensemble?.servers.keys() ?? [])], [1, 2, 3])
  })
  t.test('says so when a signal comes while it still waits for the server, and closes that once it is up', async t => {
    const { run, signal } = bench(t)
    const order: string[] = []
    let up: () => void = () => {}
    const ready = new Promise<void>(resolve => {
      up = resolve
    })
    const info = (_: object, message: string) => {
      order.push(message)
      up()
    }
    const code = run(
      undefined,
      {},
      {
        createLogger: async () => ({ ...silentLogger, info }),
        startServer: async () => {
          await ready
          order.push('up')
          const stopped = new Promise<undefined>(resolve => setImmediate(resolve, undefined))
          return { addresses: [], stopped, close: async () => void order.push('closed') }
        },
      },
    )
    signal('SIGINT')
    t.equal(await code, 0)
    t.strictSame(order, ['stopping; a second signal stops at once', 'up', 'closed'])
  })
  t.test('refuses a LOG_LEVEL that it does not know', async t => {
    const { run, error } = bench(t)
    t.equal(await run(undefined, {}, {}, { LOG_LEVEL: 'loud' }), 2)
    t.equal(error(), 'menagerie: LOG_LEVEL: found "loud", expected debug, info, warn, error or silent\n')
  })
})
