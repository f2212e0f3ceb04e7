import { cpSync, readdirSync, readFileSync, truncateSync, watch } from 'node:fs'
import { join } from 'node:path'
import { Server } from '@menagerie/core'
import { OpCode } from '@menagerie/core/jute'
import { storageFile } from '@menagerie/storage-file'
import { transportTcp } from '@menagerie/transport-tcp'
import t from 'tap'
import { createBody } from '../support/requests.js'
import { removeDir, tempDir } from '../support/temp-dir.js'
import { ProcessServer } from './support/process-server.js'
import { WireClient } from './support/wire-client.js'
import { countWritten, PipelinedWriter, prepareWriter } from './support/writer.js'

// The machine may have other work: this is no measure, only the end of patience.
t.setTimeout(300_000)

t.test('kill -9 while a snapshot is being written loses nothing that was acknowledged', async t => {
  const server = await ProcessServer.start({ settings: { snapCount: 4 } })
  t.teardown(() => server[Symbol.asyncDispose]())
  const folder = join(server.dataDir, 'version-2')
  let client = await WireClient.open(server.port)
  // Snapshots of some megabytes take a while.
  for (let i = 0; i < 8; i++)
    await client.call(OpCode.create, createBody(`/big${i}`, { data: new Uint8Array(900_000) }))
  await prepareWriter(client)
  let written = 0
  let unfinished = 0
  for (let round = 0; round < 5; round++) {
    const writer = new PipelinedWriter(client, written)
    await writer.until(written + 100)
    await nextSnapshot(folder)
    await server.kill9()
    if (readdirSync(folder).some(name => name.startsWith('tmp.snapshot'))) unfinished++
    await writer.ended
    await server.start()
    t.notMatch(server.output, /digest of the tree differs|damaged/)
    t.notOk(readdirSync(folder).some(name => name.startsWith('tmp.')))
    client = await WireClient.open(server.port)
    written = await countWritten(client)
    t.ok(written >= writer.acknowledged, `${written} are there, ${writer.acknowledged} were acknowledged`)
  }
  t.comment(`${unfinished} of 5 snapshots were cut`)
})

t.test('a log cut anywhere within its last record has everything before it', async t => {
  const server = await ProcessServer.start()
  t.teardown(() => server[Symbol.asyncDispose]())
  const client = await WireClient.open(server.port)
  await prepareWriter(client)
  for (let i = 0; i < 5; i++) await client.call(OpCode.create, createBody(`/w/${i}`, { data: String(i) }))
  await server.kill9()
  const { name, start, end } = lastRecord(join(server.dataDir, 'version-2'))
  t.ok(end - start > 50)
  const copy = tempDir('torn')
  t.teardown(() => removeDir(copy))
  for (let offset = start; offset <= end; offset++) {
    const dataDir = join(copy, String(offset))
    cpSync(join(server.dataDir, 'version-2'), join(dataDir, 'version-2'), { recursive: true })
    truncateSync(join(dataDir, 'version-2', name), offset)
    const again = await Server.start({
      plugins: [transportTcp({ listen: [{ port: 0 }] }), storageFile({ dataDir, preAllocSizeKb: 0 })],
    })
    const reader = await WireClient.open(again.addresses[0].port)
    const expected = offset === end ? 5 : 4
    if ((await countWritten(reader)) !== expected) t.fail(`cut at ${offset - start} of ${end - start} bytes`)
    // It goes on under the zxid that was torn, and is sound.
    await reader.call(OpCode.create, createBody(`/w/${expected}`, { data: String(expected) }))
    reader.destroy()
    await again.close()
    removeDir(dataDir)
  }
})

/** Resolves once a snapshot is begun. */
function nextSnapshot(folder: string): Promise<void> {
  return new Promise(resolve => {
    const watcher = watch(folder, (_, name) => {
      if (!name?.startsWith('tmp.snapshot')) return
      watcher.close()
      resolve()
    })
  })
}

/** Where the last record of the newest log file begins and ends. */
function lastRecord(folder: string): { name: string; start: number; end: number } {
  const names = readdirSync(folder).filter(name => name.startsWith('log.'))
  const name = names.sort((a, b) => Number.parseInt(b.slice(4), 16) - Number.parseInt(a.slice(4), 16))[0]
  const bytes = readFileSync(join(folder, name))
  let start = 16
  let end = 16
  while (end + 12 <= bytes.length && bytes.readInt32BE(end + 8) > 0) {
    start = end
    end += 13 + bytes.readInt32BE(end + 8)
  }
  return { name, start, end }
}
