import { mkdirSync, writeFileSync } from 'node:fs'
import { adler32 } from '@menagerie/core'
import { KeeperCode, OpCode } from '@menagerie/core/jute'
import t from 'tap'
import {
  concat,
  createBody,
  int32,
  multiBody,
  op,
  pathBody,
  pathVersionBody,
  pathWatchBody,
  setDataBody,
} from '../support/requests.js'
import { removeDir, tempDir } from '../support/temp-dir.js'
import { ProcessServer } from './support/process-server.js'
import { WireClient } from './support/wire-client.js'

// The machine may have other work: this is no measure, only the end of patience.
t.setTimeout(300_000)

const INT_MAX = 0x7fffffff

t.test('a transaction just below jute.maxbuffer is loaded again', async t => {
  const frameBytesMax = 20_000
  const server = await ProcessServer.start({ settings: { juteMaxBuffer: frameBytesMax } })
  t.teardown(() => server[Symbol.asyncDispose]())
  const client = await WireClient.open(server.port)
  const overhead = 8 + createBody('/x00', { data: '' }).length
  for (let below = 0; below < 40; below++) {
    const data = new Uint8Array(frameBytesMax - overhead - below).fill(below)
    t.equal((await client.call(OpCode.create, createBody(`/x${pad(below)}`, { data }))).err, 0)
  }
  // As many operations as fit: the transaction is no longer than the request.
  const ops = Array.from({ length: 250 }, (_, i) => op.create(`/m${pad(i)}`, { data: 'x' }))
  t.equal((await client.call(OpCode.multi, multiBody(ops))).err, 0)
  const checks = Array.from({ length: Math.floor((frameBytesMax - 17) / 19) }, () => op.check('/m00', -1))
  t.equal((await client.call(OpCode.multi, multiBody(checks.map(([type]) => [type, pathVersionBody('/', -1)])))).err, 0)
  const larger = new Uint8Array(frameBytesMax - overhead + 1)
  await t.rejects(client.call(OpCode.create, createBody('/y00', { data: larger })), /closed/)

  await server.restartBothWays(async () => {
    const again = await WireClient.open(server.port)
    for (let below = 0; below < 40; below++) {
      const { body } = await again.call(OpCode.getData, pathWatchBody(`/x${pad(below)}`, false))
      t.equal(body.readInt32BE(0), frameBytesMax - overhead - below)
      t.equal(body[4], below)
    }
    t.equal((await again.call(OpCode.exists, pathWatchBody('/m249', false))).err, 0)
    t.equal((await again.call(OpCode.exists, pathWatchBody('/y00', false))).err, KeeperCode.NoNode)
    await again.close()
  })
})

t.test('a megabyte of data, a deep path, many children and names of all scripts survive', async t => {
  const server = await ProcessServer.start()
  t.teardown(() => server[Symbol.asyncDispose]())
  const client = await WireClient.open(server.port)
  const data = Uint8Array.from({ length: 1_000_000 }, (_, i) => i % 251)
  t.equal((await client.call(OpCode.create, createBody('/big', { data }))).err, 0)
  const name = `/${'n'.repeat(1_000_000)}`
  t.equal((await client.call(OpCode.create, createBody(name))).err, 0)

  const created: Promise<{ err: number }>[] = []
  for (let depth = 1; depth <= DEPTH; depth++) created.push(client.call(OpCode.create, createBody('/d'.repeat(depth))))
  // One by one in a multi: as many as a request holds.
  await client.call(OpCode.create, createBody('/many'))
  for (let from = 0; from < CHILDREN; from += 10_000) {
    const ops = Array.from({ length: 10_000 }, (_, i) => op.create(`/many/c${from + i}`, { data: null }))
    created.push(client.call(OpCode.multi, multiBody(ops)))
  }
  const names = ['äöü', '日本語', 'Ελληνικά', 'עברית', 'हिन्दी', 'a b', '%2f', "'; --", '\u00a0', 'e\u0301', '.x', '...']
  for (const each of names) created.push(client.call(OpCode.create, createBody(`/${each}`, { data: each })))
  t.ok((await Promise.all(created)).every(({ err }) => err === 0))

  const check = async () => {
    const again = await WireClient.open(server.port)
    const stored = (await again.call(OpCode.getData, pathWatchBody('/big', false))).body
    t.ok(stored.subarray(4, 4 + data.length).equals(data))
    t.equal((await again.call(OpCode.exists, pathWatchBody(name, true))).err, 0)
    t.equal((await again.call(OpCode.exists, pathWatchBody('/d'.repeat(DEPTH), true))).err, 0)
    t.equal((await again.call(OpCode.exists, pathWatchBody('/d'.repeat(10_000), true))).err, KeeperCode.NoNode)
    const children = (await again.call(OpCode.getChildren2, pathWatchBody('/many', true))).body
    t.equal(children.readInt32BE(0), CHILDREN)
    for (const each of names) {
      const { body } = await again.call(OpCode.getData, pathWatchBody(`/${each}`, false))
      t.equal(body.toString('utf8', 4, 4 + body.readInt32BE(0)), each)
    }
    await again.close()
  }
  await check()
  await server.restartBothWays(check)
  t.equal(await server.ask({ type: 'snapshot' }), null)
  await server.restartBothWays(check)
})

t.test('an ACL of as many entries as a request holds is stored', async t => {
  const server = await ProcessServer.start()
  t.teardown(() => server[Symbol.asyncDispose]())
  const client = await WireClient.open(server.port)
  const acl = Array.from({ length: 30_000 }, (_, i) => ({
    perms: 31,
    id: { scheme: 'ip', id: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}` },
  }))
  const open = { perms: 31, id: { scheme: 'world', id: 'anyone' } }
  const body = createBody('/acl', { acl: [...acl, open, ...acl.slice(0, 100)] })
  t.equal((await client.call(OpCode.create, body)).err, 0)
  const check = async () => {
    const again = await WireClient.open(server.port)
    t.equal((await again.call(OpCode.getACL, pathBody('/acl'))).body.readInt32BE(0), acl.length + 1)
    await again.close()
  }
  await server.restartBothWays(check)
})

t.test('counters wrap as Apache’s do', async t => {
  const dataDir = tempDir('counters')
  t.teardown(() => removeDir(dataDir))
  placeSnapshot(dataDir, [
    { path: '', cversion: 1 },
    { path: '/seq', cversion: INT_MAX - 1 },
    { path: '/seq-wrapped', cversion: -1 },
    { path: '/version', version: INT_MAX - 1 },
    { path: '/minus-two', version: -2 },
    { path: '/aversion', aversion: INT_MAX },
  ])
  const server = await ProcessServer.start({ dataDir })
  t.teardown(() => server[Symbol.asyncDispose]())
  const client = await WireClient.open(server.port)
  const sequential = async (path: string) => {
    const { body } = await client.call(OpCode.create, createBody(path, { flags: 2 }))
    return body.toString('utf8', 4)
  }
  t.equal(await sequential('/seq/s'), '/seq/s2147483646')
  t.equal(await sequential('/seq/s'), '/seq/s2147483647')
  t.equal(await sequential('/seq/s'), '/seq/s-2147483648')
  t.equal(await sequential('/seq/s'), '/seq/s-2147483647')
  t.equal(await sequential('/seq-wrapped/s'), '/seq-wrapped/s-000000001')
  t.equal(await sequential('/seq-wrapped/s'), '/seq-wrapped/s0000000000')
  const set = async (path: string, version: number) => {
    const { err, body } = await client.call(OpCode.setData, setDataBody(path, 'x', version))
    return err === 0 ? body.readInt32BE(32) : `error ${err}`
  }
  t.equal(await set('/version', INT_MAX - 1), INT_MAX)
  t.equal(await set('/version', INT_MAX), -0x80000000)
  t.equal(await set('/version', -0x80000000), -INT_MAX)
  // -1 would mean any version, so it is left out.
  t.equal(await set('/minus-two', -2), 0)
  t.equal(await set('/minus-two', 5), `error ${KeeperCode.BadVersion}`)

  await server.restartBothWays(async () => {
    const again = await WireClient.open(server.port)
    const stat = (await again.call(OpCode.exists, pathWatchBody('/seq', false))).body
    t.equal(stat.readInt32BE(56), 4, 'children')
    t.equal((await again.call(OpCode.exists, pathWatchBody('/seq/s-2147483647', false))).err, 0)
    t.equal((await again.call(OpCode.exists, pathWatchBody('/version', false))).body.readInt32BE(32), -INT_MAX)
    await again.close()
  })
  const again = await WireClient.open(server.port)
  const next = await again.call(OpCode.create, createBody('/seq/s', { flags: 2 }))
  t.equal(next.body.toString('utf8', 4), '/seq/s-2147483646', 'the counter goes on where it was')
  await again.close()
  t.notMatch(server.output, /digest of the tree differs/)
})

const DEPTH = 2000
const CHILDREN = 100_000

const pad = (n: number) => String(n).padStart(2, '0')

interface Znode {
  readonly path: string
  readonly version?: number
  readonly cversion?: number
  readonly aversion?: number
}

/** A snapshot at zxid 1 with these znodes and the ones that every tree has, without trailing sections. */
function placeSnapshot(dataDir: string, znodes: readonly Znode[]): void {
  const long = (value: number) => concat(int32(value < 0 ? -1 : 0), int32(value))
  const text = (value: string) => concat(int32(Buffer.byteLength(value)), Buffer.from(value))
  const all = [...znodes, { path: '/zookeeper' }, { path: '/zookeeper/quota' }, { path: '/zookeeper/config' }]
  const parts = [Buffer.from('ZKSN'), int32(2), long(-1), int32(0), int32(0)]
  for (const { path, version = 0, cversion = 0, aversion = 0 } of all) {
    parts.push(text(path), text(''), long(-1), long(1), long(1), long(0), long(0))
    parts.push(int32(version), int32(cversion), int32(aversion), long(0), long(1))
  }
  parts.push(text('/'))
  const body = concat(...parts)
  mkdirSync(`${dataDir}/version-2`, { recursive: true })
  const sum = adler32(body, 0, body.length) | 0
  writeFileSync(`${dataDir}/version-2/snapshot.1`, concat(body, int32(0), int32(sum), text('/')))
}
