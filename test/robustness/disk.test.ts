import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OpCode } from '@menagerie/core/jute'
import t from 'tap'
import { startChild } from '../support/child.js'
import { freePort } from '../support/ports.js'
import { createBody } from '../support/requests.js'
import { untilServing, zooCfg } from '../support/server-under-test.js'
import { removeDir, tempDir } from '../support/temp-dir.js'
import { ProcessServer } from './support/process-server.js'
import { WireClient } from './support/wire-client.js'
import { countWritten, PipelinedWriter, prepareWriter } from './support/writer.js'

// The machine may have other work: this is no measure, only the end of patience.
t.setTimeout(300_000)

const COMMAND = fileURLToPath(new URL('../../../packages/cli/bin/menagerie.js', import.meta.url))
const LMDB = fileURLToPath(new URL('../../../examples/storage-lmdb/dist/src/index.js', import.meta.url))

for (const [code, what] of [
  ['ENOSPC', 'a full disk'],
  ['EIO', 'a disk that fails to make a write durable'],
] as const) {
  t.test(`${what} under the log ends the server with a reason, and nothing acknowledged is lost`, async t => {
    const server = await ProcessServer.start()
    t.teardown(() => server[Symbol.asyncDispose]())
    const client = await WireClient.open(server.port)
    await prepareWriter(client)
    await server.ask({ type: 'failWrites', path: '/log.', code, after: 20 })
    const writer = new PipelinedWriter(client)
    const { code: exitCode } = await server.exited
    await writer.ended
    t.equal(exitCode, 1)
    t.match(server.output, new RegExp(`stopped: the log in .*version-2 failed and takes nothing more: .*\\(${code}\\)`))
    t.ok(writer.acknowledged > 0)
    await server.start()
    const again = await WireClient.open(server.port)
    t.ok((await countWritten(again)) >= writer.acknowledged)
    await again.close()
  })
}

t.test('a snapshot that can not be written is reported, and writes go on', async t => {
  const server = await ProcessServer.start({ settings: { snapCount: 10 } })
  t.teardown(() => server[Symbol.asyncDispose]())
  const client = await WireClient.open(server.port)
  await prepareWriter(client)
  await server.ask({ type: 'failWrites', path: 'tmp.snapshot', code: 'ENOSPC' })
  const writer = new PipelinedWriter(client, 0, { inFlight: 5 })
  await writer.until(200)
  t.match(await server.ask({ type: 'snapshot' }), /could not be written: no space is left on the device \(ENOSPC\)/)
  t.ok((await server.figure('snapshot_error_count')) > 1)
  t.match(server.output, /snapshot failed/)
  await server.kill9()
  await writer.ended
  t.ok(writer.acknowledged >= 200)
  await server.start()
  const again = await WireClient.open(server.port)
  t.ok((await countWritten(again)) >= writer.acknowledged)
  await again.close()
})

/** Configurations below a folder, and how the command ends when nothing more fits in there. */
const STORAGES = {
  files: {
    config: (home: string, port: number) => ({
      name: 'zoo.cfg',
      text: zooCfg(port, join(home, 'data'), { preAllocSize: 64 }),
    }),
    reason: /^menagerie: the log in .* failed and takes nothing more: no space is left on the device \(ENOSPC\)$/m,
  },
  'the storage on LMDB of the examples': {
    config: (home: string, port: number) => ({
      name: 'menagerie.yaml',
      text: JSON.stringify({
        server: { clients: { listen: `127.0.0.1:${port}` } },
        plugins: [{ use: LMDB, with: { path: join(home, 'data') } }],
      }),
    }),
    // LMDB has no other word for a write of which the first part went well.
    reason: /^menagerie: the log in .* failed: Error: (Input\/output error|No space left on device)$/m,
  },
}

for (const [storage, { config, reason }] of Object.entries(STORAGES)) {
  t.test(`a real full disk ends the command with a reason, and nothing acknowledged is lost: ${storage}`, async t => {
    const home = tempDir('full')
    t.teardown(() => removeDir(home))
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', home]).status !== 0) {
      t.comment('no file system may be mounted here: the made-up full disk above has to do')
      return
    }
    t.teardown(() => spawnSync('umount', ['-l', home]))
    const port = await freePort()
    const { name, text } = config(home, port)
    const configFile = join(home, name)
    writeFileSync(configFile, text)
    const first = startChild(process.execPath, [COMMAND, 'start', configFile])
    t.teardown(() => first.end('SIGKILL'))
    await untilServing(port, first)
    const client = await WireClient.open(port)
    await prepareWriter(client)
    const writer = new PipelinedWriter(client, 0, { dataBytes: 5000 })
    const { code, stderr } = await first.exited
    await writer.ended
    t.equal(code, 1)
    t.match(stderr, reason)
    t.notMatch(stderr, /^ +at /m, 'a stack trace')
    t.ok(writer.acknowledged > 10)

    // Without room it does not start, or starts and says so at the first write; with room all is there.
    spawnSync('mount', ['-o', 'remount,size=20m', home])
    const second = startChild(process.execPath, [COMMAND, 'start', configFile])
    t.teardown(() => second.end('SIGKILL'))
    await untilServing(port, second)
    const again = await WireClient.open(port)
    t.ok((await countWritten(again)) >= writer.acknowledged)
    t.equal((await again.call(OpCode.create, createBody('/room'))).err, 0)
    await again.close()
    t.equal((await second.end('SIGTERM')).code, 0)
  })
}
